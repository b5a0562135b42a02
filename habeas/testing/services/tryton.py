"""A database of Tryton, a business application, made by Tryton itself out of an environment of its own.

    with tryton_company(postgres_server, steps) as company:
        company.run("people")

The environment, and a dump of a database with the modules activated, are made once and kept in the cache.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

from habeas.testing.services import local_postgres
from habeas.testing.services.unavailable import ServiceUnavailableError

_COMPANY = Path(__file__).with_name("tryton_company.py")
_REQUIREMENTS = Path(__file__).with_name("tryton-requirements.txt")
_INSTALL_S_MAX = 280.0
_STEP_S_MAX = 900.0


class Tryton:
    """A company of a test's own: `url` is its database's."""

    def __init__(self, server: str, name: str, *, python: Path, steps: Path) -> None:
        """`steps` is a script for Tryton's interpreter, called as `steps DATABASE STEP`."""
        self.url = f"{server.rpartition('/')[0]}/{name}"
        self._server = server
        self._name = name
        self._python = python
        self._steps = steps

    def run(self, step: str) -> None:
        """Have Tryton do one step of the script."""
        _run(self._python, self._steps, self._name, step, server=self._server)

    @contextmanager
    def copied(self) -> Iterator["Tryton"]:
        """The same company once more, to be changed, gone afterwards; nobody may be connected to this one."""
        with _database(self._server, like=self._name) as name:
            yield Tryton(self._server, name, python=self._python, steps=self._steps)


@contextmanager
def tryton_company(server: str, steps: Path) -> Iterator[Tryton]:
    """A company on that PostgreSQL server, gone afterwards.

    Raises ServiceUnavailableError if there is no way to have one.
    """
    tools = local_postgres.binaries()
    if tools is None:
        raise ServiceUnavailableError("No Tryton: its database is kept by pg_dump: install PostgreSQL.")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "habeas" / "tryton"
    cache.mkdir(parents=True, exist_ok=True)
    pins = hashlib.sha256(_REQUIREMENTS.read_bytes() + sys.version.encode())
    environment = cache / pins.hexdigest()[:16]
    python = environment / "bin" / "python"
    pins.update(_COMPANY.read_bytes())
    dump = cache / f"company-{pins.hexdigest()[:16]}.dump"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (environment / "ready").exists():
            _install(environment)
        if not dump.exists():
            _make(server, dump, python=python, tools=tools)
    with _database(server) as name:
        _tool(tools / "pg_restore", "--dbname", name, "--no-owner", "--exit-on-error", str(dump), server=server)
        yield Tryton(server, name, python=python, steps=steps)


def _make(server: str, dump: Path, *, python: Path, tools: Path) -> None:
    unfinished = dump.with_suffix(".new")
    with _database(server) as name:
        _run(python, _COMPANY, name, server=server)
        _tool(tools / "pg_dump", "--format=custom", f"--file={unfinished}", name, server=server)
    unfinished.replace(dump)


@contextmanager
def _database(server: str, *, like: str = "template1") -> Iterator[str]:
    name = f"habeas_tryton_{uuid4().hex}"
    make = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(like))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(make)
        try:
            yield name
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _run(python: Path, script: Path, *words: str, server: str) -> None:
    """The password is in the environment: every user of a machine sees command lines."""
    _done([str(python), str(script), *words], {"TRYTON_SERVER": server.rpartition("/")[0]})


def _tool(program: Path, *words: str, server: str) -> None:
    place = psycopg.conninfo.conninfo_to_dict(server)
    settings = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    _done([str(program), *words], {name: str(place[each]) for each, name in settings.items() if each in place})


def _done(command: list[str], settings: Mapping[str, str]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=_STEP_S_MAX, check=False, env=dict(os.environ) | dict(settings)
    )
    if done.returncode:
        raise RuntimeError(f"Tryton: {Path(command[0]).name} {command[-1]} failed: {done.stderr[-1500:]}")


def _install(environment: Path) -> None:
    make = [sys.executable, "-m", "venv", "--clear", str(environment)]
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    install = [*pip, "--disable-pip-version-check", "--require-hashes", "-r", str(_REQUIREMENTS)]
    for command in (make, install):
        done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_S_MAX, check=False)
        if done.returncode:
            raise ServiceUnavailableError(f"No Tryton: it could not be installed: {done.stderr[-500:]}")
    (environment / "ready").touch()

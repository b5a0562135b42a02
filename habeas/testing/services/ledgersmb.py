"""The schema of LedgerSMB, an accounting system: 164 tables, 251 foreign keys, out of Debian's package of it.

    load(url)

The package is fetched once into the cache; nothing of it is installed.
"""

import fcntl
import os
import re
import subprocess
from pathlib import Path

import psycopg

from habeas.testing.services.unavailable import ServiceUnavailableError

_PACKAGE = "ledgersmb"
_SCHEMA = Path("usr/share/ledgersmb/sql/Pg-database.sql")
_FETCH_S_MAX = 180.0
_COPY = re.compile(r"^(COPY [^;]+ FROM stdin[^;]*);\n(.*?)^\\\.\n", re.DOTALL | re.MULTILINE | re.IGNORECASE)


def load(url: str) -> None:
    """Make the schema in an empty PostgreSQL database. Raises ServiceUnavailableError if the package can't be had."""
    script = _schema().read_text("utf-8")
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True) as connection:
        connection.add_notice_handler(lambda _: None)
        place = 0
        for copied in _COPY.finditer(script):
            connection.execute(script[place : copied.start()].encode())
            with connection.cursor().copy(copied[1].encode()) as copy:
                copy.write(copied[2])
            place = copied.end()
        connection.execute(script[place:].encode())


def _schema() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "habeas" / _PACKAGE
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / _SCHEMA
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            _run("apt-get", "download", _PACKAGE, cwd=cache)
            (package,) = cache.glob(f"{_PACKAGE}_*.deb")
            _run("dpkg-deb", "--extract", str(package), str(cache), cwd=cache)
    return path


def _run(*command: str, cwd: Path) -> None:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=_FETCH_S_MAX, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServiceUnavailableError(f"No LedgerSMB: {command[0]}: {type(error).__name__}") from None
    if done.returncode:
        raise ServiceUnavailableError(f"No LedgerSMB: {command[0]} says: {done.stderr[-300:]}")

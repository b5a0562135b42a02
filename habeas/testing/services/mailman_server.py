"""A real GNU Mailman 3 core, out of a virtual environment of its own that is made once.

    with running_mailman() as server: ...

Only the runners for the REST API and for incoming messages are started. Mail that Mailman would send stays in its
queue "virgin", where a test can count it.
"""

import fcntl
import hashlib
import os
import secrets
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from habeas.testing.services.processes import await_answer, child, free_ports
from habeas.testing.services.unavailable import ServiceUnavailableError

USER = "restadmin"
_REQUIREMENTS = Path(__file__).with_name("mailman-requirements.txt")
_PYTHON_MAX = (3, 12)
"""Mailman 3.3.10 needs nntplib, which later Pythons do not have."""
_START_S_MAX = 90.0
_INSTALL_S_MAX = 280.0
_SETTINGS = """[mailman]
site_owner: owner@example.org
layout: test
[paths.test]
var_dir: {folder}/var
[webservice]
hostname: 127.0.0.1
port: {port}
admin_user: {user}
admin_pass: {password}
show_tracebacks: no
configuration: {folder}/gunicorn.cfg
[mta]
incoming: mailman.mta.null.NullMTA
outgoing: mailman.mta.deliver.deliver
smtp_port: {nowhere}
"""

_WEB_SERVER = """[gunicorn]
graceful_timeout = 5
timeout = 60
"""
"""Its workers look twice in this time whether their parent is still there."""


@dataclass(frozen=True, slots=True)
class MailmanServer:
    """Where it answers, to whom, and the SQLite file in which it keeps what it holds."""

    url: str
    user: str
    password: str
    database: Path


@contextmanager
def running_mailman() -> Iterator[MailmanServer]:
    """An empty server. Raises ServiceUnavailableError if there is no way to have one."""
    runner = _environment() / "bin" / "runner"
    with tempfile.TemporaryDirectory(prefix="habeas-mailman-") as name, ExitStack() as exits:
        folder = Path(name)
        port, nowhere = free_ports(2)
        password = secrets.token_urlsafe(16)
        (folder / "gunicorn.cfg").write_text(_WEB_SERVER, "utf-8")
        config = folder / "mailman.cfg"
        config.touch(mode=0o600)
        config.write_text(
            _SETTINGS.format(folder=folder, port=port, user=USER, password=password, nowhere=nowhere), "utf-8"
        )
        server = MailmanServer(f"http://127.0.0.1:{port}", USER, password, folder / "var" / "data" / "mailman.db")
        for role in ("rest", "in"):
            command = [str(runner), "-C", str(config), "-r", role]
            process = exits.enter_context(child(command, log=folder / f"{role}.log"))
            # One after the other: the first to come makes the database.
            if role == "rest":
                await_answer(lambda: answers(server), what="Mailman", timeout_s=_START_S_MAX, process=process)
        yield server


def answers(server: MailmanServer) -> bool:
    """Whether it does."""
    request = urllib.request.Request(f"{server.url}/3.1/system/versions")
    credentials = f"{server.user}:{server.password}".encode()
    request.add_header("Authorization", "Basic " + b64encode(credentials).decode())
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def _environment() -> Path:
    """The virtual environment, made the first time, whole or not at all."""
    if sys.version_info[:2] > _PYTHON_MAX:
        raise ServiceUnavailableError("No Mailman: run the tests on Python 3.11 or 3.12.")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "habeas" / "mailman"
    cache.mkdir(parents=True, exist_ok=True)
    pins = hashlib.sha256(_REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:16]
    environment = cache / pins
    ready = environment / "ready"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            _install(environment)
            ready.touch()
    return environment


def _install(environment: Path) -> None:
    make = [sys.executable, "-m", "venv", "--clear", str(environment)]
    install = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    install += ["--require-hashes", "-r", str(_REQUIREMENTS)]
    for command in (make, install):
        done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_S_MAX, check=False)
        if done.returncode:
            raise ServiceUnavailableError(f"No Mailman: it could not be installed: {done.stderr[-500:]}")

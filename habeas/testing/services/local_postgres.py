"""PostgreSQL out of a local installation, with an empty cluster in a temporary folder."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from habeas.testing.services.processes import await_answer, child, free_ports, unprivileged_user

_INSTALLATIONS = Path("/usr/lib/postgresql")
_START_S_MAX = 60.0
_LOCALE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"


def binaries() -> Path | None:
    """The folder with initdb and postgres: the newest installed, else the one on the PATH."""
    installed = [
        each for each in _INSTALLATIONS.glob("*/bin") if (each / "initdb").exists() and each.parent.name.isdecimal()
    ]
    if installed:
        return max(installed, key=lambda each: int(each.parent.name))
    on_path = shutil.which("initdb")
    folder = Path(on_path).resolve().parent if on_path else None
    return folder if folder is not None and (folder / "postgres").exists() else None


@contextmanager
def started(folder: Path) -> Iterator[str]:
    """A server on a free port of 127.0.0.1, fsync on; its superuser's URL."""
    user = unprivileged_user()
    with tempfile.TemporaryDirectory(prefix="habeas-postgres-") as name:
        home = Path(name)
        data, secret = home / "data", home / "secret"
        password = secrets.token_urlsafe(16)
        secret.write_text(password)
        if user is not None:
            os.chown(home, user, -1)
            os.chown(secret, user, -1)
        init = [str(folder / "initdb"), "-D", str(data), "-U", "postgres", "-E", "UTF8", f"--locale={_LOCALE}"]
        init += ["-A", "scram-sha-256", f"--pwfile={secret}"]
        subprocess.run(
            init,
            check=True,
            capture_output=True,
            timeout=_START_S_MAX,
            user=user,
            extra_groups=None if user is None else [],
            cwd=home,
        )
        (port,) = free_ports(1)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "fsync": "on",
            "max_connections": 200,
        }
        command = [str(folder / "postgres"), "-D", str(data)]
        command += [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        url = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
        # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
        with child(command, log=home / "server.log", stop=signal.SIGINT, user=user) as server:
            await_answer(lambda: _answers(url), what="PostgreSQL", timeout_s=_START_S_MAX, process=server)
            yield url


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True

"""OpenSSH's server, SFTP only, for one user with one key.

    with running_sftp() as server: ...

It runs without root: as whoever runs the tests, or as an unprivileged user if that is root.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from habeas.testing.services.processes import await_answer, child, free_ports, unprivileged_user
from habeas.testing.services.unavailable import ServiceUnavailableError

_START_S_MAX = 20.0
_PLACES = ("/usr/sbin/sshd", "/usr/local/sbin/sshd", "/opt/homebrew/sbin/sshd")
_SETTINGS = """Port {port}
ListenAddress 127.0.0.1
HostKey {home}/host_key
AuthorizedKeysFile {home}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 200
Subsystem sftp internal-sftp
ForceCommand internal-sftp
AllowTcpForwarding no
X11Forwarding no
"""
_NO_PENALTIES = "PerSourcePenalties no\n"
"""Newer servers shut out whoever fails to log in; the tests do so on purpose."""


@dataclass(slots=True)
class SftpServer:
    """Where it is, and what a client needs. `folder` is for the tests' stores, readable and writable over SFTP."""

    port: int
    user: str
    folder: Path
    key_file: Path
    known_hosts: Path
    owner: int | None
    _settings: Path
    _exits: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Let it serve."""
        command = [_binary(), "-D", "-e", "-f", str(self._settings)]
        log = self._settings.with_name("log")
        self._process = self._exits.enter_context(child(command, log=log, user=self.owner))
        await_answer(self._answers, what="sshd", timeout_s=_START_S_MAX, process=self._process)

    def stop(self) -> None:
        """End it and all connections; `start` lets it serve again."""
        self.cut()
        self._exits.close()
        self._process = None

    def cut(self) -> None:
        """End all connections, in the middle of whatever they do."""
        if self._process is None:
            return
        server = psutil.Process(self._process.pid)
        while there := server.children(recursive=True):  # until the server has let go of each: some may just have begun
            for each in there:
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.kill()
            psutil.wait_procs(there, timeout=0.05)

    def own(self, folder: Path) -> None:
        """Give a folder and all that is in it to the server's user."""
        if self.owner is None:
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, self.owner, -1, follow_symlinks=False)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False


@contextmanager
def running_sftp() -> Iterator[SftpServer]:
    """A server on a free port of 127.0.0.1. Raises ServiceUnavailableError if there is none to be run."""
    _binary()
    owner = unprivileged_user()
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="habeas-sftp-") as name:
        home = Path(name)
        stores = home / "stores"
        stores.mkdir(mode=0o755)
        for key in ("host_key", "key"):
            _make_key(home / key)
        shutil.copy(home / "key.pub", home / "authorized_keys")
        host_key = (home / "host_key.pub").read_text().split()[:2]
        (home / "known_hosts").write_text(f"[127.0.0.1]:{port} {' '.join(host_key)}\n")
        settings = home / "sshd_config"
        settings.write_text(_SETTINGS.format(port=port, home=home) + _NO_PENALTIES)
        if subprocess.run([_binary(), "-t", "-f", str(settings)], capture_output=True, check=False).returncode:
            settings.write_text(_SETTINGS.format(port=port, home=home))
        (home / "log").touch()
        server = SftpServer(port, _name_of(owner), stores, home / "key", home / "known_hosts", owner, settings)
        server.own(home)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _binary() -> str:
    found = next((each for each in _PLACES if Path(each).exists()), None) or shutil.which("sshd")
    if found is None or shutil.which("ssh-keygen") is None:
        raise ServiceUnavailableError("No SFTP server: install OpenSSH's (Debian: openssh-server).")
    return found


def _make_key(path: Path) -> None:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "habeas-test", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)


def _name_of(user: int | None) -> str:
    import pwd  # noqa: PLC0415 - not on every platform

    return pwd.getpwuid(os.geteuid() if user is None else user).pw_name

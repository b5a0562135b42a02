"""A connection to an SFTP server: made when it is needed, made anew when it was lost."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import paramiko

from connectors.customs_files.stores.sftp_client import Client, StatusError
from habeas.errors import RetriableError, SystemDownError

_CONNECT_S_MAX = 15.0
_ANSWER_S_MAX = 120.0
_KEEPALIVE_S = 30

logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # it logs the names of files


class UnreachableError(SystemDownError):
    """There is no connection; `remedy` says what to do about it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Server:
    """Where it is, and who we are there. `known_hosts` is a file in OpenSSH's format; None for the user's own."""

    host: str
    port: int = 22
    user: str | None = None
    key_file: Path | None = None
    passphrase: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    known_hosts: Path | None = None


class Session:
    """The connection of one store."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._ssh: paramiko.SSHClient | None = None
        self._clients: dict[str, Client] = {}
        self._turns = {"files": threading.RLock(), "locks": threading.RLock()}

    @contextmanager
    def client(self, purpose: str = "files") -> Iterator[Client]:
        """A channel for as long as the block lasts; one thread at a time has it.

        Raises SystemDownError if there is no connection, RetriableError if it was lost in the block.
        """
        with self._turns[purpose]:
            client = self._connected(purpose)
            try:
                yield client
            except StatusError:
                raise
            except (paramiko.SSHException, EOFError, OSError):
                self.close()
                self._connected(purpose)
                raise RetriableError("the connection to the SFTP server was lost") from None

    def close(self) -> None:
        """End the connection."""
        ssh, self._ssh = self._ssh, None
        self._clients.clear()
        if ssh is not None:
            ssh.close()

    def _connected(self, purpose: str) -> Client:
        client = self._clients.get(purpose)
        if client is not None and not client.get_channel().closed:  # type: ignore[union-attr] # of a live client
            return client
        transport = self._transport()
        try:
            channel = transport.open_session(timeout=_CONNECT_S_MAX)
            channel.settimeout(_ANSWER_S_MAX)
            channel.invoke_subsystem("sftp")
            client = Client(channel)
        except (paramiko.SSHException, EOFError, OSError):
            self.close()
            raise UnreachableError("the SFTP server offers no SFTP", "allow its subsystem sftp") from None
        self._clients[purpose] = client
        return client

    def _transport(self) -> paramiko.Transport:
        transport = self._ssh.get_transport() if self._ssh is not None else None
        if transport is not None and transport.is_active():
            return transport
        self.close()
        ssh = paramiko.SSHClient()
        try:
            _connect(ssh, self._server)
        except BaseException:
            ssh.close()
            raise
        self._ssh = ssh
        transport = ssh.get_transport()
        assert transport is not None, "it is connected"
        transport.set_keepalive(_KEEPALIVE_S)
        return transport


def _connect(ssh: paramiko.SSHClient, server: Server) -> None:
    known = str(server.known_hosts or "~/.ssh/known_hosts")
    try:
        ssh.load_system_host_keys(str(server.known_hosts) if server.known_hosts else None)
        ssh.set_missing_host_key_policy(paramiko.RejectPolicy())
        ssh.connect(
            server.host,
            server.port,
            server.user,
            password=server.password,
            passphrase=server.passphrase,
            key_filename=str(server.key_file) if server.key_file else None,
            allow_agent=False,
            look_for_keys=server.key_file is None and server.password is None,
            timeout=_CONNECT_S_MAX,
            banner_timeout=_CONNECT_S_MAX,
            auth_timeout=_CONNECT_S_MAX,
        )
    except paramiko.BadHostKeyException:
        remedy = f"somebody may be in between; if its key was changed on purpose, correct {known}"
        raise UnreachableError("the SFTP server shows another host key than the one that is known", remedy) from None
    except (paramiko.AuthenticationException, paramiko.PasswordRequiredException) as error:
        remedy = "correct user, key_file, key_passphrase_file or password_file, or allow the key on the server"
        raise UnreachableError(f"the SFTP server does not let us in ({type(error).__name__})", remedy) from None
    except paramiko.SSHException as error:
        if "known_hosts" in str(error):
            remedy = f"get its key from its administrator and add it to {known}"
            raise UnreachableError("the SFTP server's host key is not known", remedy) from None
        raise UnreachableError(
            f"no SSH connection to the SFTP server ({type(error).__name__})", "see to the server, and to key_file"
        ) from None
    except (EOFError, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise UnreachableError("key_file or known_hosts is missing", "correct the path") from None
        raise UnreachableError(
            f"the SFTP server does not answer ({type(error).__name__})", "see to the server, its name and port"
        ) from None

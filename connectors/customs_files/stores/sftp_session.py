"""A connection to an SFTP server: made when it is needed, made anew when it was lost."""

import errno
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import paramiko
from paramiko.message import Message
from paramiko.sftp import (
    CMD_CLOSE,
    CMD_EXTENDED,
    CMD_FSTAT,
    CMD_HANDLE,
    CMD_LSTAT,
    CMD_NAME,
    CMD_OPEN,
    CMD_OPENDIR,
    CMD_READ,
    CMD_READDIR,
    SFTP_FLAG_READ,
    int64,
)
from paramiko.sftp_attr import SFTPAttributes

from habeas.errors import RetriableError, SystemDownError

_ERRNOS = {2: errno.ENOENT, 3: errno.EACCES, 4: errno.EIO, 5: errno.EBADMSG, 8: errno.EOPNOTSUPP}
"""By the status codes of draft-ietf-secsh-filexfer-02, section 7; 4 is any failure that has no code."""
_OK, _EOF = 0, 1
_CONNECT_S_MAX = 15.0
_ANSWER_S_MAX = 120.0
_KEEPALIVE_S = 30

logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # it logs the names of files


class StatusError(OSError):
    """The server answered that it can't."""


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


class Client(paramiko.SFTPClient):
    """SFTP with names as bytes, errors by their number, and OpenSSH's fsync."""

    if TYPE_CHECKING:  # the library's types leave it out

        def _request(self, kind: int, *arguments: object) -> tuple[int, Message]: ...
        def _async_request(self, file: object, kind: int, *arguments: object) -> int: ...
        def _read_response(self, number: int) -> tuple[int, Message]: ...

    def _convert_status(self, msg: Message) -> None:
        code = msg.get_int()
        if code == _OK:
            return
        if code == _EOF:
            raise EOFError
        raise StatusError(_ERRNOS.get(code, errno.EIO), "SFTP")  # the server's own text may name a file

    def entries(self, folder: bytes) -> Iterator[tuple[bytes, SFTPAttributes]]:
        """What is in a folder, links as links; raises StatusError."""
        kind, msg = self._request(CMD_OPENDIR, folder)
        if kind != CMD_HANDLE:
            raise paramiko.SFTPError("Expected handle")
        handle = msg.get_binary()
        try:
            while True:
                try:
                    kind, msg = self._request(CMD_READDIR, handle)
                except EOFError:
                    return
                if kind != CMD_NAME:
                    raise paramiko.SFTPError("Expected name")
                for _ in range(msg.get_int()):
                    name, _long = msg.get_string(), msg.get_string()
                    attributes = _attributes(msg)  # paramiko's own listing breaks on names that are not UTF-8
                    if name not in {b".", b".."}:
                        yield name, attributes
        finally:
            self._request(CMD_CLOSE, handle)

    def read_at_once(self, path: bytes, count: int) -> tuple[bytes, SFTPAttributes, SFTPAttributes]:
        """The first bytes of a file, what the server tells of it, and then of its path: in two round trips.

        `count` is at most what one answer holds, 32 KiB. Raises StatusError.
        """
        kind, msg = self._request(CMD_OPEN, path, SFTP_FLAG_READ, SFTPAttributes())
        if kind != CMD_HANDLE:
            raise paramiko.SFTPError("Expected handle")
        handle = msg.get_binary()
        asked = ((CMD_READ, handle, int64(0), count), (CMD_FSTAT, handle), (CMD_CLOSE, handle), (CMD_LSTAT, path))
        numbers = [self._async_request(type(None), *each) for each in asked]
        try:
            data = self._read_response(numbers[0])[1].get_string()
        except EOFError:
            data = b""
        within, _, outside = (self._read_response(number)[1] for number in numbers[1:])
        return data, _attributes(within), _attributes(outside)

    def sync(self, file: paramiko.SFTPFile) -> None:
        """Have the server write the file to its disk, if it offers that."""
        try:
            self._request(CMD_EXTENDED, b"fsync@openssh.com", file.handle)
        except StatusError as error:
            if error.errno != errno.EOPNOTSUPP:
                raise


def _attributes(msg: Message) -> SFTPAttributes:
    attributes = SFTPAttributes()
    attributes._unpack(msg)  # type: ignore[attr-defined]  # noqa: SLF001 - the types leave it out
    return attributes


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

"""Files on an SFTP server: read as they are at one moment, written whole."""

import contextlib
import errno
import hashlib
import stat

import paramiko
from paramiko.sftp_attr import SFTPAttributes

from connectors.customs_files.stores.sftp_session import Client, StatusError
from connectors.customs_files.stores.store import CHANGED, Content, GoneError, Stamp, UnavailableError
from habeas.errors import PermanentError, RetriableError

_ATTEMPTS_MAX = 3
AT_ONCE_BYTES = 32 * 1024
_AHEAD_REQUESTS_MAX = 64


def read_file(client: Client, path: bytes, bytes_max: int) -> Content:
    """The whole content. Raises UnavailableError with the reason, GoneError."""
    for _ in range(_ATTEMPTS_MAX):
        try:
            content = _read_once(client, path, bytes_max)
        except StatusError as error:
            raise unavailable(error) from None
        if content is not None:
            return content
    raise UnavailableError(CHANGED)


def _read_once(client: Client, path: bytes, bytes_max: int) -> Content | None:
    before = client.lstat(path)
    if not stat.S_ISREG(before.st_mode or 0):
        raise UnavailableError("not a file")
    size = before.st_size or 0
    if size > bytes_max:
        raise UnavailableError(f"larger than {bytes_max} bytes")
    if size < AT_ONCE_BYTES:
        data, within, after = client.read_at_once(path, size + 1)
    else:
        with client.open(path, "rb") as file:
            file.prefetch(size, _AHEAD_REQUESTS_MAX)
            data = file.read(size) + file.read(1)
            within = file.stat()
        after = client.lstat(path)  # the path, not the handle: a link may have taken the file's place
    if not (outside(before) == outside(within) == outside(after)) or len(data) != size:
        return None
    return Content(data, (*outside(after), hashlib.sha256(data).digest()))


def outside(status: SFTPAttributes) -> Stamp:
    """What shows from outside that a file was written to; its time is in whole seconds."""
    return status.st_size, status.st_mtime, status.st_mode, status.st_uid, status.st_gid


def read_head(client: Client, path: bytes, bytes_max: int) -> bytes:
    """The first bytes of a file, none if it can't be read."""
    try:
        return client.read_at_once(path, min(bytes_max, AT_ONCE_BYTES))[0]
    except StatusError:
        return b""


def ensure_unchanged(client: Client, path: bytes, expected: Stamp, bytes_max: int) -> None:
    """Raise RetriableError unless the file still is what was read, byte by byte: its time alone is too coarse."""
    try:
        same = _read_once(client, path, bytes_max)
    except (StatusError, UnavailableError):
        same = None
    if same is None or same.stamp != expected:
        raise RetriableError("a file was changed by somebody else in the same moment")


def write_new(client: Client, path: bytes, data: bytes, like: SFTPAttributes | None = None) -> None:
    """Write a file that is not there yet, durably where the server can, with the owner and the mode of another."""
    with client.open(path, "wbx") as file:
        file.chmod(0o600)
        file.set_pipelined(True)
        file.write(data)
        file.flush()
        file.set_pipelined(False)
        if like is not None:
            own = file.stat()
            if (own.st_uid, own.st_gid) != (like.st_uid, like.st_gid):
                file.chown(like.st_uid or 0, like.st_gid or 0)
            file.chmod(stat.S_IMODE(like.st_mode or 0o600))
        client.sync(file)
    if client.lstat(path).st_size != len(data):
        raise RetriableError("a file could not be written in full: the server may be out of room")


def replace_file(client: Client, path: bytes, data: bytes, *, expected: Stamp, temporary: bytes) -> None:
    """Put new content in a file's place at once, its mode and owner kept. Raises RetriableError, PermanentError."""
    new = path.rpartition(b"/")[0] + b"/" + temporary
    try:
        status = client.lstat(path)
        remove(client, new)
        write_new(client, new, data, status)
        ensure_unchanged(client, path, expected, status.st_size or 0)
        client.posix_rename(new, path)
    except StatusError as error:
        raise unwritable(error, "written") from None
    finally:
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            remove(client, new)


def remove(client: Client, path: bytes) -> None:
    """Remove a file, if it is there. Raises StatusError."""
    try:
        client.remove(path)
    except StatusError as error:
        if error.errno != errno.ENOENT:
            raise


def unavailable(error: StatusError) -> UnavailableError:
    """Why a file can't be read."""
    if error.errno == errno.ENOENT:
        return GoneError()
    name = errno.errorcode.get(error.errno or 0, "unknown")
    return UnavailableError("not readable" if error.errno == errno.EACCES else f"not readable ({name})")


def unwritable(error: StatusError, what: str) -> PermanentError | RetriableError:
    """Why a file can't be changed."""
    if error.errno == errno.EACCES:
        return PermanentError(f"a file of the store may not be {what}")
    if error.errno == errno.EOPNOTSUPP:
        return PermanentError("the SFTP server can't replace a file at once (posix-rename@openssh.com)")
    return RetriableError(f"a file could not be {what} ({errno.errorcode.get(error.errno or 0, 'unknown')})")

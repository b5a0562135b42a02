"""Files on an SFTP server, written whole."""

import contextlib
import errno
import stat
from typing import BinaryIO

import paramiko
from paramiko.sftp_attr import SFTPAttributes

from connectors.customs_files.stores.sftp_client import Client, StatusError
from connectors.customs_files.stores.sftp_reading import copy_once
from connectors.customs_files.stores.spooled import PIECE_BYTES
from connectors.customs_files.stores.store import Stamp, UnavailableError
from habeas.errors import PermanentError, RetriableError


def ensure_unchanged(client: Client, path: bytes, expected: Stamp, bytes_max: int) -> None:
    """Raise RetriableError unless the file still is what was read, byte by byte: its time alone is too coarse."""
    try:
        same = copy_once(client, path, None, bytes_max)
    except (StatusError, UnavailableError):
        same = None
    if same is None or same != expected:
        raise RetriableError("a file was changed by somebody else in the same moment")


def write_new(client: Client, path: bytes, data: BinaryIO, like: SFTPAttributes | None = None) -> None:
    """Write a file that is not there yet, durably where the server can, with the owner and the mode of another."""
    with client.open(path, "wbx") as file:
        file.chmod(0o600)
        file.set_pipelined(True)
        while piece := data.read(PIECE_BYTES):
            file.write(piece)
        file.flush()
        file.set_pipelined(False)
        if like is not None:
            own = file.stat()
            if (own.st_uid, own.st_gid) != (like.st_uid, like.st_gid):
                file.chown(like.st_uid or 0, like.st_gid or 0)
            file.chmod(stat.S_IMODE(like.st_mode or 0o600))
        client.sync(file)
    if client.lstat(path).st_size != data.tell():
        raise RetriableError("a file could not be written in full: the server may be out of room")


def replace_file(client: Client, path: bytes, data: BinaryIO, *, expected: Stamp, temporary: bytes) -> None:
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


def unwritable(error: StatusError, what: str) -> PermanentError | RetriableError:
    """Why a file can't be changed."""
    if error.errno == errno.EACCES:
        return PermanentError(f"a file of the store may not be {what}")
    if error.errno == errno.EOPNOTSUPP:
        return PermanentError("the SFTP server can't replace a file at once (posix-rename@openssh.com)")
    return RetriableError(f"a file could not be {what} ({errno.errorcode.get(error.errno or 0, 'unknown')})")

"""Files on an SFTP server, each read as it is at one moment; small ones together, since round trips cost most."""

import errno
import hashlib
import stat
from collections import deque
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from paramiko.sftp import CMD_CLOSE, CMD_FSTAT, CMD_LSTAT, CMD_OPEN, CMD_READ, SFTP_FLAG_READ, int64
from paramiko.sftp_attr import SFTPAttributes

from connectors.customs_files.stores.sftp_client import Answer, Client, StatusError
from connectors.customs_files.stores.spooled import PIECE_BYTES
from connectors.customs_files.stores.store import CHANGED, Content, GoneError, Stamp, TooLargeError, UnavailableError

FILES_AT_ONCE = 64
_READ_BYTES = 32 * 1024  # what every server gives in one answer
_SMALL_BYTES = 512 * 1024
_BYTES_AT_ONCE = 2 * 1024 * 1024
_ATTEMPTS_MAX = 3
_AHEAD_REQUESTS_MAX = 64

Group = list[tuple[bytes, SFTPAttributes | None]]


def read_heads(client: Client, paths: Sequence[bytes], bytes_max: int) -> list[bytes]:
    """The first bytes of some files, at most 32 KiB of each, none of what can't be read."""
    handles = _open(client, paths)
    opened = [handle for handle in handles if isinstance(handle, bytes)]
    count = min(bytes_max, _READ_BYTES)
    reads = [(CMD_READ, handle, int64(0), count) for handle in opened]
    answers = iter(client.ask([*reads, *((CMD_CLOSE, handle) for handle in opened)]))
    return [_data_or_nothing(next(answers)) if isinstance(handle, bytes) else b"" for handle in handles]


def groups(client: Client, paths: Sequence[bytes]) -> list[Group]:
    """Files that are to be read together, in their order: what is held at once is bounded, and a large one is alone."""
    made: list[Group] = [[]]
    size = 0
    for path, answer in zip(paths, client.ask([(CMD_LSTAT, path) for path in paths]), strict=True):
        status = _status(answer)
        more = (status.st_size or 0) if status is not None else 0
        if made[-1] and size + more > _BYTES_AT_ONCE:
            made.append([])
            size = 0
        made[-1].append((path, status))
        size += more
    return made


def read_group(client: Client, group: Group, bytes_max: int) -> deque[Content | UnavailableError]:
    """The whole content of each file, or why there is none."""
    small = [(path, status) for path, status in group if status is not None and _is_small(status, bytes_max)]
    read = dict(zip((path for path, _ in small), _read_together(client, small), strict=True))
    return deque(
        content if isinstance(content := read.get(path), Content) else _read_alone(client, path, bytes_max)
        for path, _ in group
    )


def read_file(client: Client, path: bytes, bytes_max: int) -> Content:
    """The whole content. Raises UnavailableError with the reason, GoneError."""
    content = _read_alone(client, path, bytes_max)
    if isinstance(content, UnavailableError):
        raise content
    return content


def read_once(client: Client, path: bytes, bytes_max: int) -> Content | None:
    """The whole content, None if it changed while it was read. Raises UnavailableError, StatusError."""
    before = client.lstat(path)
    if not stat.S_ISREG(before.st_mode or 0):
        raise UnavailableError("not a file")
    size = before.st_size or 0
    if size > bytes_max:
        raise TooLargeError(bytes_max)
    if _is_small(before, bytes_max):
        (content,) = _read_together(client, [(path, before)])
        if isinstance(content, StatusError):
            raise content
        return content
    with client.open(path, "rb") as file:
        file.prefetch(size, _AHEAD_REQUESTS_MAX)
        data = file.read(size) + file.read(1)
        within = file.stat()
    return _content(data, before, within, client.lstat(path))


def copy_file(client: Client, path: bytes, to: BinaryIO, bytes_max: int) -> Stamp:
    """The stamp of a file whose bytes are put into another. Raises UnavailableError with the reason, GoneError."""
    for _ in range(_ATTEMPTS_MAX):
        to.seek(0)
        to.truncate()
        try:
            stamp = copy_once(client, path, to, bytes_max)
        except StatusError as error:
            raise unavailable(error) from None
        if stamp is not None:
            return stamp
    raise UnavailableError(CHANGED)


def copy_once(client: Client, path: bytes, to: BinaryIO | None, bytes_max: int) -> Stamp | None:
    """The stamp of a file whose bytes are put into another, None if it changed meanwhile.

    Raises UnavailableError, StatusError.
    """
    before = client.lstat(path)
    if not stat.S_ISREG(before.st_mode or 0):
        raise UnavailableError("not a file")
    size = before.st_size or 0
    if size > bytes_max:
        raise TooLargeError(bytes_max)
    digest, left = hashlib.sha256(), size
    with client.open(path, "rb") as file:
        file.prefetch(size, _AHEAD_REQUESTS_MAX)
        while left and (piece := file.read(min(left, PIECE_BYTES))):
            digest.update(piece)
            left -= len(piece)
            if to is not None:
                to.write(piece)
        left -= len(file.read(1))
        within = file.stat()
    if left or not (outside(before) == outside(within) == outside(client.lstat(path))):
        return None
    return (*outside(before), digest.digest())


def outside(status: SFTPAttributes) -> Stamp:
    """What shows from outside that a file was written to; its time is in whole seconds."""
    return status.st_size, status.st_mtime, status.st_mode, status.st_uid, status.st_gid


def unavailable(error: StatusError) -> UnavailableError:
    """Why a file can't be read."""
    if error.errno == errno.ENOENT:
        return GoneError()
    name = errno.errorcode.get(error.errno or 0, "unknown")
    return UnavailableError("not readable" if error.errno == errno.EACCES else f"not readable ({name})")


def _read_alone(client: Client, path: bytes, bytes_max: int) -> Content | UnavailableError:
    for _ in range(_ATTEMPTS_MAX):
        try:
            content = read_once(client, path, bytes_max)
        except StatusError as error:
            return unavailable(error)
        except UnavailableError as error:
            return error
        if content is not None:
            return content
    return UnavailableError(CHANGED)


def _is_small(status: SFTPAttributes, bytes_max: int) -> bool:
    return stat.S_ISREG(status.st_mode or 0) and (status.st_size or 0) <= min(bytes_max, _SMALL_BYTES)


def _read_together(
    client: Client, files: Sequence[tuple[bytes, SFTPAttributes]]
) -> Iterator[Content | StatusError | None]:
    """Files and what the server told of them before; None for one that has changed since."""
    handles = _open(client, [path for path, _ in files])
    asked = [
        _requests(path, status, handle) if isinstance(handle, bytes) else []
        for (path, status), handle in zip(files, handles, strict=True)
    ]
    answers = iter(client.ask([request for requests in asked for request in requests]))
    for (_, before), handle, requests in zip(files, handles, asked, strict=True):
        told = [next(answers) for _ in requests]
        if isinstance(handle, StatusError):
            yield handle
            continue
        *reads, within, _, after = told
        try:
            data = b"".join(read.data() for read in reads)
            yield _content(data, before, within.attributes(), after.attributes())
        except StatusError as error:
            yield error


def _requests(path: bytes, status: SFTPAttributes, handle: bytes) -> list[tuple[object, ...]]:
    """Read the file and a byte more, and look what it is now.

    By its path too, not by its handle alone: a link may have taken its place.
    """
    end = (status.st_size or 0) + 1
    starts = range(0, end, _READ_BYTES)
    reads = [(CMD_READ, handle, int64(start), min(_READ_BYTES, end - start)) for start in starts]
    return [*reads, (CMD_FSTAT, handle), (CMD_CLOSE, handle), (CMD_LSTAT, path)]


def _content(data: bytes, before: SFTPAttributes, within: SFTPAttributes, after: SFTPAttributes) -> Content | None:
    if not (outside(before) == outside(within) == outside(after)) or len(data) != before.st_size:
        return None
    return Content(data, (*outside(after), hashlib.sha256(data).digest()))


def _open(client: Client, paths: Sequence[bytes]) -> list[bytes | StatusError]:
    answers = client.ask([(CMD_OPEN, path, SFTP_FLAG_READ, SFTPAttributes()) for path in paths])
    return [_handle(answer) for answer in answers]


def _handle(answer: Answer) -> bytes | StatusError:
    try:
        return answer.handle()
    except StatusError as error:
        return error


def _status(answer: Answer) -> SFTPAttributes | None:
    try:
        return answer.attributes()
    except StatusError:
        return None


def _data_or_nothing(answer: Answer) -> bytes:
    try:
        return answer.data()
    except StatusError:
        return b""

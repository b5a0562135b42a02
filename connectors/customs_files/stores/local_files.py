"""Files in a local folder: which there are, which can't be read, their content as it is at one moment, new content."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from connectors.customs_files.stores.store import (
    CHANGED,
    LEADS_NOWHERE,
    LEADS_OUT,
    OWN_FOLDER,
    TEMPORARY_PREFIX,
    TEMPORARY_SUFFIX,
    Content,
    Entry,
    GoneError,
    Stamp,
    TooLargeError,
    UnavailableError,
    is_temporary,
)
from habeas.errors import PermanentError, RetriableError, SystemDownError

_ATTEMPTS_MAX = 3
# Whoever writes through memory sets the times once for all that is written until it goes to the disk, half a minute.
_YOUNG_NS = 60_000_000_000
_PASSING = {
    errno.EIO,
    errno.EAGAIN,
    errno.EINTR,
    errno.ESTALE,
    errno.ETIMEDOUT,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOMEM,
}


def walk(root: Path, now_ns: int) -> Iterator[Entry]:
    """Every file of the store, and every place that can't be searched. Links are not followed.

    Raises SystemDownError if the store is not there.
    """
    try:
        yield from _walk(str(root), "", str(root.resolve()), now_ns - _YOUNG_NS)
    except (FileNotFoundError, NotADirectoryError):
        raise SystemDownError("the folder of the file store is not there") from None


def _walk(root: str, folder: str, real_root: str, settled_ns: int) -> Iterator[Entry]:
    try:
        with os.scandir(os.path.join(root, folder)) as listing:  # noqa: PTH118 - Path costs more than the search
            entries = sorted(listing, key=lambda each: each.name)
    except PermissionError:
        yield Entry(folder or ".", "not readable")
        return
    except FileNotFoundError:
        if not folder:
            raise
        return
    for entry in entries:
        path = f"{folder}/{entry.name}" if folder else entry.name
        if path == OWN_FOLDER or is_temporary(entry.name):
            continue
        if entry.is_symlink():
            reason = _link_reason(entry.path, real_root)
            if reason:
                yield Entry(path, reason)
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(root, path, real_root, settled_ns)
        elif entry.is_file(follow_symlinks=False):
            yield Entry(path, stamp=_lasting_stamp(entry, settled_ns))
        else:
            yield Entry(path, "not a file")


def _lasting_stamp(entry: os.DirEntry[str], settled_ns: int) -> Stamp | None:
    """None if the file has been changed since: so soon after a change it can be changed again and look the same."""
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return None  # `read_file` says why when its turn comes
    return stamp(status) if max(status.st_ctime_ns, status.st_mtime_ns) <= settled_ns else None


def _link_reason(path: str, real_root: str) -> str | None:
    """Why a link leaves something unsearched; None if it leads into the store, where its target is searched itself."""
    try:
        target = os.path.realpath(path, strict=True)
    except OSError:
        return LEADS_NOWHERE
    inside = target == real_root or target.startswith(real_root + os.sep)
    if not inside or OWN_FOLDER in Path(target).relative_to(real_root).parts:
        return LEADS_OUT
    return None


def error_name(error: OSError) -> str:
    """What went wrong, without the name of the file."""
    return errno.errorcode.get(error.errno or 0, "unknown")


def read_file(path: str, bytes_max: int) -> Content:
    """The whole content of a file, as it was at one moment.

    Raises UnavailableError with the reason, RetriableError for a passing fault.
    """
    for _ in range(_ATTEMPTS_MAX):
        try:
            content = _read_once(path, bytes_max)
        except PermissionError:
            raise UnavailableError("not readable") from None
        except (FileNotFoundError, NotADirectoryError):
            raise GoneError from None
        except OSError as error:
            if error.errno in _PASSING:
                raise RetriableError(f"a file could not be read ({error_name(error)})") from None
            raise UnavailableError(f"not readable ({error_name(error)})") from None
        if content is not None:
            return content
    raise UnavailableError(CHANGED)


def _read_once(path: str, bytes_max: int) -> Content | None:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode):
            raise UnavailableError("not a file")
        if before.st_size > bytes_max:
            raise TooLargeError(bytes_max)
        data = _read_up_to(handle, before.st_size + 1)  # a stream would get room for the largest file there may be
        after = os.fstat(handle)
    finally:
        os.close(handle)
    return Content(data, stamp(after)) if stamp(before) == stamp(after) and len(data) == after.st_size else None


def _read_up_to(handle: int, count: int) -> bytes:
    parts: list[bytes] = []
    while count and (part := os.read(handle, count)):
        parts.append(part)
        count -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def stamp(status: os.stat_result) -> tuple[int, int, int, int]:
    """What differs once a file has been written to."""
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def read_head(path: str, bytes_max: int) -> bytes:
    """The first bytes of a file, none if it can't be read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""  # `read_file` says why when its turn comes
    try:
        return _read_up_to(handle, bytes_max)
    except OSError:
        return b""
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_file(path: Path, data: bytes, *, expected: Stamp, temporary: str) -> None:
    """Put new content in a file's place at once, its mode, owner and attributes kept.

    `expected` is the stamp of the content that the new one was made from.
    Raises RetriableError if the file has changed since, or there is no room; PermanentError if it may not be written.
    """
    rewrite_file(path, lambda stream: _write_all(stream, data), expected=expected, temporary=temporary)


def _write_all(stream: BinaryIO, data: bytes) -> None:
    stream.write(data)


def rewrite_file(path: Path, write: Callable[[BinaryIO], None], *, expected: Stamp, temporary: str) -> None:
    """The same with content that `write` puts into a file, which it may read again."""
    new = path.with_name(f"{TEMPORARY_PREFIX}{temporary}{TEMPORARY_SUFFIX}")
    try:
        status = os.stat(path, follow_symlinks=False)  # noqa: PTH116 - as the calls around it
        _write(new, path, write, status)
        if stamp(os.stat(path, follow_symlinks=False)) != expected:  # noqa: PTH116 - as above
            raise RetriableError("a file was changed by somebody else in the same moment")
        os.replace(new, path)  # noqa: PTH105 - as above
        sync_folder(path.parent)
    except PermissionError:
        raise PermanentError("a file of the store may not be written") from None
    except OSError as error:
        if error.errno == errno.EROFS:
            raise PermanentError("the store is read-only") from None
        raise RetriableError(f"a file could not be written ({error_name(error)})") from None
    finally:
        new.unlink(missing_ok=True)


def remove_file(path: Path, *, expected: Stamp) -> None:
    """Remove a file. Raises RetriableError if it has changed since, PermanentError if it may not be removed."""
    try:
        if stamp(os.stat(path, follow_symlinks=False)) != expected:  # noqa: PTH116 - as the calls around it
            raise RetriableError("a file was changed by somebody else in the same moment")
        path.unlink()
        sync_folder(path.parent)
    except PermissionError:
        raise PermanentError("a file of the store may not be removed") from None
    except OSError as error:
        raise RetriableError(f"a file could not be removed ({error_name(error)})") from None


def remove_debris(folder: Path, bucket: str) -> None:
    """Remove what an interrupted change has left: only the holder of the bucket's lock writes such."""
    for left in folder.glob(f"{TEMPORARY_PREFIX}{bucket}-*{TEMPORARY_SUFFIX}"):
        left.unlink(missing_ok=True)


def _write(new: Path, like: Path, write: Callable[[BinaryIO], None], status: os.stat_result) -> None:
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w+b") as stream:
        write(stream)
        stream.flush()
        if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
            os.fchown(handle, status.st_uid, status.st_gid)
        for name in os.listxattr(like, follow_symlinks=False):
            os.setxattr(handle, name, os.getxattr(like, name, follow_symlinks=False))
        os.fchmod(handle, stat.S_IMODE(status.st_mode))
        os.fsync(handle)

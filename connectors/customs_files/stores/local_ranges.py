"""A file of a local folder, read piece by piece where it lies."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.customs_files.stores.local_files import error_name, stamp
from connectors.customs_files.stores.store import CHANGED, GoneError, Stamp, TooLargeError, UnavailableError


@contextmanager
def opened(path: Path, bytes_max: int) -> Iterator["LocalSource"]:
    """The file of that path. Raises UnavailableError, GoneError."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        raise GoneError from None
    except OSError as error:
        denied = error.errno in {errno.EACCES, errno.EPERM}
        raise UnavailableError("not readable" if denied else f"not readable ({error_name(error)})") from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise UnavailableError("not a file")
        if status.st_size > bytes_max:
            raise TooLargeError(bytes_max)
        yield LocalSource(handle, status)
    finally:
        os.close(handle)


class LocalSource:
    """See `store.Source`."""

    def __init__(self, handle: int, status: os.stat_result) -> None:
        self._handle = handle
        self.size = status.st_size
        self.stamp: Stamp = stamp(status)

    def read(self, start: int, count: int) -> bytes:
        """See `store.Source`."""
        pieces: list[bytes] = []
        while count > 0 and (piece := self._read(start, count)):
            pieces.append(piece)
            start, count = start + len(piece), count - len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _read(self, start: int, count: int) -> bytes:
        try:
            return os.pread(self._handle, count, start)
        except OSError as error:
            raise UnavailableError(f"not readable ({error_name(error)})") from None

    def ensure(self) -> None:
        """See `store.Source`."""
        if stamp(os.fstat(self._handle)) != self.stamp:
            raise UnavailableError(CHANGED)

"""One writer at a time to a file, across processes of one machine."""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from habeas.errors import RetriableError

_WAIT_S_MAX = 30.0
_POLL_S = 0.02


class Held:
    """A lock that the kernel keeps for as long as its holder lives."""

    def ensure(self) -> None:
        """It can't be lost."""


@contextmanager
def locked(folder: Path, path: str, *, wait_s: float = _WAIT_S_MAX) -> Iterator[Held]:
    """Hold the lock of a path of the store. Raises RetriableError if it can't be had in time."""
    handle = os.open(folder / bucket_of(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(handle, wait_s)
        yield Held()
    finally:
        os.close(handle)


def bucket_of(path: str) -> str:
    """The name of the lock that a path shares with some others."""
    return hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:2]


def _acquire(handle: int, wait_s: float) -> None:
    end = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise RetriableError("another task is changing the same file") from None
            time.sleep(_POLL_S)
        else:
            return

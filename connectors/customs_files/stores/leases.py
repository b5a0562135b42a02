"""One writer at a time to a file, where the file lies on a server: a lock file with a lease.

The holder makes the lock file, which only one can, and writes to it again and again while it works. A lock file in
which nothing has changed for a lease's length, by the watch of whoever waits for it, was left by a holder that is no
more, and is taken over. No two machines' clocks are compared.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from habeas.errors import HabeasError, RetriableError


@dataclass(frozen=True, slots=True)
class Times:
    """In seconds: how long a lease holds without a sign of life, how often one is given, and how long to wait."""

    lease: float = 30.0
    sign: float = 5.0
    wait: float = 60.0
    poll: float = 0.2


class LockFiles(Protocol):
    """The lock files of a store."""

    def create(self, name: str, sign: bytes) -> bool:
        """Make the file; False if it is there."""

    def look(self, name: str) -> bytes | None:
        """What is in it, None if there is none."""

    def overwrite(self, name: str, sign: bytes, expected: bytes) -> bool:
        """Write to it; False if it does not hold what is expected any more."""

    def remove(self, name: str, expected: bytes) -> None:
        """Remove it, if it still holds what is expected."""


class Lease:
    """A lock that is held for as long as signs of life are given."""

    def __init__(self, files: LockFiles, name: str, times: Times, clock: Callable[[], float]) -> None:
        self._files = files
        self._name = name
        self._times = times
        self._clock = clock
        self._owner = secrets.token_hex(8)
        self._count = 0
        self._given = clock()
        self._changing = threading.Lock()

    @property
    def sign(self) -> bytes:
        """What the holder last wrote."""
        return f"{self._owner} {self._count}".encode()

    def acquire(self) -> None:
        """Raises RetriableError if it can't be had in time."""
        end = self._clock() + self._times.wait
        seen, since = b"", self._clock()
        while not self._files.create(self._name, self.sign):
            found = self._files.look(self._name)
            now = self._clock()
            if found != seen:
                seen, since = found or b"", now
            elif now - since >= self._times.lease and self._take_over(seen):
                break
            if now >= end:
                raise RetriableError("another task is changing the same file")
            time.sleep(self._times.poll)
        self._given = self._clock()

    def ensure(self) -> None:
        """See `store.Holding`."""
        with self._changing:
            alive = self._clock() - self._given < self._times.lease / 2
            if not alive or self._files.look(self._name) != self.sign:
                raise RetriableError("the lock of a file was lost")

    def give_sign(self) -> None:
        """Show that the holder is alive."""
        with self._changing:
            old = self.sign
            self._count += 1
            if self._files.overwrite(self._name, self.sign, old):
                self._given = self._clock()

    def release(self) -> None:
        """Give it back."""
        with self._changing:
            self._files.remove(self._name, self.sign)

    def _take_over(self, left: bytes) -> bool:
        """Of several that try in the same moment the last to write has it."""
        if not self._files.overwrite(self._name, self.sign, left):
            return False
        time.sleep(self._times.poll * 2)
        return self._files.look(self._name) == self.sign


@contextmanager
def leased(files: LockFiles, name: str, times: Times, clock: Callable[[], float] = time.monotonic) -> Iterator[Lease]:
    """Hold a lock file. Raises RetriableError if it can't be had in time."""
    lease = Lease(files, name, times, clock)
    lease.acquire()
    done = threading.Event()

    def live() -> None:
        while not done.wait(times.sign):
            try:
                lease.give_sign()
            except HabeasError:
                return  # the holder will find out by itself

    thread = threading.Thread(target=live, name="lease", daemon=True)
    thread.start()
    try:
        yield lease
    finally:
        done.set()
        thread.join()
        with suppress(HabeasError):  # the server is away: whoever comes next takes the lock over
            lease.release()

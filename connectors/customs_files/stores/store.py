"""What is asked of a place where files lie. Paths are relative to its root, with "/" between their parts.

Every method raises RetriableError for a passing fault, SystemDownError if the place can't be reached at all,
PermanentError if it will not allow it; never with a path in the message.
"""

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from habeas.ports import Problem

OWN_FOLDER = ".habeas"
TEMPORARY_PREFIX = ".habeas-"
TEMPORARY_SUFFIX = ".tmp"
LEADS_NOWHERE = "a link that leads nowhere"
LEADS_OUT = "a link that leads out of the store"
CHANGED = "changed while it was read"

Stamp = tuple[object, ...]
"""By what it is seen that a file is still what was read; only its store knows what is in it."""


class UnavailableError(Exception):
    """A file can't be read; the message is the reason."""


class GoneError(UnavailableError):
    """The file is not there any more."""

    def __init__(self) -> None:
        super().__init__("no longer there when its turn came")


class TooLargeError(UnavailableError):
    """The file is larger than what was asked for."""

    def __init__(self, bytes_max: int) -> None:
        super().__init__(f"larger than {bytes_max} bytes")


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in the store by its path in it.

    `reason` is set if it can't be searched. `version` names an old version of the file, where the store keeps such.
    `stamp` is that of its content as long as nobody changes it; None if the store can't tell that without reading.
    """

    path: str
    reason: str | None = None
    version: str = ""
    stamp: Stamp | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a file held at one moment."""

    data: bytes
    stamp: Stamp


class Source(Protocol):
    """A file that is read piece by piece."""

    @property
    def size(self) -> int:
        """Its bytes."""

    @property
    def stamp(self) -> Stamp:
        """As of a `Content`."""

    def read(self, start: int, count: int) -> bytes:
        """So many bytes from there, fewer only at its end. Raises UnavailableError, GoneError."""

    def ensure(self) -> None:
        """Raise UnavailableError if it has changed since it was opened."""


class Holding(Protocol):
    """The lock of a path, while it is held."""

    def ensure(self) -> None:
        """Raise RetriableError if somebody else may hold it by now."""


class Store(Protocol):
    """Files of clients, and under `OWN_FOLDER` what Habeas itself keeps beside them."""

    @property
    def writers(self) -> int:
        """How many files may be changed at once, each by a thread of its own."""

    @property
    def stamped(self) -> bool:
        """True if `walk` tells stamps."""

    def require(self) -> None:
        """Raise SystemDownError if the store is not there: one that is away must not look like an empty one."""

    # ---- searching

    def walk(self) -> Iterator[Entry]:
        """Every file, its old versions, and every place that can't be searched; `OWN_FOLDER` and debris left out."""

    def heads(self, paths: Sequence[str], bytes_max: int) -> Iterable[bytes]:
        """The first bytes of each file, none of what can't be read: `read` says why."""

    def read(self, path: str, bytes_max: int, version: str = "") -> Content:
        """The whole content of a file, as it was at one moment. Raises UnavailableError, GoneError."""

    def reads(self, files: Sequence[tuple[str, str]], bytes_max: int) -> Iterator[Content | UnavailableError]:
        """What `read` gives for each path and version, in their order; one thread at a time takes it.

        What is read ahead is bounded: some small files, or a large one.
        """

    def opened(self, path: str, bytes_max: int, version: str = "") -> AbstractContextManager[Source]:
        """A file too large to be held at once. Raises UnavailableError, GoneError."""

    def exists(self, path: str) -> bool:
        """Whether there is a file of that path."""

    # ---- changing, by whoever holds the path's lock

    def locked(self, path: str) -> AbstractContextManager[Holding]:
        """One writer at a time to a file, of all workers that may change it."""

    def replace(self, path: str, data: bytes, *, expected: Stamp, task: str) -> None:
        """Put new content in a file's place at once; what is known of the file beside its content stays.

        `expected` is the stamp of the content that the new one was made from, `task` names the change.
        Raises RetriableError if the file has changed since.
        """

    def rewrite(self, path: str, write: Callable[[BinaryIO], None], *, expected: Stamp, task: str) -> None:
        """The same for content too large to be held at once: `write` puts it into a file, which it may read again.

        What `write` raises is raised, and the file stays as it is.
        """

    def remove(self, path: str, *, expected: Stamp) -> None:
        """Remove a file. Raises RetriableError if it has changed since it had the stamp `expected`."""

    def remove_version(self, path: str, version: str) -> bool:
        """Remove an old version; False if the store keeps it (a lock, a hold, no right to). Raises GoneError."""

    def remove_debris(self, path: str) -> None:
        """Remove what an interrupted change of the file has left beside it."""

    def move(self, source: str, target: str) -> None:
        """Move a file to where nothing is, folders made as needed; complete a move that was interrupted."""

    def half_moved(self, source: str, target: str) -> bool:
        """True if both are there because a move was interrupted; False if they are two files."""

    def mode(self, path: str) -> int | None:
        """The file's rights, None where files have none."""

    def protect(self, path: str, mode: int | None) -> None:
        """Set the file's rights, where files have such."""

    # ---- Habeas' own

    def prepare(self) -> None:
        """Make `OWN_FOLDER`, for nobody else to read."""

    def folders(self, folder: str) -> Sequence[str]:
        """The names of the folders in a folder, in order; none if it is not there."""

    def get(self, path: str, bytes_max: int | None = None) -> bytes | None:
        """A small file, None if there is none. Raises UnavailableError if it is larger."""

    def put(self, path: str, data: bytes) -> None:
        """Write a small file of our own, whole or not at all, durably."""

    def drop(self, folder: str, name: str) -> None:
        """Remove a folder of our own and the one file that is still in it."""

    def append(self, path: str, line: bytes) -> None:
        """Add a line to a journal of our own, durably."""

    def lines(self, path: str) -> list[bytes]:
        """The lines of a journal; one that a crash has cut off is among them as far as it was written."""

    # ----

    def check(self) -> Sequence[Problem]:
        """What keeps the store from being searched and changed; changes nothing."""

    def close(self) -> None:
        """Give back connections."""


def next_line(journal: str) -> str:
    """Where a line of a journal is put that can't be added to: a file of its own, in the order of time."""
    return f"{journal}/{time.time_ns():020d}-{secrets.token_hex(4)}"


def is_temporary(name: str) -> bool:
    """True for a file that an interrupted change has left."""
    return name.startswith(TEMPORARY_PREFIX) and name.endswith(TEMPORARY_SUFFIX)


def one_by_one(store: Store, files: Sequence[tuple[str, str]], bytes_max: int) -> Iterator[Content | UnavailableError]:
    """`Store.reads` where nothing is won by reading ahead."""
    for path, version in files:
        try:
            content: Content | UnavailableError = store.read(path, bytes_max, version)
        except UnavailableError as error:
            content = error
        yield content

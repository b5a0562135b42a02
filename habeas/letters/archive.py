"""The ZIP: written front to back to a writer that can't go back, the same bytes for the same content."""

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from types import TracebackType
from typing import IO, BinaryIO, Protocol, Self, cast

from habeas.letters.visible import file_name

# Level 3 takes half the time of zlib's usual 6; tables become about a tenth larger.
_COMPRESSION_LEVEL = 3
KEPT_BYTES_MAX = 64 * 1024
_UNIX = 3
_OWNER_ONLY = 0o600 << 16


@dataclass(frozen=True, slots=True)
class Entry:
    """A finished member, as the manifest lists it."""

    name: str
    size_bytes: int
    sha256: str


class Member:
    """A file of the archive while it is being written."""

    __slots__ = ("_digest", "_file", "_keep_max", "kept", "size_bytes")

    def __init__(self, file: IO[bytes], keep_max: int = 0) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._keep_max = keep_max
        self.kept = bytearray()
        self.size_bytes = 0

    def write(self, data: bytes | bytearray) -> None:
        self._digest.update(data)
        self.size_bytes += len(data)
        self._file.write(data)
        if self.size_bytes <= self._keep_max:
            self.kept += data
        else:
            self.kept.clear()

    @property
    def sha256(self) -> str:
        """Of what has been written so far."""
        return self._digest.hexdigest()


class Sink(Protocol):
    """What can be written front to back."""

    def write(self, data: bytes, /) -> int: ...

    def flush(self) -> None: ...


class Archive:
    """A ZIP with fixed times and modes; `entries` lists its members in order.

    `kept` is what members hold that were to be kept, by name; None once they are larger together than KEPT_BYTES_MAX.

    `big` members may grow beyond 4 GiB; the ZIP64 fields that this needs are left out elsewhere, because some
    older programs stumble over them.
    """

    def __init__(self, into: Sink, on: date) -> None:
        self.entries: list[Entry] = []
        self.kept: dict[str, bytes] | None = {}
        self._time = (on.year, on.month, on.day, 0, 0, 0)
        self._taken: set[str] = set()
        forward = cast("BinaryIO", _Forward(into))
        self._zip = zipfile.ZipFile(forward, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION_LEVEL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write the directory; after an error nothing, so that half a package never looks whole."""
        if error is None:
            self._zip.close()
        else:
            self._zip.fp = None

    def stem(self, *parts: str) -> str:
        """A path made of the parts that is safe and in use nowhere else in the archive, also not in other case."""
        wanted = str(PurePosixPath(*(file_name(part) for part in parts)))
        stem, number = wanted, 1
        while stem.casefold() in self._taken:
            number += 1
            stem = f"{wanted}-{number}"
        self._taken.add(stem.casefold())
        return stem

    @contextmanager
    def member(self, name: str, *, big: bool = False, compressed: bool = True, keep: bool = False) -> Iterator[Member]:
        """Open the next member for writing; one at a time."""
        info = zipfile.ZipInfo(name, self._time)
        info.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
        info.create_system = _UNIX
        info.external_attr = _OWNER_ONLY
        # ZipFile.open takes the level from the entry, not from the archive.
        info._compresslevel = _COMPRESSION_LEVEL  # type: ignore[attr-defined]  # noqa: SLF001 - public only from 3.13
        with self._zip.open(info, "w", force_zip64=big) as file:
            member = Member(file, self._room() if keep else 0)
            yield member
        if keep:
            self._keep(name, member)
        self.entries.append(Entry(name, member.size_bytes, member.sha256))

    def _room(self) -> int:
        return 0 if self.kept is None else KEPT_BYTES_MAX - sum(map(len, self.kept.values()))

    def _keep(self, name: str, member: Member) -> None:
        if self.kept is None or member.size_bytes > self._room():
            self.kept = None
        else:
            self.kept[name] = bytes(member.kept)

    def add(self, name: str, content: bytes, *, compressed: bool = True) -> None:
        """Write a member whose content is at hand."""
        with self.member(name, compressed=compressed) as member:
            member.write(content)


class _Forward:
    """Hides that the writer could go back: zipfile would then write other bytes."""

    def __init__(self, into: Sink) -> None:
        self._into = into

    def write(self, data: bytes) -> int:
        self._into.write(data)
        return len(data)

    def flush(self) -> None:
        """Left to the writer's owner."""

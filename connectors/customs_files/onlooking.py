"""Tells an onlooker how far a search or a change of files is, as files and windows of large ones pass by."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from connectors.customs_files.loading import Piece
from connectors.customs_files.stores.store import Source, Stamp
from habeas.domain.progress import Unit
from habeas.ports import Onlooker

_T = TypeVar("_T")


def seen_by(onlooker: Onlooker | None, pieces: Iterable[Piece], files: int, *, begun: int = 0) -> Iterable[Piece]:
    """The same pieces of so many files, of which `begun` need not be read, told as they are: some are read ahead."""
    return pieces if onlooker is None else _seen(onlooker, pieces, files, begun)


def _seen(onlooker: Onlooker, pieces: Iterable[Piece], files: int, begun: int) -> Iterator[Piece]:
    current = None
    onlooker.tell(begun, files, Unit.FILES)
    for piece in pieces:
        if piece.file is not current:
            current = piece.file
            onlooker.tell(begun, files, Unit.FILES)
            begun += 1
        if piece.window is not None:
            onlooker.tell_part(piece.window.start, piece.size, Unit.BYTES)
        yield piece
    onlooker.tell(files, files, Unit.FILES)


def counted_by(onlooker: Onlooker | None, items: Iterable[_T], files: int) -> Iterator[_T]:
    """The same items, one for each of so many files that are changed; told as the next is begun."""
    for number, item in enumerate(items):
        if onlooker is not None:
            onlooker.tell(number, files, Unit.FILES)
        yield item
    if onlooker is not None:
        onlooker.tell(files, files, Unit.FILES)


def read_by(onlooker: Onlooker | None, source: Source) -> Source:
    """The same file, of which is told up to where it has been read."""
    return source if onlooker is None else _Watched(onlooker, source)


class _Watched:
    def __init__(self, onlooker: Onlooker, source: Source) -> None:
        self._onlooker = onlooker
        self._source = source

    @property
    def size(self) -> int:
        return self._source.size

    @property
    def stamp(self) -> Stamp:
        return self._source.stamp

    def read(self, start: int, count: int) -> bytes:
        self._onlooker.tell_part(start, self.size, Unit.BYTES)
        return self._source.read(start, count)

    def ensure(self) -> None:
        self._source.ensure()

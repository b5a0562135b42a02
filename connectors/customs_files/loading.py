"""The contents of a store's files: whole, or window by window where they are large and in lines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from connectors.customs_files.limits import Limits
from connectors.customs_files.lines import KINDS
from connectors.customs_files.passages import Gap
from connectors.customs_files.restrictions import Area
from connectors.customs_files.sandbox.told import Item, Signed, Told
from connectors.customs_files.stores.store import Content, GoneError, Stamp, Store, TooLargeError, UnavailableError
from connectors.customs_files.windows import Counted, Position, Ruled, Window, lines_in, windows

_UNCOUNTED = "behind a part that could not be read"


@dataclass(frozen=True, slots=True)
class File:
    """`path` is where the file stands, or stood before it was restricted; `place` is where its content is.

    `stamp` is as of an `Entry`.
    """

    path: str
    place: str
    reason: str | None = None
    version: str = ""
    restricted: bool = False
    stamp: Stamp | None = None

    @property
    def told(self) -> str:
        """The version with its sign, after the path."""
        return f"@{self.version}" if self.version else ""


@dataclass(slots=True)
class Piece:
    """A file of some kind, or a window of it, and its content until that is taken."""

    kind: str
    file: File
    content: bytes | Gap | None
    window: Window | None = None
    size: int = 0
    """Of the file, where this is a window of it."""
    stamp: Stamp | None = None
    """Of the content, where this is a whole file."""

    def taken(self) -> bytes | Ruled | Gap:
        """The content, which is not held here any longer."""
        if self.window is not None:
            return self.window.taken()
        content, self.content = self.content, None
        assert content is not None, "it is taken once"
        return content


class Loader:
    """Reads a store's files; one thread at a time may ask for the next."""

    def __init__(self, store: Store, area: Area, limits: Limits) -> None:
        self._store = store
        self._area = area
        self._limits = limits
        self._bytes_max = min(limits.whole_bytes_max, limits.file_bytes_max)

    def pieces(self, listed: Sequence[tuple[str, File]]) -> Iterator[Piece]:
        """All files, in their order; what can't be read is a gap."""
        wanted = [(file.place, file.version) for _, file in listed if file.reason is None]
        contents = self._store.reads(wanted, self._bytes_max)
        for kind, file in listed:
            if file.reason is not None:
                yield Piece(kind, file, Gap("", file.reason))
                continue
            content = next(contents)
            if isinstance(content, GoneError) and not (file.restricted or file.version):
                restricted = replace(file, place=self._area.content(file.path))  # since it was listed
                yield from self._pieces(kind, restricted, self._read(restricted, self._bytes_max))
            else:
                yield from self._pieces(kind, file, content)

    def _pieces(self, kind: str, file: File, content: Content | UnavailableError) -> Iterator[Piece]:
        if isinstance(content, TooLargeError):
            yield from self._large(kind, file)
        else:
            yield _whole(kind, file, content)

    def _large(self, kind: str, file: File) -> Iterator[Piece]:
        try:
            in_lines = kind in KINDS or bool(file.version)
            if in_lines and self._limits.whole_bytes_max <= self._limits.file_bytes_max:
                with self._store.opened(file.place, self._limits.lines_bytes_max, file.version) as source:
                    lines = lines_in(source)
                    if lines is not None:
                        for window in windows(source, lines, self._limits):
                            yield Piece(kind, file, None, window, source.size)
                        return
        except UnavailableError as error:
            yield Piece(kind, file, Gap("", str(error)))
            return
        yield _whole(kind, file, self._read(file, self._limits.file_bytes_max))

    def _read(self, file: File, bytes_max: int) -> Content | UnavailableError:
        try:
            return self._store.read(file.place, bytes_max, file.version)
        except UnavailableError as error:
            return error


def _whole(kind: str, file: File, content: Content | UnavailableError) -> Piece:
    if isinstance(content, UnavailableError):
        return Piece(kind, file, Gap("", str(content)))
    return Piece(kind, file, content.data, stamp=content.stamp)


class Joined:
    """What windows tell, as if their file had been read at once."""

    def __init__(self) -> None:
        self._file: File | None = None
        self._window: Window | None = None
        self._position = Position()
        self._counted: Counted | None = None
        self._lost = False

    def told(self, piece: Piece, item: Item) -> Told | Gap | None:
        """The item with its key in the file; None if it tells nothing of the window's own rows."""
        if isinstance(item, Signed):
            return None
        window = piece.window
        if window is None:
            assert not isinstance(item, Counted), "only windows are counted"
            return item
        if window is not self._window:
            self._begin(piece.file, window)
        if self._lost:
            return None
        if isinstance(item, Counted):
            self._counted = item
            return None
        if self._counted is None:
            self._lost = True  # how many units it has is not known, so what follows has no keys
            reason = item.reason if isinstance(item, Gap) else _UNCOUNTED
            return Gap(f"from byte {window.start} on" if window.start else "", reason)
        if isinstance(item, Gap):
            return replace(item, place=f"between byte {window.start} and {window.stop}: {item.place}")
        if not self._position.belongs(item.key, window, self._counted):
            return None
        return replace(item, key=self._position.key(item.key))

    def _begin(self, file: File, window: Window) -> None:
        if file is not self._file:
            self._file, self._position, self._lost = file, Position(), False
        elif self._window is not None and self._counted is not None:
            self._position.pass_over(self._window, self._counted)
        self._window, self._counted = window, None

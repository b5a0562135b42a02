"""Text in lines read window by window: each a content of its own, cut where rows end, under the file's own header."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.customs_files.limits import Limits
from connectors.customs_files.lines import HEAD_BYTES_MAX, Lines, lines_of
from connectors.customs_files.stores.store import Source, UnavailableError

_OVERLAP_BYTES, _OVERLAP_BYTES_MAX = 2048, 65_536


@dataclass(slots=True)
class Window:
    """The rows of a file from byte `start` to byte `stop`.

    `content` has the file's mark and header before them (`head` bytes, none in the first window, whose own they are),
    and of free text some lines behind them, in which nothing begins that is told of here.
    """

    lines: Lines
    content: bytes
    start: int
    stop: int
    head: int
    own_lines: int = 0
    """How many lines of free text end in its own rows, or with the file."""

    @property
    def shift(self) -> int:
        """What a place in the content has to be moved by to be a place in the file."""
        return self.start - self.head

    def taken(self) -> "Ruled":
        """The content, which is not held any longer."""
        content, self.content = self.content, b""
        return Ruled(content, self.lines)


@dataclass(frozen=True, slots=True)
class Ruled:
    """A content of which it is known how it is written."""

    content: bytes
    lines: Lines


@dataclass(frozen=True, slots=True)
class Counted:
    """What a window holds: units, those of the header among them, and parts; whether somebody is surely in it."""

    units: int
    head_units: int
    parts: int
    here: bool = False


@dataclass(slots=True)
class Position:
    """How many units, lines and parts come before a window, so that its keys are those that the whole file has."""

    units: int = 0
    lines: int = 0
    parts: int = 0
    head_units: int = 0
    first: bool = field(default=True)

    def key(self, key: str) -> str:
        """The key in the file of what has that key in the window."""
        return self._moved(key, 1)

    def local(self, key: str) -> str:
        """The inverse."""
        return self._moved(key, -1)

    def _moved(self, key: str, sign: int) -> str:
        route, dot, rest = key.partition(".")
        if dot:
            return f"{int(route) + sign * self.parts}.{rest}"
        unit, colon, line = key.partition(":")
        if colon:
            return f"{unit}:{int(line) + sign * self.lines}"
        return str(int(unit) + sign * (self.units - (0 if self.first else self.head_units)))

    def belongs(self, local: str, window: Window, counted: Counted) -> bool:
        """True if something of that key in the window is in its own rows."""
        route, dot, _ = local.partition(".")
        if dot:
            return 0 <= int(route) < counted.parts
        unit, colon, line = local.partition(":")
        if colon:
            return 1 <= int(line) <= window.own_lines
        return (0 if self.first else self.head_units) <= int(unit) < counted.units

    def pass_over(self, window: Window, counted: Counted) -> None:
        """Go on behind a window."""
        self.units += counted.units - (0 if self.first else counted.head_units)
        self.lines += window.own_lines
        self.parts += counted.parts
        self.head_units = counted.head_units
        self.first = False


def lines_in(source: Source) -> Lines | None:
    """How the rows of a file are told apart, None if it is not text in lines."""
    return lines_of(source.read(0, HEAD_BYTES_MAX))


def windows(source: Source, lines: Lines, limits: Limits) -> Iterator[Window]:
    """All of a file; where a row is long, a window is.

    Raises UnavailableError where a row is longer than a file may be, or the file has changed.
    """
    at = 0
    head = source.read(0, lines.head_bytes)
    while at < source.size:
        content, cut = _next(source, lines, at, limits)
        seen = _overlap(lines, content, cut) if lines.continues else cut
        before = b"" if at == 0 else head
        own_lines = lines.lines_in(content[:cut]) if lines.continues else 0
        yield Window(lines, before + content[:seen], at, at + cut, len(before), own_lines)
        at += cut
    source.ensure()


def _next(source: Source, lines: Lines, at: int, limits: Limits) -> tuple[bytes, int]:
    """What begins there, and where the last of its rows ends."""
    own_head, size = lines.head_bytes if at == 0 else 0, limits.window_bytes
    while True:
        content = source.read(at, 2 * size + own_head)
        cut = _cut(lines, content, own_head, size, final=at + len(content) >= source.size)
        if cut is not None:
            return content, cut
        size *= 2
        if size > limits.file_bytes_max:
            raise UnavailableError(f"from byte {at} on: a row is longer than {limits.file_bytes_max} bytes")


def _cut(lines: Lines, content: bytes, head: int, size: int, *, final: bool) -> int | None:
    if final and len(content) <= head + size:
        return len(content)
    found = lines.row_end(content[head:], size)
    return head + found if found is not None else len(content) if final else None


def _overlap(lines: Lines, content: bytes, cut: int) -> int:
    found = lines.row_end(content[cut : cut + _OVERLAP_BYTES_MAX], _OVERLAP_BYTES)
    return cut + found if found is not None else cut

"""CSV of any dialect: what separates, quotes and ends its records is told from the text."""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import islice

from connectors.customs_files.asked import Asked
from connectors.customs_files.encodings import Decoded, decode
from connectors.customs_files.formats.dialects import Cell, Row, delimiter_of, line_end, rows, widths_of
from connectors.customs_files.formats.grid import Grid
from connectors.customs_files.notations import CSV_QUOTED, PLAIN
from connectors.customs_files.passages import Document, Passage, Piece

_RUN_ROWS = 500
_BLOCK_CHARS = 1 << 16
_FINEST_CHARS = 2_000
_PARTS = 8
_DIRECTIVE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


def read(content: bytes, asked: Asked) -> Document | None:
    """Read CSV; None if the text isn't regular enough to be one."""
    decoded = decode(content, asked.charset)
    if decoded is None:
        return None
    directive = _DIRECTIVE.match(decoded.text)
    start = directive.end() if directive else 0
    delimiter = directive[1] if directive else delimiter_of(decoded.text)
    if delimiter is None:
        return None
    return _Table(decoded, delimiter, asked).read(start)


class _Table:
    """Rows made into passages; runs of rows that are not wanted only count."""

    def __init__(self, decoded: Decoded, delimiter: str, asked: Asked) -> None:
        self.document = Document("csv", decoded)
        self.text = decoded.text
        self.delimiter = delimiter
        self.asked = asked

    def read(self, start: int) -> Document:
        """The document; reading ends where it has more values than the limit, for the reader refuses it."""
        end = len(self.text)
        header, at = next(rows(self.text, start, end, self.delimiter))
        grid = Grid([self.text[a:b] for a, b, _ in header])
        self._add(grid, [(header, at)], headed=False)
        while at < end and len(self.document.passages) <= self.asked.limits.passages_max:
            stop = line_end(self.text, min(at + _BLOCK_CHARS, end), end)
            widths = widths_of(self.text, at, stop, self.delimiter)
            if widths is None:
                at = self._run(grid, at)
            else:
                self._block(grid, at, stop, widths)
                at = stop
        return self.document

    def _run(self, grid: Grid, at: int) -> int:
        """Some rows, read to tell where they end."""
        run = list(islice(rows(self.text, at, len(self.text), self.delimiter), _RUN_ROWS))
        stop = run[-1][1]
        if self.asked.keep(self.text[at:stop]):
            self._add(grid, run)
        else:
            self._skip(grid, Counter(len(row) for row, _ in run))
        return stop

    def _block(self, grid: Grid, at: int, stop: int, widths: "Counter[int]") -> None:
        """Whole rows, of which as few as can be are read."""
        if not self.asked.keep(self.text[at:stop]):
            self._skip(grid, widths)
            return
        if stop - at <= _FINEST_CHARS:
            self._add(grid, rows(self.text, at, stop, self.delimiter))
            return
        step = (stop - at) // _PARTS
        begin = reach = at
        while at < stop:
            reach = line_end(self.text, min(reach + step, stop), stop)
            inner = widths_of(self.text, at, reach, self.delimiter)
            if (at, reach) == (begin, stop):  # one long row
                self._add(grid, rows(self.text, at, stop, self.delimiter))
            elif inner is not None:
                self._block(grid, at, reach, inner)
            elif reach < stop:
                continue  # it ends within a quoted cell
            at = reach

    def _add(self, grid: Grid, run: Iterable[Row], *, headed: bool = True) -> None:
        for row, _ in run:
            passages = [_passage(self.text, cell) for cell in row]
            grid.add(range(len(row)), passages, headed=headed and grid.headed)
            self.document.passages += passages

    def _skip(self, grid: Grid, widths: "Counter[int]") -> None:
        for width, count in widths.items():
            grid.skip(width, range(width), headed=grid.headed, count=count)


def _passage(text: str, cell: Cell) -> Passage:
    start, stop, quoted = cell
    raw = text[start:stop]
    if quoted and '""' in raw:
        notation = CSV_QUOTED['"']
        value = notation.text(raw)
        return Passage(value, (Piece(0, len(value), start, stop, notation),), -1, "cell")
    return Passage(raw, (Piece(0, len(raw), start, stop, PLAIN),), -1, "cell")

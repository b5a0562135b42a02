"""CSV of any dialect: what separates, quotes and ends its records is told from the text."""

import re
from collections import Counter
from collections.abc import Iterable

from connectors.customs_files.asked import Asked
from connectors.customs_files.encodings import Decoded, decode
from connectors.customs_files.formats.dialects import Cell, Row, Run, delimiter_of, rows, runs
from connectors.customs_files.formats.grid import Grid
from connectors.customs_files.notations import CSV_QUOTED, PLAIN
from connectors.customs_files.passages import Document, Passage, Piece

_RUN_ROWS = 512
_PARTS = 8
_DIRECTIVE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


def read(content: bytes, asked: Asked, *, delimiter: str | None = None) -> Document | None:
    """Read CSV; None if the text isn't regular enough to be one, and no delimiter is given."""
    decoded = decode(content, asked.charset)
    if decoded is None:
        return None
    start, told = dialect_of(decoded.text)
    delimiter = delimiter or told
    if delimiter is None:
        return None
    return _Table(decoded, delimiter, asked).read(start)


def dialect_of(text: str) -> tuple[int, str | None]:
    """Where the header begins, and what separates the cells; None if the text is no table."""
    directive = _DIRECTIVE.match(text)
    return (directive.end(), directive[1]) if directive else (0, delimiter_of(text))


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
        self.document.head_units = grid.unit
        for run in runs(self.text, at, self.delimiter, _RUN_ROWS):
            self._narrow(grid, run)
            if len(self.document.passages) > self.asked.limits.passages_max:
                break
        self.document.units = grid.unit
        return self.document

    def _narrow(self, grid: Grid, run: Run) -> None:
        """Read as few of the rows as can be.

        What is asked for is told by the numbers of rows alone, so that it is the same once some cells are changed.
        """
        start, stop, count = run.starts[0], run.starts[-1], len(run.widths)
        if not self.asked.keep(self.text[start:stop]):
            for width, alike in Counter(run.widths).items():
                grid.skip(width, range(width), headed=grid.headed, count=alike)
        elif count == 1:
            self._add(grid, rows(self.text, start, stop, self.delimiter), headed=grid.headed)
        else:
            step = max(count // _PARTS, 1)
            for first in range(0, count, step):
                last = min(first + step, count)
                self._narrow(grid, Run(run.starts[first : last + 1], run.widths[first:last]))

    def _add(self, grid: Grid, some: Iterable[Row], *, headed: bool) -> None:
        for row, _ in some:
            passages = [_passage(self.text, cell) for cell in row]
            grid.add(range(len(row)), passages, headed=headed)
            self.document.passages += passages


def _passage(text: str, cell: Cell) -> Passage:
    start, stop, quoted = cell
    raw = text[start:stop]
    if quoted and '""' in raw:
        notation = CSV_QUOTED['"']
        value = notation.text(raw)
        return Passage(value, (Piece(0, len(value), start, stop, notation),), -1, "cell")
    return Passage(raw, (Piece(0, len(raw), start, stop, PLAIN),), -1, "cell")

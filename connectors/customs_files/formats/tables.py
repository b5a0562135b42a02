"""CSV of any dialect: what separates, quotes and ends its records is told from the text."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from connectors.customs_files.asked import Asked
from connectors.customs_files.encodings import Decoded, decode
from connectors.customs_files.formats.grid import Grid, roles_of
from connectors.customs_files.notations import CSV_QUOTED, PLAIN
from connectors.customs_files.passages import Document, Passage, Piece

_DELIMITERS = ",;\t|"
_SAMPLE_CHARS = 65_536
_SAMPLE_ROWS = 50
_RUN_ROWS = 500
_DIRECTIVE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)

Cell = tuple[int, int, bool]  # first and last character within the quotes, quoted


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
    return _read(decoded, start, delimiter, asked)


def delimiter_of(text: str) -> str | None:
    """The delimiter by which the first rows have the same number of cells, or whose first row names person columns."""
    sample = text[:_SAMPLE_CHARS]
    whole = len(sample) == len(text)
    best: tuple[int, str] | None = None
    for delimiter in _DELIMITERS:
        rows = list(islice(_rows(sample, 0, delimiter), _SAMPLE_ROWS))
        if not whole and len(rows) < _SAMPLE_ROWS:
            rows = rows[:-1] or rows
        widths = Counter(len(row) for row in rows if len(row) > 1 or row[0][0] < row[0][1])
        if not widths or len(rows[0]) < 2:
            continue
        width, count = widths.most_common(1)[0]
        regular = width > 1 and count >= 2 and count >= 0.9 * sum(widths.values())
        named = roles_of([sample[a:b] for a, b, _ in rows[0]])
        if (regular or sum(each is not None for each in named) >= 2) and (best is None or width > best[0]):
            best = (width, delimiter)
    return best[1] if best else None


def _rows(text: str, start: int, delimiter: str) -> Iterator[list[Cell]]:
    mark = re.escape(delimiter)
    end_of_cell = rf"({mark}|\r\n|\n|\r|\Z)"
    cell = re.compile(rf'[ ]*"((?:[^"]++|"")*+)"([ ]*){end_of_cell}|([^{mark}\r\n]*+){end_of_cell}')
    row: list[Cell] = []
    at, end = start, len(text)
    while at <= end:
        found = cell.match(text, at)
        assert found is not None, "the second alternative matches anything"
        quoted = found[1] is not None
        row.append((*found.span(1 if quoted else 4), quoted))
        closing = found[3] if quoted else found[5]
        at = found.end()
        if closing != delimiter:
            yield row
            row = []
            if at >= end:
                return
    if row:
        yield row


class _Table:
    """Rows made into passages, run by run; runs that are not wanted only count."""

    def __init__(self, decoded: Decoded, header: list[Cell]) -> None:
        self.document = Document("csv", decoded)
        self.text = decoded.text
        self.grid = Grid([self.text[a:b] for a, b, _ in header])
        self.number = 0

    def add(self, rows: Sequence[list[Cell]]) -> None:
        for row in rows:
            passages = [_passage(self.text, cell) for cell in row]
            self.grid.add(range(len(row)), passages, headed=self.grid.headed and self.number > 0)
            self.number += 1
            self.document.passages += passages

    def skip(self, rows: Sequence[list[Cell]]) -> None:
        for row in rows:
            width = len(row)
            self.grid.skip(width, range(width), headed=self.grid.headed and self.number > 0)
            self.number += 1


def _read(decoded: Decoded, start: int, delimiter: str, asked: Asked) -> Document:
    rows = _rows(decoded.text, start, delimiter)
    run = list(islice(rows, _RUN_ROWS))
    table = _Table(decoded, run[0])
    while run:
        wanted = asked.keep(decoded.text[run[0][0][0] : run[-1][-1][1]])
        (table.add if wanted else table.skip)(run)
        if len(table.document.passages) > asked.limits.passages_max:
            break  # the reader refuses it
        run = list(islice(rows, _RUN_ROWS))
    return table.document


def _passage(text: str, cell: Cell) -> Passage:
    start, stop, quoted = cell
    raw = text[start:stop]
    if quoted and '""' in raw:
        notation = CSV_QUOTED['"']
        value = notation.text(raw)
        return Passage(value, (Piece(0, len(value), start, stop, notation),), -1, "cell")
    return Passage(raw, (Piece(0, len(raw), start, stop, PLAIN),), -1, "cell")

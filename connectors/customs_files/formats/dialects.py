"""The dialects of CSV: what separates, quotes and ends records is told from the text."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from connectors.customs_files.formats.grid import roles_of

_DELIMITERS = ",;\t|"
_SAMPLE_CHARS = 65_536
_SAMPLE_ROWS = 50
_UNQUOTED_LINE = re.compile(r'([^"\r\n]*+)(?:\r\n|\n|\r|\Z)')
_LINE_END = re.compile(r"\r\n|\n|\r")

Cell = tuple[int, int, bool]  # first and last character within the quotes, quoted
Row = tuple[list[Cell], int]  # its cells, and where the next row begins


def delimiter_of(text: str) -> str | None:
    """The delimiter by which the first rows have the same number of cells, or whose first row names person columns."""
    sample = text[:_SAMPLE_CHARS]
    whole = len(sample) == len(text)
    best: tuple[int, str] | None = None
    for delimiter in _DELIMITERS:
        header = next(rows(sample, 0, len(sample), delimiter))[0] if delimiter in sample else []
        if len(header) < 2:
            continue
        shapes = list(islice(_shapes(sample, delimiter), _SAMPLE_ROWS))
        if not whole and len(shapes) < _SAMPLE_ROWS:
            shapes = shapes[:-1] or shapes
        widths = Counter(width for width, blank in shapes if not blank)
        if not widths:
            continue
        width, count = widths.most_common(1)[0]
        regular = width > 1 and count >= 2 and count >= 0.9 * sum(widths.values())
        named = roles_of([sample[a:b] for a, b, _ in header])
        if (regular or sum(each is not None for each in named) >= 2) and (best is None or width > best[0]):
            best = (width, delimiter)
    return best[1] if best else None


def rows(text: str, start: int, end: int, delimiter: str) -> Iterator[Row]:
    """The rows from `start`, which is where one begins, to `end`."""
    match = _cell(delimiter).match
    row: list[Cell] = []
    at = start
    while at <= end:
        found = match(text, at, end)
        assert found is not None, "the second alternative matches anything"
        quoted = found[1] is not None
        row.append((*found.span(1 if quoted else 4), quoted))
        closing = found[3] if quoted else found[5]
        at = found.end()
        if closing != delimiter:
            yield row, at
            row = []
            if at >= end:
                return
    if row:
        yield row, at


def widths_of(text: str, start: int, stop: int, delimiter: str) -> "Counter[int] | None":
    """How many rows of each number of cells there are, without reading the cells; `start` is where a row begins.

    None if `stop` may not be where a row ends, or if it takes reading to tell.
    """
    if delimiter in '" \r\n':
        return None
    block = text[start:stop]
    if '"' in block:
        block = _quoted(delimiter).sub("", f"\n{block}")[1:]
        if '"' in block:
            return None
    if "\r" in block:
        block = block.replace("\r\n", "\n").replace("\r", "\n")
    lines = block.split("\n")
    if not lines[-1] and text[stop - 1] in "\r\n":
        lines.pop()
    return Counter([line.count(delimiter) + 1 for line in lines])


def line_end(text: str, at: int, end: int) -> int:
    """Where the line ends in which a place is, its line end included."""
    found = _LINE_END.search(text, at, end)
    return found.end() if found else end


@lru_cache(maxsize=64)
def _cell(delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    end_of_cell = rf"({mark}|\r\n|\n|\r|\Z)"
    return re.compile(rf'[ ]*"((?:[^"]++|"")*+)"([ ]*){end_of_cell}|([^{mark}\r\n]*+){end_of_cell}')


@lru_cache(maxsize=64)
def _quoted(delimiter: str) -> re.Pattern[str]:
    """A quoted cell. The quote is looked for first: that is many times faster than what must stand before it."""
    mark = re.escape(delimiter)
    return re.compile(rf'"(?<=[{mark}\r\n]")(?:[^"]++|"")*+"(?=[{mark}\r\n]|\Z)')


def _shapes(text: str, delimiter: str) -> Iterator[tuple[int, bool]]:
    """The number of cells of each row, and whether it is an empty line."""
    at, end = 0, len(text)
    while at < end:
        line = _UNQUOTED_LINE.match(text, at)
        if line is not None:
            at = line.end()
            yield text.count(delimiter, *line.span(1)) + 1, not line[1]
        else:
            row, at = next(rows(text, at, end, delimiter))
            yield len(row), len(row) == 1 and row[0][0] == row[0][1]

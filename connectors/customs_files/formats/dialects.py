"""The dialects of CSV: what separates, quotes and ends records is told from the text."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, islice
from typing import NamedTuple

from connectors.customs_files.formats.grid import roles_of

_DELIMITERS = ",;\t|"
_SAMPLE_CHARS = 65_536
_SAMPLE_ROWS = 50
_CHUNK_CHARS = 1 << 16
_READ_ROWS = 64
_LINE = re.compile(r"([^\r\n]*+)(?:\r\n|\n|\r|\Z)")
_LINE_END = re.compile(r"\r\n|\n|\r")
_EMPTY, _BARE = ("", '""'), ("", "\r", '""', '""\r')

Cell = tuple[int, int, bool]  # first and last character within the quotes, quoted
Row = tuple[list[Cell], int]  # its cells, and where the next row begins


class Run(NamedTuple):
    """Some rows: where each begins, with the end of the last, and how many cells it has."""

    starts: list[int]
    widths: list[int]


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
        told = regular or sum(each is not None for each in roles_of([sample[a:b] for a, b, _ in header])) >= 2
        if told and (best is None or width > best[0]):
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


def runs(text: str, at: int, delimiter: str, count: int) -> Iterator[Run]:
    """All rows from `at`, where one begins, so many at once; their cells are not read where that is safe."""
    end = len(text)
    run = Run([at], [])
    while at < end:
        stop = _line_end(text, min(at + _CHUNK_CHARS, end), end)
        chunk = _lines(text[at:stop], delimiter)
        if chunk is None:
            for row, begins in islice(rows(text, at, end, delimiter), _READ_ROWS):
                run.widths.append(len(row))
                run.starts.append(begins)
        else:
            lengths, widths = chunk
            run.widths.extend(widths)
            run.starts.extend(islice(accumulate(lengths, initial=at), 1, None))
        at = run.starts[-1]
        while len(run.widths) >= count:
            yield Run(run.starts[: count + 1], run.widths[:count])
            run = Run(run.starts[count:], run.widths[count:])
    if run.widths:
        yield run


def _lines(chunk: str, delimiter: str) -> tuple[list[int], list[int]] | None:
    """The length of each line and its number of cells; None if a line may not be a row."""
    if delimiter in '" \r\n':
        return None
    line_end = "\n" if "\n" in chunk else "\r"
    if line_end == "\n" and chunk.count("\r") != chunk.count("\r\n"):
        return None
    lines = chunk.split(line_end)
    bare = lines
    if '"' in chunk:
        unquoted = _quoted(delimiter).sub("", f"\n{chunk}")[1:]
        bare = unquoted.split(line_end)
        if '"' in unquoted or len(bare) != len(lines):
            return None
    if lines[-1]:
        lengths = [len(line) + 1 for line in lines]
        lengths[-1] -= 1
        return lengths, [line.count(delimiter) + 1 for line in bare]
    return [len(line) + 1 for line in lines[:-1]], [line.count(delimiter) + 1 for line in bare[:-1]]


def is_plain(chunk: str, delimiter: str) -> bool:
    """True if each line end outside of its quoted cells surely ends a row; it begins where a row does."""
    if '"' not in chunk:
        return True
    return delimiter not in '" \r\n' and '"' not in _quoted(delimiter).sub("", f"\n{chunk}")


def _line_end(text: str, at: int, end: int) -> int:
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


def _unquoted_lines(lines: Sequence[str], delimiter: str) -> list[str] | None:
    """Lines without their quoted cells; None if a line may not be a row."""
    unquoted = _quoted(delimiter).sub("", "\n".join(["", *lines, ""]))
    bare = unquoted.split("\n")[1:-1]
    return None if '"' in unquoted or len(bare) != len(lines) else bare


def _shapes(text: str, delimiter: str) -> Iterator[tuple[int, bool]]:
    """The number of cells of each row, and whether it is an empty line; of a sample's rows at least."""
    if text.count("\r") == text.count("\r\n"):
        lines = text.split("\n", _SAMPLE_ROWS)
        lines = (lines if lines[-1] else lines[:-1])[:_SAMPLE_ROWS]
        bare = lines if '"' not in text else _unquoted_lines(lines, delimiter)
        if bare is not None:
            yield from ((less.count(delimiter) + 1, line in _BARE) for line, less in zip(lines, bare, strict=True))
            return
    at, end = 0, len(text)
    quoted = _quoted(delimiter)
    while at < end:
        line = _LINE.match(text, at)
        assert line is not None, "it matches anything"
        cells = line[1]
        if '"' in cells:
            cells = quoted.sub("", f"\n{cells}")
        if '"' in cells:
            row, at = next(rows(text, at, end, delimiter))
            yield len(row), len(row) == 1 and row[0][0] == row[0][1]
        else:
            at = line.end()
            yield cells.count(delimiter) + 1, line[1] in _EMPTY

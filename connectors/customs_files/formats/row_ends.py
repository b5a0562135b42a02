"""Where a row of a table ends, in a text that is only a part of the table."""

import re
from itertools import islice

from connectors.customs_files.formats import dialects

_CHUNK_CHARS = 1 << 16
_READ_ROWS = 64
_LINE_END = re.compile(r"\r\n|\n|\r")
_UNCLOSED = re.compile(r'[ ]*"(?:[^"]++|"")*+\Z')


def row_end(text: str, target: int, delimiter: str) -> int | None:
    """The end of the first row that ends at `target` or beyond; the text begins where a row does.

    None if what follows the text may have a say in it.
    """
    at, end = 0, len(text)
    while at < target:
        found = _LINE_END.search(text, min(at + _CHUNK_CHARS, target - 1, end))
        stop = found.end() if found else end
        if dialects.is_plain(text[at:stop], delimiter):
            at = stop
        else:
            for row, begins in islice(dialects.rows(text, at, end, delimiter), _READ_ROWS):
                if any(not quoted and _UNCLOSED.match(text, start) for start, _, quoted in row):
                    return None
                at = begins
                if at >= target:
                    break
        if at >= end:
            return None
    return at

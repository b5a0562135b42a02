"""Text in lines that is too large to be read at once: how its rows are told apart, from its beginning alone."""

from dataclasses import dataclass
from functools import partial

import orjson

from connectors.customs_files.encodings import UndecodableError, decode
from connectors.customs_files.formats import dialects, objects, plain, tables
from connectors.customs_files.formats.row_ends import row_end
from connectors.customs_files.kinds import HEAD_BYTES, kind_of
from connectors.customs_files.passages import Reader

HEAD_BYTES_MAX = 1 << 20
KINDS = frozenset({"trade data (CSV)", "text files", "JSON files"})
_CSV, _JSON, _TEXT = "csv", "json", "text"


@dataclass(frozen=True, slots=True)
class Lines:
    """How such a file is written. `head_bytes` is how much of it stands before the first row: mark and header."""

    format: str
    charset: str
    delimiter: str
    head_bytes: int

    @property
    def continues(self) -> bool:
        """True for free text, in which something may begin in one line and end in the next."""
        return self.format == _TEXT

    @property
    def reader(self) -> Reader:
        """The one reader for every part of it."""
        if self.format == _CSV:
            return partial(tables.read, delimiter=self.delimiter)
        return objects.read if self.format == _JSON else plain.read

    def row_end(self, content: bytes, target: int) -> int | None:
        """The end of the first row that ends at `target` bytes or beyond, None if the content does not tell it."""
        text = self._text(content)
        wide = len(text) != len(content)
        if wide:
            target = len(self._text(content[: target // 4 * 4]))
        if self.format == _CSV:
            end = row_end(text, target, self.delimiter)
        else:
            end = text.find("\n", max(target - 1, 0)) + 1 or None
        return len(text[:end].encode(self.charset, "surrogatepass")) if wide and end is not None else end

    def lines_in(self, content: bytes) -> int:
        """How many lines end in the content, or with it."""
        text = self._text(content)
        return text.count("\n") + (not text.endswith("\n"))

    def units_max(self, content: bytes) -> int:
        """No fewer than the units in the content."""
        marks = {_CSV: (self.delimiter, "\n", "\r"), _JSON: (",", ":", "\n", "[", "{"), _TEXT: ("\n",)}[self.format]
        text = self._text(content)
        return 1 + sum(text.count(mark) for mark in marks)

    def _text(self, content: bytes) -> str:
        """In which rows can be told apart: a character a byte, unless the encoding is a wide one."""
        if self.charset == "utf-8":
            return content.decode("latin-1")
        return content[: len(content) // 2 * 2].decode(self.charset, "surrogatepass")


def lines_of(head: bytes) -> Lines | None:
    """For a file of such a beginning; None if it is not text in lines."""
    kind = kind_of(head[:HEAD_BYTES])
    try:
        decoded = decode(head[: len(head) // 4 * 4])
    except UndecodableError:
        return None
    if kind not in KINDS or decoded is None:
        return None
    charset = "utf-8" if decoded.codec == "mixed" else decoded.codec
    text = decoded.text
    if kind == "JSON files":
        return Lines(_JSON, charset, "", decoded.mark_bytes) if _is_value(text.partition("\n")[0]) else None
    start, delimiter = tables.dialect_of(text)
    if delimiter is None:
        return Lines(_TEXT, charset, "", decoded.mark_bytes)
    _, end = next(dialects.rows(text, start, len(text), delimiter))
    return Lines(_CSV, charset, delimiter, decoded.byte(end)) if end < len(text) else None


def _is_value(line: str) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except ValueError:
        return False

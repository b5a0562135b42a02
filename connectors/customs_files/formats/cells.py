"""The cells of a workbook's sheets: the strings that they share, and how a cell is written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from connectors.customs_files.encodings import UndecodableError
from connectors.customs_files.formats.markup import decoded_markup
from connectors.customs_files.notations import XML
from connectors.customs_files.passages import MARK

_ATTRIBUTES = r"(?:[^>\"']|\"[^\"]*\"|'[^']*')*?"
_TYPE = re.compile(r"""\st\s*=\s*["'](\w+)["']""")
_CELL = re.compile(
    rf"<(?P<p>\w+:)?c(?P<attributes>(?=[\s/>]){_ATTRIBUTES})(?:/>|>(?P<inner>.*?)</(?:\w+:)?c\s*>)", re.DOTALL
)
_VALUE = re.compile(rf"<(?:\w+:)?v(?=[\s>]){_ATTRIBUTES}>([^<]*)</")
_INLINE = re.compile(rf"<(?:\w+:)?is(?=[\s>]){_ATTRIBUTES}>(.*?)</(?:\w+:)?is\s*>", re.DOTALL)
_ITEM = re.compile(rf"<(?:\w+:)?si(?:\s{_ATTRIBUTES})?(?:/>|>(.*?)</(?:\w+:)?si\s*>)", re.DOTALL)
_RUN = re.compile(rf"<(?:\w+:)?rPh(?=[\s>])|<(?:\w+:)?t(?:(?=[\s]){_ATTRIBUTES})?>([^<]*)</(?:\w+:)?t\s*>")


@dataclass(frozen=True, slots=True)
class Rich:
    """A string with its runs: the text that they make, and where each stands in the XML."""

    text: str
    runs: tuple[tuple[int, int, int], ...]  # place in the text, and first and last character in the XML

    @classmethod
    def of(cls, inner: str) -> "Rich":
        """The string that `si` or `is` holds; what is read aloud (`rPh`) follows a space."""
        texts: list[str] = []
        runs: list[tuple[int, int, int]] = []
        at = 0
        for run in _RUN.finditer(inner):
            text = " " if run[1] is None else XML.text(run[1])
            if run[1] is not None:
                runs.append((at, *run.span(1)))
            texts.append(text)
            at += len(text)
        return cls("".join(texts), tuple(runs))

    def redacted(self, inner: str, ranges: Sequence[tuple[int, int]]) -> str:
        """The XML with the mark in place of ranges of the text, formats kept."""
        out, done, marked = [], 0, set[tuple[int, int]]()
        for at, start, stop in self.runs:
            raw = inner[start:stop]
            text, places = XML.read(raw)
            for a, b in ranges:
                first, last = max(a - at, 0), min(b - at, len(text))
                if first < last:
                    out += [inner[done : start + places[first]], "" if (a, b) in marked else MARK]
                    marked.add((a, b))
                    done = start + places[last]
        return "".join([*out, inner[done:]])


class Strings:
    """The shared strings of a workbook, as XML; none where it has none."""

    def __init__(self, content: bytes | None) -> None:
        self._content = content

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Where the inside of each string stands in the text; an empty span for an empty string."""
        return [each.span(1) if each[1] is not None else (each.end(), each.end()) for each in _ITEM.finditer(self.xml)]

    @cached_property
    def xml(self) -> str:
        """The whole part, decoded."""
        try:
            decoded = decoded_markup(self._content, None) if self._content is not None else None
        except UndecodableError:
            return ""  # its own reader says so
        return decoded.text if decoded is not None else ""

    @cached_property
    def texts(self) -> list[str]:
        """What each string reads."""
        return [Rich.of(self.xml[start:stop]).text for start, stop in self.spans]

    def inner(self, number: int) -> str:
        """The XML of one string, none if there is no such."""
        return self.xml[slice(*self.spans[number])] if 0 <= number < len(self.spans) else ""


class Cells:
    """The notation of a cell that holds a value: written anew as a string of its own, so that no other cell changes."""

    mark = MARK
    whole = True

    def __init__(self, strings: Strings) -> None:
        self._strings = strings

    def read(self, raw: str) -> tuple[str, Sequence[int]]:
        """See Notation."""
        cell = _CELL.match(raw)
        text = self.text(cell["attributes"], cell["inner"] or "") if cell else ""
        return text, [0] * len(text) + [len(raw)]

    def text(self, attributes: str, inner: str) -> str:
        """What a cell reads, given its attributes and what it holds."""
        kind = _kind(attributes)
        if kind == "inlineStr":
            inline = _INLINE.search(inner)
            return Rich.of(inline[1]).text if inline else ""
        value = _VALUE.search(inner)
        if value is None or kind in {"b", "e"}:
            return ""
        if kind == "s":
            number = int(value[1]) if value[1].strip().isdigit() else -1
            return self._strings.texts[number] if 0 <= number < len(self._strings.texts) else ""
        if kind in {"str", "d"}:
            return XML.text(value[1])
        return plain_number(value[1].strip())

    def write(self, raw: str, ranges: Sequence[tuple[int, int]]) -> str:
        """See Notation."""
        cell = _CELL.match(raw)
        assert cell is not None, "it was read"
        prefix, inner = cell["p"] or "", cell["inner"] or ""
        kind = _kind(cell["attributes"])
        if kind == "s":
            value = _VALUE.search(inner)
            rich = self._strings.inner(int(value[1])) if value else ""
        elif kind == "inlineStr":
            inline = _INLINE.search(inner)
            rich = inline[1] if inline else ""
        else:
            shown = self.text(cell["attributes"], inner).replace("&", "&amp;").replace("<", "&lt;")
            rich = f'<{prefix}t xml:space="preserve">{shown}</{prefix}t>'
        attributes = _TYPE.sub("", cell["attributes"]).rstrip()
        new = Rich.of(rich).redacted(rich, ranges)
        return f'<{prefix}c{attributes} t="inlineStr"><{prefix}is>{new}</{prefix}is></{prefix}c>'


def shared_by(attributes: str, inner: str) -> int | None:
    """The number of the shared string that a cell shows, None if it shows none."""
    value = _VALUE.search(inner) if _kind(attributes) == "s" else None
    return int(value[1]) if value and value[1].strip().isdigit() else None


def value_span(inner: str) -> tuple[int, int] | None:
    """Where the value stands in a cell that holds a formula."""
    value = _VALUE.search(inner)
    return value.span(1) if value else None


def is_text(attributes: str) -> bool:
    """True if the result of a formula is text."""
    return _kind(attributes) == "str"


def plain_number(raw: str) -> str:
    """A number as people write it: telephone numbers are kept as 4.41614960123E11."""
    if raw.isdigit():
        return raw
    try:
        number = float(raw)
    except ValueError:
        return raw
    return str(int(number)) if number.is_integer() and abs(number) < 1e18 else raw


def _kind(attributes: str) -> str:
    kind = _TYPE.search(attributes)
    return kind[1] if kind else "n"

"""The XML within Office files (OOXML, OpenDocument): text as its reader sees it, paragraph by paragraph.

A paragraph is one passage over all of its runs, text that was deleted with changes tracked included. Every other
element's text, and every attribute that may tell of somebody, stands for itself. Nothing is a party here: the elements
are the layout's, and what the layout needs is never replaced.
"""

import re
from collections.abc import Iterable

from connectors.customs_files.asked import Asked
from connectors.customs_files.formats.markup import TOKEN, begins, check, decoded_markup
from connectors.customs_files.formats.office_tables import Tables
from connectors.customs_files.limits import Limits
from connectors.customs_files.notations import NUMBER, PLAIN, XML, Escaped, Plain, Standing
from connectors.customs_files.passages import MARK, Document, Notation, Passage, Piece, UnreadableError
from connectors.customs_files.roles import Role, role_of

Span = tuple[int, int]

# Paragraphs of texts, drawings and charts; strings and comments of workbooks; headings of OpenDocument.
_BLOCKS = {"p", "h", "si", "is", "text"}
_SHOWN = {"t", "delText", "p", "h", "span", "a", "ruby-base", "ruby-text"}
_GAPS = {"tab": "\t", "br": "\n", "cr": "\n", "ptab": "\t", "s": " ", "line-break": "\n", "noBreakHyphen": "-",
         "rPh": " "}  # fmt: skip
_HEADERS = {"oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter"}
_NAMES = {"creator", "lastModifiedBy", "author", "initial-creator", "printed-by", "@author", "@displayName",
          "@lastModifiedBy", "@userName", "@lastEditedBy"}  # fmt: skip
_CACHES = {"pivotCacheDefinition", "pivotCacheRecords"}
_RANDOM = ("rsid", "paraId", "textId", "durableId")
_ATTRIBUTE = re.compile(r"""(?:[\w.-]+:)?([\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_NUMBER = re.compile(r"[-+.\deE%]+")
_HEADER_CODE = r"&amp;(?:[A-Z+-]|&quot;.*?&quot;|\d{1,3}|&amp;)"
_HEADER = Escaped(
    re.compile(_HEADER_CODE + "|" + XML.escape.pattern),
    lambda code: ("&" if code == "&amp;&amp;" else "\n") if code[5:] and code[:5] == "&amp;" else XML.meaning(code),
)
# An address in a relation's target must stay one, or the file no longer opens.
_TARGET = Plain(mark="erased@erased.invalid")


def read(content: bytes, asked: Asked) -> Document | None:
    """Read a part of an Office file; None if it is no XML. Raises UnreadableError if it is broken."""
    decoded = decoded_markup(content, asked.charset)
    if decoded is None or not begins(decoded.text):
        return None
    check(decoded.text)
    document = Document("office", decoded)
    add(document, [(0, len(decoded.text))], asked.limits)
    return document


def add(document: Document, spans: Iterable[Span], limits: Limits) -> None:
    """Add the passages of some spans of a document, each with a unit of its own."""
    reader = _Reader(document, limits)
    for span in spans:
        reader.run(*span)


class _Block:
    """A paragraph while it is open."""

    def __init__(self, name: str, depth: int) -> None:
        self.name = name
        self.depth = depth
        self.pieces: list[Piece] = []
        self.texts: list[str] = []
        self.at = 0

    def add(self, text: str, start: int, stop: int, notation: Notation) -> None:
        if text:
            self.pieces.append(Piece(self.at, self.at + len(text), start, stop, notation))
            self.texts.append(text)
            self.at += len(text)


class _Reader:
    def __init__(self, document: Document, limits: Limits) -> None:
        self.document = document
        self.limits = limits
        self.source = document.decoded.text
        self.unit = 1 + max((each.unit for each in document.passages), default=-1)
        self.open: list[str] = []
        self.blocks: list[_Block] = []
        self.person: int | None = None  # the unit that the attributes of a person share
        self.column: Role | None = None  # what a pivot table's cached column holds
        self.cache = False
        self.tables = Tables()

    def run(self, start: int, stop: int) -> None:
        for token in TOKEN.finditer(self.source, start, stop):
            kind = token.lastgroup
            if kind in {"text", "cdata"}:
                self._characters(*token.span(kind), cdata=kind == "cdata")
            elif kind == "end":
                self._end()
            elif kind in {"comment", "pi"}:
                span = token.span(kind)
                if not token[kind].startswith("xml ") and token[kind].strip():
                    self._value(kind, *span, PLAIN)
            else:
                self._start(token)

    def _start(self, token: re.Match[str]) -> None:
        name = token["start"].rpartition(":")[2]
        self.open.append(name)
        if len(self.open) > self.limits.nesting_max:
            raise UnreadableError(f"elements nested more than {self.limits.nesting_max} deep")
        if len(self.open) == 1:
            self.cache = name in _CACHES
        if self.blocks and name in _GAPS:
            self.blocks[-1].add(_GAPS[name], token.start(), token.start(), Standing(_GAPS[name]))
        self.tables.start(name, token["attributes"])
        if name == "person":
            self.person, self.unit = self.unit, self.unit + 1
        if "=" in token["attributes"]:
            self._attributes(name, *token.span("attributes"))
        if name in _BLOCKS and not token["empty"]:
            self.blocks.append(_Block(name, len(self.open)))
        if token["empty"]:
            self._end()

    def _end(self) -> None:
        if self.blocks and self.blocks[-1].depth == len(self.open):
            block = self.blocks.pop()
            if any(not each.isspace() for each in block.texts):
                self._add(Passage("".join(block.texts), tuple(block.pieces), -1, block.name))
        name = self.open.pop() if self.open else ""
        self.unit = self.tables.end(name, self.unit)
        if name == "person":
            self.person = None

    def _characters(self, start: int, stop: int, *, cdata: bool) -> None:
        raw = self.source[start:stop]
        parent = self.open[-1] if self.open else ""
        if raw.isspace() and parent not in _SHOWN - {"p", "h"}:
            return
        notation = XML if "&" in raw and not cdata else PLAIN
        if self.blocks and parent in _SHOWN:
            self.blocks[-1].add(notation.read(raw)[0] if notation is XML else raw, start, stop, notation)
        elif raw.strip():
            self._value(parent, start, stop, _HEADER if parent in _HEADERS else notation)

    def _attributes(self, element: str, start: int, stop: int) -> None:
        unit = self.person
        for each in _ATTRIBUTE.finditer(self.source, start, stop):
            name = f"@{each[1]}"
            place = 2 if each[2] is not None else 3
            raw = each[place]
            if element == "cacheField" and name == "@name":
                self.column = role_of(raw)
            if not raw or (name not in _NAMES and not self._may_tell(element, each[1], raw)):
                continue
            if unit is None:
                unit, self.unit = self.unit, self.unit + 1
            notation: Notation = XML if "&" in raw else PLAIN
            if name == "@Target" and "@" in raw:
                notation = _TARGET
            elif name == "@value" and element == "table-cell":
                notation = NUMBER
            passage = self._passage(name, *each.span(place), notation)
            if self.cache and element == "s" and self.column is Role.NAME:
                passage.role = Role.NAME
            passage.unit = unit
            self.document.passages.append(passage)
            if element == "table-cell" and name in {"@value", "@string-value"}:
                self.tables.add(passage)

    def _may_tell(self, element: str, name: str, raw: str) -> bool:
        """False for measures, switches and random numbers: a number that looks like an account's would be chance."""
        if MARK in raw:
            return True
        if name.startswith(_RANDOM) or "http://" in raw[:7]:
            return False
        if (self.cache and element in {"s", "n"}) or (element == "table-cell" and name in {"value", "string-value"}):
            return True
        return len(raw) >= 5 and not _NUMBER.fullmatch(raw) and any(each in "@&" or each.isdigit() for each in raw)

    def _value(self, name: str, start: int, stop: int, notation: Notation) -> None:
        self._add(self._passage(name, start, stop, notation))

    def _passage(self, name: str, start: int, stop: int, notation: Notation) -> Passage:
        text, _ = notation.read(self.source[start:stop])
        role = Role.NAME if name in _NAMES else None
        return Passage(text, (Piece(0, len(text), start, stop, notation),), -1, name, role)

    def _add(self, passage: Passage) -> None:
        passage.unit, self.unit = self.unit, self.unit + 1
        self.document.passages.append(passage)
        self.tables.add(passage)

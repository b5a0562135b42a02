"""EDIFACT interchanges: NAD with the contacts and references that follow it is a party."""

import re
from collections.abc import Iterator

from connectors.customs_files.asked import Asked
from connectors.customs_files.encodings import decode
from connectors.customs_files.notations import Escaped, Plain, edifact
from connectors.customs_files.passages import Document, Passage, Piece, UnreadableError
from connectors.customs_files.roles import Role

_BEGINS = re.compile(r"\s*(?:UNA(?P<una>.{6})\s*)?UN[BH](?P<element>[^A-Za-z0-9\s])", re.DOTALL)
_SYNTAX = re.compile(r"UNB.(UNO[A-Z])")
_CODECS = {"UNOD": "iso8859-2", "UNOE": "iso8859-5", "UNOF": "iso8859-7", "UNOG": "iso8859-3", "UNOH": "iso8859-4",
           "UNOI": "iso8859-6", "UNOJ": "iso8859-8", "UNOK": "iso8859-9"}  # fmt: skip
_DEFAULT = ":+.? '"
# Segments of a party's group (SG2 of INVOIC, CUSDEC, IFTMIN …): they speak of the NAD before them.
_OF_PARTY = {"CTA", "COM", "RFF", "LOC", "FII", "DOC"}


def begins(text: str) -> bool:
    """True if a text begins as an interchange."""
    return _BEGINS.match(text) is not None


def is_usual(text: str) -> bool:
    """True if a text begins as an interchange with the service characters that the standard gives."""
    found = _BEGINS.match(text)
    return found is not None and (found["una"] or _DEFAULT) == _DEFAULT and found["element"] == _DEFAULT[1]


def read(content: bytes, asked: Asked) -> Document | None:
    """Read an interchange; None if it is none."""
    head = content[:500].decode("latin-1")
    syntax = _SYNTAX.search(head)
    declared = _CODECS.get(syntax[1]) if syntax else None
    decoded = decode(content, declared or asked.charset)
    begins = _BEGINS.match(decoded.text) if decoded else None
    if decoded is None or begins is None:
        return None
    service = begins["una"] or _DEFAULT
    component, element, release, terminator = service[0], service[1], service[3], service[5]
    if len({component, element, terminator}) < 3 or begins["element"] != element:
        raise UnreadableError("EDIFACT with contradictory service characters")
    start = decoded.text.index("UN", begins.start()) + (9 if begins["una"] else 0)
    document = Document("edifact", decoded)
    reader = _Reader(document, component, element, release, terminator)
    reader.run(start)
    return document


class _Reader:
    def __init__(self, document: Document, component: str, element: str, release: str, terminator: str) -> None:
        self.document = document
        released = "" if release == " " else re.escape(release)
        self.release = release if released else ""
        self.notation: Escaped | None = edifact(release) if released else None
        escape = rf"{released}(?s:.)|" if released else ""
        bare = re.escape(component + element + terminator) + released
        self.value = re.compile(rf"((?:{escape}[^{bare}])*+)([{re.escape(component + element + terminator)}]|\Z)")
        self.component, self.element, self.terminator = component, element, terminator
        self.unit = 0
        self.party: int | None = None

    def run(self, start: int) -> None:
        for segment in self._segments(start):
            tag = segment[0][0][0]
            if tag in {"NAD", "PNA"}:
                self.party, self.unit = self.unit, self.unit + 1
            elif tag not in _OF_PARTY:
                self.party = None
            for number, components in enumerate(segment[1:], 1):
                for place, (text, _) in enumerate(components):
                    if text:
                        self._add(tag, number, place, components)

    def _add(self, tag: str, number: int, place: int, components: "_Components") -> None:
        text, (start, stop) = components[place]
        role = _role(tag, number, place, components) if self.party is not None else None
        released = self.notation is not None and stop - start != len(text)
        notation = self.notation if self.notation is not None and released else _PLAIN
        passage = Passage(text, (Piece(0, len(text), start, stop, notation),), -1, f"{tag}/{number}.{place + 1}", role)
        if self.party is None:
            passage.unit, self.unit = self.unit, self.unit + 1
        else:
            passage.unit = self.party
        self.document.passages.append(passage)

    def _segments(self, at: int) -> Iterator[list["_Components"]]:
        text = self.document.decoded.text
        segment: list[_Components] = [[]]
        end = len(text)
        while at < end:
            if not segment[0]:
                while at < end and text[at].isspace():
                    at += 1
            found = self.value.match(text, at)
            if found is None or found.end() == at:
                return
            raw = found[1]
            value = self.notation.text(raw) if self.notation and self.release in raw else raw
            segment[-1].append((value, found.span(1)))
            at = found.end()
            if found[2] == self.element:
                segment.append([])
            elif found[2] != self.component:
                yield segment
                segment = [[]]


_Components = list[tuple[str, tuple[int, int]]]
_PLAIN = Plain(mark="ERASED")


def _role(tag: str, number: int, place: int, components: _Components) -> Role | None:
    """What a component holds, by its place in the directory's segment."""
    match tag, number:
        case "NAD", 2:
            return Role.TAX_NUMBER if place == 0 else None
        case "NAD", 3:
            return Role.NAME if place == 0 else Role.ADDRESS
        case "NAD", 4:
            return Role.NAME if place < 5 else None
        case "NAD", 5 | 6 | 7 | 8:
            return Role.ADDRESS
        case "PNA", n if n >= 2:
            return Role.NAME_PART if place > 0 or n == 2 else None
        case "CTA", 2:
            return Role.NAME
        case "COM", _:
            return Role.CONTACT if place == 0 else None
        case "RFF", 1:
            return Role.TAX_NUMBER if place == 1 and components[0][0] in {"VA", "AHP", "AHR", "GN", "XA"} else None
        case "FII", n if n >= 2:
            return Role.BANK if place == 0 else None
        case _:
            return None

"""Text files in which Habeas keeps what people have stated about the data in the file beside (Article 16).

    What people have stated about data in the file beside this one (Article 16 of the GDPR).

    On 2026-11-22, request 6721db8a-51a0-40a6-96be-1cb32eab4c9d
    Records: 1, 5
    Fields: Exporter/Name
    Name: Ada Sampel
    EORI: GB123456789000
    Acceptance date: 2024-01-31
    Statement:
        Exporter/Name should read: Ada Sample

Each entry is one person's record: whom it is about stands in it, so that a search finds it as it finds others. The
lines of a statement are indented, so that nobody's words are taken for anything else.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from connectors.customs_files.asked import Asked
from connectors.customs_files.encodings import decode
from connectors.customs_files.notations import PLAIN
from connectors.customs_files.passages import Document, Passage, Piece
from connectors.customs_files.roles import Role
from habeas.domain.subjects import IdentifierKind

BEGINS = "What people have stated about data in the file beside this one (Article 16 of the GDPR)."
ABOUT = {
    IdentifierKind.NAME: "Name",
    IdentifierKind.EMAIL: "E-mail",
    IdentifierKind.PHONE: "Phone",
    IdentifierKind.EORI: "EORI",
    IdentifierKind.VAT_NUMBER: "VAT number",
    IdentifierKind.CUSTOMER_NUMBER: "Customer number",
    IdentifierKind.ACCOUNT_NUMBER: "Account number",
}
ACCEPTED = "Acceptance date"
_STATEMENT = "Statement"
_ROLES = {
    "Name": Role.NAME,
    "E-mail": Role.EMAIL,
    "Phone": Role.PHONE,
    "EORI": Role.TAX_NUMBER,
    "VAT number": Role.TAX_NUMBER,
    "Customer number": Role.ACCOUNT,
    "Account number": Role.ACCOUNT,
}
_LABELS = {"Records", "Fields", ACCEPTED, *_ROLES}
_INDENT = "    "
_LINE = re.compile(r"([^\n]*)\n?")
_ENTRY = re.compile(r"On \d{4}-\d\d-\d\d, request \S+\r?")
_NOTED = re.compile(r"^On \d{4}-\d\d-\d\d, request (\S+)\r?\nRecords: ([^\r\n]*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is put beside records for one request; `about` says whose they are, by label and value."""

    on: str
    request: str
    fields: tuple[str, ...]
    about: tuple[tuple[str, str], ...]
    text: str

    def written(self, records: Sequence[str]) -> str:
        """As it stands in the file."""
        lines = [f"On {self.on}, request {self.request}", f"Records: {', '.join(records)}"]
        if self.fields:
            lines.append(f"Fields: {', '.join(map(_in_one_line, self.fields))}")
        lines += (f"{label}: {_in_one_line(value)}" for label, value in self.about)
        lines += [f"{_STATEMENT}:", *(f"{_INDENT}{_plain(line)}" for line in self.text.splitlines())]
        return "".join(f"{line}\n" for line in ["", *lines])


def begins(text: str) -> bool:
    """True if a text begins as such a file."""
    return text.startswith(BEGINS)


def requests(text: str) -> Mapping[str, tuple[str, ...]]:
    """For which requests something has been put beside each record."""
    noted: dict[str, tuple[str, ...]] = {}
    for request, records in _NOTED.findall(text):
        for record in records.split(", "):
            noted[record] = (*noted.get(record, ()), request)
    return noted


def read(content: bytes, asked: Asked) -> Document | None:
    """Read such a file; None if it is none. A line that is no part of an entry is read as free text."""
    decoded = decode(content, asked.charset)
    if decoded is None or not begins(decoded.text):
        return None
    document = Document("annotations", decoded)
    units = count()
    entry: int | None = None
    statement: list[tuple[int, int]] | None = None
    for start, stop, line in _lines(decoded.text):
        label, colon, value = line.partition(":")
        if statement is not None and line.startswith(_INDENT):
            statement.append((start + len(_INDENT), stop))
            continue
        if statement:
            document.passages.append(_said(decoded.text, statement, entry or 0))
        statement = None
        if _ENTRY.fullmatch(line):
            entry = next(units)
        elif entry is not None and colon and label == _STATEMENT and not value.strip():
            statement = []
        elif entry is not None and colon and label in _LABELS:
            begin = start + len(label) + 1
            document.passages.append(_passage(decoded.text, begin, stop, entry, label))
        elif line.strip() and start:
            document.passages.append(_passage(decoded.text, start, stop, next(units), ""))
    if statement:
        document.passages.append(_said(decoded.text, statement, entry or 0))
    return document


def _lines(text: str) -> Iterator[tuple[int, int, str]]:
    """Where each begins and ends, and what it says; without its end."""
    return ((each.start(1), each.end(1), each[1]) for each in _LINE.finditer(text) if each[0])


def _passage(text: str, start: int, stop: int, unit: int, label: str) -> Passage:
    said = text[start:stop]
    piece = Piece(0, len(said), start, stop, PLAIN)
    return Passage(said, (piece,), unit, label, _ROLES.get(label), lines=not label)


def _said(text: str, lines: Sequence[tuple[int, int]], unit: int) -> Passage:
    """All lines of a statement as one value, without what they are indented by."""
    ends = [*(stop + 1 for _, stop in lines[:-1]), lines[-1][1]]
    pieces, at = [], 0
    for (start, _), stop in zip(lines, ends, strict=True):
        pieces.append(Piece(at, at + stop - start, start, stop, PLAIN))
        at += stop - start
    said = "".join(text[each.start : each.stop] for each in pieces)
    return Passage(said, tuple(pieces), unit, _STATEMENT, Role.STATEMENT, lines=True)


def _in_one_line(text: str) -> str:
    return " ".join(_plain(text).split())


def _plain(line: str) -> str:
    """Without control characters, with which the file would be no text any more."""
    return "".join(each if each == "\t" or unicodedata.category(each) != "Cc" else " " for each in line)

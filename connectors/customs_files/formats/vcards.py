"""vCard 2.1, 3.0 and 4.0: one card is one person."""

import re
from collections.abc import Iterator

from connectors.customs_files.asked import Asked
from connectors.customs_files.encodings import decode
from connectors.customs_files.notations import PLAIN, VCARD, Plain, QuotedPrintable
from connectors.customs_files.passages import Document, Notation, Passage, Piece
from connectors.customs_files.roles import Role

_BEGINS = re.compile(r"\s*BEGIN:VCARD\s", re.IGNORECASE)
_LINE = re.compile(r"[^\r\n]*(?:\r?\n|\r|\Z)")
_PROPERTY = re.compile(
    r'(?:[\w-]+\.)?(?P<name>[A-Za-z0-9-]+)(?P<parameters>(?:;(?:[^";:\r\n]|"[^"\r\n]*")*)*):', re.DOTALL
)
_ABOUT_THE_CARD = {"BEGIN", "END", "VERSION", "PRODID", "REV", "CATEGORIES", "MAILER", "KIND"}
_ROLES = {
    "FN": Role.NAME, "N": Role.NAME, "NICKNAME": Role.NAME, "SORT-STRING": Role.NAME, "EMAIL": Role.EMAIL,
    "TEL": Role.PHONE, "ADR": Role.ADDRESS, "LABEL": Role.ADDRESS, "GEO": Role.ADDRESS, "TITLE": Role.JOB,
    "ROLE": Role.JOB, "ORG": Role.JOB, "BDAY": Role.BIRTH, "ANNIVERSARY": Role.BIRTH, "UID": Role.IDENTITY_NUMBER,
}  # fmt: skip
_BINARY = Plain(mark="")


def begins(text: str) -> bool:
    """True if a text begins as an address book."""
    return _BEGINS.match(text) is not None


def read(content: bytes, asked: Asked) -> Document | None:
    """Read an address book; None if it is none."""
    decoded = decode(content, asked.charset)
    if decoded is None or not _BEGINS.match(decoded.text):
        return None
    document = Document("vcard", decoded)
    unit = -1
    for start, stop in _properties(decoded.text):
        head = _PROPERTY.match(decoded.text, start, stop)
        if head is None:
            unit = max(unit, 0)
            document.passages.append(
                Passage(decoded.text[start:stop], (Piece(0, stop - start, start, stop, PLAIN),), unit)
            )
            continue
        name = head["name"].upper()
        if name == "BEGIN":
            unit += 1
        if name in _ABOUT_THE_CARD:
            continue
        role = _ROLES.get(name, Role.CONTACT)
        notation = _notation(name, head["parameters"])
        text, _ = notation.read(decoded.text[head.end() : stop])
        piece = Piece(0, len(text), head.end(), stop, notation)
        document.passages.append(Passage(text, (piece,), max(unit, 0), name, role))
    return document


def _properties(text: str) -> Iterator[tuple[int, int]]:
    """Where each property stands, folded lines included, without its line end."""
    start, stop, soft = 0, 0, False
    for line in _LINE.finditer(text):
        if not line[0]:
            break
        folded = line[0][0] in " \t"
        if not folded and not soft:
            if stop > start:
                yield start, stop
            start = line.start()
        stop = line.start() + len(line[0].rstrip("\r\n"))
        soft = text[stop - 1 : stop] == "=" and "QUOTED-PRINTABLE" in text[start:stop].partition(":")[0].upper()
    if stop > start:
        yield start, stop


def _notation(name: str, parameters: str) -> Notation:
    given = parameters.upper()
    if "QUOTED-PRINTABLE" in given:
        charset = re.search(r"CHARSET=([\w-]+)", given)
        return QuotedPrintable(charset[1] if charset else "utf-8")
    if name in {"PHOTO", "LOGO", "SOUND", "KEY"} or "BASE64" in given or "ENCODING=B" in given:
        return _BINARY
    return VCARD

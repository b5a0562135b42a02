"""What kind of file it is, in the words of the people who work with them: told from its first bytes alone.

It names the collection of the file's records and orders the search, so that a person's records come kind by kind.
"""

import re

from connectors.customs_files.encodings import UndecodableError, decode
from connectors.customs_files.formats import annotations, dialects, edifact, mails, objects, pages, vcards

HEAD_BYTES = 8192
FILE_NAMES = "file names"
ANNOTATIONS = "annotations"
"""What Habeas itself has put beside files."""
FILED = frozenset({"customs declarations (CDS)", "transit declarations (NCTS)", "entry summary declarations (ENS)"})
"""What was declared to an authority."""

_TRANSIT = re.compile(r"<(?:\w+:)?CC[01]\d\d[A-Z]\b")
_ENTRY = re.compile(r"<(?:\w+:)?(?:CC3\d\d[A-Z]|IE3\w+)\b")
_INVOICE = re.compile(
    r"<(?:\w+:)?(?:Invoice|CreditNote|DebitNote|CrossIndustryInvoice|CrossIndustryDocument|DespatchAdvice|"
    r"FatturaElettronica|FileHeader|Order|OrderResponse|Reminder|Statement)\b"
)


_OFFICE = re.compile(rb"PK\x03\x04.{26}(xl|word|ppt)/", re.DOTALL)
_OFFICE_KINDS = {b"xl": "spreadsheets", b"word": "documents", b"ppt": "presentations"}
_BINARY = (
    (b"%PDF-", "PDF documents"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office files"),
    (b"{\\rtf", "documents"),
)


_BEGINNINGS = (
    (ANNOTATIONS, annotations.begins),
    ("address books", vcards.begins),
    ("EDIFACT messages", edifact.begins),
    ("web pages", pages.begins),
)


def kind_of(head: bytes) -> str:
    """The collection that a file with such a beginning belongs to."""
    kind = _binary(head)
    if kind is not None:
        return kind
    try:
        decoded = decode(head[: len(head) // 4 * 4])
    except UndecodableError:
        return "other files"
    if decoded is None:
        return "other files"
    text = decoded.text
    for kind, begins in _BEGINNINGS:
        if begins(text):
            return kind
    if text.lstrip().startswith("<"):
        return _markup(text)
    if objects.begins(text):
        return "JSON files"
    if mails.is_mail(text):
        return "mails"
    return "trade data (CSV)" if dialects.delimiter_of(text) else "text files"


def _binary(head: bytes) -> str | None:
    if head.startswith(b"PK"):
        return _archive(head)
    return next((kind for magic, kind in _BINARY if head.startswith(magic)), None)


def _archive(head: bytes) -> str:
    """Told from the names of the first members."""
    if b"application/vnd.oasis.opendocument.spreadsheet" in head[:200]:
        return "spreadsheets"
    if b"application/vnd.oasis.opendocument" in head[:200]:
        return "documents"
    office = _OFFICE.search(head) if b"[Content_Types].xml" in head or b"_rels/" in head else None
    return _OFFICE_KINDS[office[1]] if office else "archives"


def _markup(text: str) -> str:
    if "urn:wco:datamodel" in text or "submitDeclarationRequest" in text:
        return "customs declarations (CDS)"
    if _TRANSIT.search(text):
        return "transit declarations (NCTS)"
    if _ENTRY.search(text):
        return "entry summary declarations (ENS)"
    return "invoices" if _INVOICE.search(text) else "XML files"

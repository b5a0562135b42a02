"""What kind of file it is, in the words of the people who work with them: told from its first bytes alone.

It names the collection of the file's records and orders the search, so that a person's records come kind by kind.
"""

import re

from connectors.customs_files.encodings import UndecodableError, decode
from connectors.customs_files.formats import edifact, mails, objects, pages, tables, vcards

HEAD_BYTES = 8192
FILE_NAMES = "file names"

_TRANSIT = re.compile(r"<(?:\w+:)?CC[01]\d\d[A-Z]\b")
_ENTRY = re.compile(r"<(?:\w+:)?(?:CC3\d\d[A-Z]|IE3\w+)\b")
_INVOICE = re.compile(
    r"<(?:\w+:)?(?:Invoice|CreditNote|DebitNote|CrossIndustryInvoice|CrossIndustryDocument|DespatchAdvice|"
    r"FatturaElettronica|FileHeader|Order|OrderResponse|Reminder|Statement)\b"
)


def kind_of(head: bytes) -> str:
    """The collection that a file with such a beginning belongs to."""
    if head.startswith(b"PK"):
        return "archives"
    try:
        decoded = decode(head[: len(head) // 4 * 4])
    except UndecodableError:
        return "other files"
    if decoded is None:
        return "other files"
    text = decoded.text
    if vcards.begins(text):
        return "address books"
    if edifact.begins(text):
        return "EDIFACT messages"
    if pages.begins(text):
        return "web pages"
    if text.lstrip().startswith("<"):
        return _markup(text)
    if objects.begins(text):
        return "JSON files"
    if mails.is_mail(text):
        return "mails"
    return "trade data (CSV)" if tables.delimiter_of(text) else "text files"


def _markup(text: str) -> str:
    if "urn:wco:datamodel" in text or "submitDeclarationRequest" in text:
        return "customs declarations (CDS)"
    if _TRANSIT.search(text):
        return "transit declarations (NCTS)"
    if _ENTRY.search(text):
        return "entry summary declarations (ENS)"
    return "invoices" if _INVOICE.search(text) else "XML files"

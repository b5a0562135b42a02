"""What was declared to an authority, wherever it lies: in a file of its own, packed in another, or in an extract."""

import re

from connectors.customs_files.kinds import FILED, HEAD_BYTES, kind_of
from connectors.customs_files.passages import Document

_MESSAGE = re.compile(r"UNH.[^'\n]{1,40}?.(?:CUSDEC|CUSCAR|CUSREP|CUSEXP|SANCRT)\b")
_WORDS = re.compile(r"[a-z]+(?: [a-z]+)*")
_OF_EXTRACTS = frozenset(
    {
        "acceptance date",
        "clearance date",
        "declaration category",
        "declaration data source",
        "declaration part number",
        "entry date",
        "entry no",
        "entry number",
        "epu",
        "movement reference number",
        "mrn",
    }
)
"""Columns of the reports in which HM Revenue & Customs gives back what was declared, two of which none else has."""


def is_filed(document: Document) -> bool:
    """True for a declaration, or a table that tells what declarations hold."""
    text = document.decoded.text
    match document.format:
        case "xml":
            return kind_of(document.decoded.content[:HEAD_BYTES]) in FILED
        case "edifact":
            return _MESSAGE.search(text) is not None
        case "csv":
            head = text[: text.find("\n") if "\n" in text else len(text)].lower()
            return len(_OF_EXTRACTS.intersection(_WORDS.findall(head))) > 1
        case _:
            return False

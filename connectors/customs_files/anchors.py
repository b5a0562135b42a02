"""Dates in a document from which retention runs."""

import re
from datetime import date

from connectors.customs_files.reading import Layer
from connectors.customs_files.search import Block

ACCEPTANCE = "customs_acceptance"
# CDS: <AcceptanceDateTime><DateTimeString formatCode="304">20240131…; NCTS: <declarationAcceptanceDate>2024-01-31
_ELEMENT = re.compile(
    r"<(?:[\w-]+:)?\w*acceptancedate(?:time)?>\s*(?:<(?:[\w-]+:)?datetimestring[^>]*>\s*)?([\d-]{8,10})", re.IGNORECASE
)
_NAME = re.compile(r"acceptance[ _-]?date", re.IGNORECASE)  # of a column, or of a property in JSON
_DAY = re.compile(r"\s*(\d{4})(-?)(\d{2})\2(\d{2})")


class Anchors:
    """The days on which customs accepted the declarations of one file."""

    def __init__(self) -> None:
        self._days: dict[tuple[int, ...], dict[int | None, date]] = {}

    def of(self, block: Block) -> dict[str, date | None]:
        """What holds for a block: the day in its own row or object, in XML that of the whole document."""
        layer = block.layer
        if layer.route not in self._days:
            self._days[layer.route] = _days(layer)
        day = self._days[layer.route].get(None if layer.document.format == "xml" else block.unit)
        return {ACCEPTANCE: day} if day is not None else {}


def _days(layer: Layer) -> dict[int | None, date]:
    """The latest day by unit, that of a whole XML document under None."""
    document = layer.document
    if document.format == "xml":
        told: list[tuple[int | None, str]] = [(None, text) for text in _ELEMENT.findall(document.decoded.text)]
    else:
        told = [(each.unit, each.text) for each in document.passages if _NAME.search(each.name)]
    days: dict[int | None, date] = {}
    for unit, text in told:
        day = _day(text)
        if day is not None:
            days[unit] = max(day, days.get(unit, day))
    return days


def _day(text: str) -> date | None:
    found = _DAY.match(text)
    try:
        return date(int(found[1]), int(found[3]), int(found[4])) if found else None
    except ValueError:
        return None

"""Dates in a document from which retention runs."""

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import date
from sys import maxsize

from connectors.customs_files.reading import Layer
from connectors.customs_files.search import Block

ACCEPTANCE = "customs_acceptance"
# CDS: <AcceptanceDateTime><DateTimeString formatCode="304">20240131…; NCTS: <declarationAcceptanceDate>2024-01-31
_ELEMENT = re.compile(
    r"<(?:[\w-]+:)?\w*acceptancedate(?:time)?>\s*(?:<(?:[\w-]+:)?datetimestring[^>]*>\s*)?([\d-]{8,10})", re.IGNORECASE
)
_NAME = re.compile(r"acceptance[ _-]?date", re.IGNORECASE)  # of a column, or of a property in JSON
_DAY = re.compile(r"\s*(\d{4})(-?)(\d{2})\2(\d{2})")


@dataclass(slots=True)
class _Days:
    """The days of one layer, by unit and by where they stand."""

    units: dict[int, list[date]] = field(default_factory=dict)
    places: list[tuple[int, date]] = field(default_factory=list)


class Anchors:
    """The days on which customs accepted the declarations of one file."""

    def __init__(self) -> None:
        self._days: dict[tuple[int, ...], _Days] = {}

    def of(self, block: Block) -> dict[str, date | None]:
        """What holds for a block: the day in its own row or object, in XML that of the whole document; the latest."""
        layer = block.layer
        if layer.route not in self._days:
            self._days[layer.route] = _days(layer)
        days = self._days[layer.route]
        start, stop = (0, maxsize) if layer.document.format == "xml" else _line(block)
        first, last = (bisect_left(days.places, (place, date.min)) for place in (start, stop))
        near = [day for _, day in days.places[first:last]] + days.units.get(block.unit, [])
        return {ACCEPTANCE: max(near)} if near else {}


def _days(layer: Layer) -> _Days:
    document = layer.document
    days = _Days()
    if document.format == "xml":
        for found in _ELEMENT.finditer(document.decoded.text):
            days.places += [(found.start(), day)] if (day := _day(found[1])) is not None else []
        return days
    for passage in document.passages:
        day = _day(passage.text) if _NAME.search(passage.name) else None
        if day is not None:
            days.units.setdefault(passage.unit, []).append(day)
            days.places += [(piece.start, day) for piece in passage.pieces[:1]]
    days.places.sort()
    return days


def _line(block: Block) -> tuple[int, int]:
    """Where the line of the block's first field begins and ends: the row, in a table."""
    text = block.layer.document.decoded.text
    place = next((piece.start for spot in block.spots for piece in spot.passage.pieces), 0)
    stop = text.find("\n", place)
    return text.rfind("\n", 0, place) + 1, stop if stop >= 0 else len(text)


def _day(text: str) -> date | None:
    found = _DAY.match(text)
    try:
        return date(int(found[1]), int(found[3]), int(found[4])) if found else None
    except ValueError:
        return None

"""A file's content, recognised and read to its innermost part."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from connectors.customs_files.asked import Asked, every
from connectors.customs_files.embedded import embed
from connectors.customs_files.encodings import UndecodableError
from connectors.customs_files.filed import is_filed
from connectors.customs_files.limits import Limits
from connectors.customs_files.lines import Lines
from connectors.customs_files.passages import Changed, Document, Edit, Gap, Part, Reader, UnreadableError
from connectors.customs_files.recognising import PACKED, first_of, recognise, refuse_unsupported

_ENCRYPTED = re.compile(r"-----BEGIN PGP MESSAGE-----")


@dataclass(slots=True)
class Layer:
    """A content and the contents within it; `route` is the way to it from the file, by number of part."""

    document: Document
    route: tuple[int, ...]
    place: str
    changeable: bool = True  # False if it, or a content around it, can't be written
    inner: dict[int, "Layer"] = field(default_factory=dict)
    filed: bool = False  # what was declared to an authority


@dataclass(slots=True)
class Reading:
    """All that a file holds: its layers, outermost first, and what of it could not be searched."""

    layers: list[Layer] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


class Wanted(Protocol):
    """What of a file is worth reading; see `screen`."""

    def part(self, part: Part) -> bool:
        """False if the part holds nothing that is looked for."""

    def rows(self, text: str) -> bool:
        """False if some rows of a table hold nothing that is looked for."""


class Everything:
    """All of a file."""

    def part(self, part: Part) -> bool:
        del part
        return True

    def rows(self, text: str) -> bool:
        return every(text)


EVERYTHING = Everything()


def read(content: bytes, limits: Limits, wanted: Wanted = EVERYTHING) -> Reading:
    """Read a file's content, as far as it is wanted."""
    reading = Reading()
    _Depths(reading, limits, wanted).read(Part("", content, _nowhere), (), "")
    return reading


def read_rows(content: bytes, lines: Lines, limits: Limits, wanted: Wanted = EVERYTHING) -> Reading:
    """Read some rows of a file of which it is known how it is written."""
    reading = Reading()
    part = Part("", content, _nowhere, charset=lines.charset)
    _Depths(reading, limits, wanted).read(part, (), "", certain=lines.reader)
    return reading


class _Depths:
    """Reads parts within parts, and keeps count of what that costs."""

    def __init__(self, reading: Reading, limits: Limits, wanted: Wanted) -> None:
        self.reading = reading
        self.wanted = wanted
        self.limits = limits
        self.bytes_left = limits.unpacked_bytes_max
        self.parts_left = limits.parts_max

    def read(
        self,
        part: Part,
        route: tuple[int, ...],
        place: str,
        *,
        changeable: bool = True,
        certain: Reader | None = None,
    ) -> Layer | None:
        if not part.content:
            return None
        try:
            self._afford(part, route)
            asked = Asked(self.limits, part.charset, self.wanted.rows)
            document = certain(part.content, asked) if certain is not None else self._recognised(part, asked)
            if document is None:
                return None
            refuse(document, self.limits)
        except (UnreadableError, UndecodableError) as error:
            self.reading.gaps.append(Gap(place, str(error)))
            return None
        embed(document)
        layer = Layer(document, route, place, changeable and document.changeable, filed=is_filed(document))
        self.reading.layers.append(layer)
        self.reading.gaps += (replace(gap, place=_within(place, gap.place)) for gap in document.gaps)
        for number, inner in enumerate(document.parts):
            found = self.read(inner, (*route, number), _within(place, inner.place), changeable=layer.changeable)
            if found is not None:
                layer.inner[number] = found
        return layer

    def _recognised(self, part: Part, asked: Asked) -> Document | None:
        """None if nothing in it is wanted."""
        refuse_unsupported(part.content)
        document = first_of(PACKED, part.content, asked)
        if document is None and self.wanted.part(part):
            document = recognise(part, asked)
        return document

    def _afford(self, part: Part, route: tuple[int, ...]) -> None:
        if not route:
            return
        self.bytes_left -= len(part.content)
        self.parts_left -= 1
        if len(route) > self.limits.depth_max:
            raise UnreadableError(f"packed more than {self.limits.depth_max} deep")
        if self.bytes_left < 0:
            raise UnreadableError(f"unpacks to more than {self.limits.unpacked_bytes_max} bytes")
        if self.parts_left < 0:
            raise UnreadableError(f"more than {self.limits.parts_max} parts")


def refuse(document: Document, limits: Limits) -> None:
    """Raise UnreadableError for what was read, and is beyond a limit or encrypted."""
    if len(document.passages) > limits.passages_max:
        raise UnreadableError(f"more than {limits.passages_max} values")
    if document.format == "text" and _ENCRYPTED.search(document.decoded.text):
        raise UnreadableError("encrypted")


def _nowhere(changed: Changed) -> Sequence[Edit]:
    return changed.edits


def _within(place: str, inner: str) -> str:
    return f"{place}, {inner}" if place else inner

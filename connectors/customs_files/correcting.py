"""Edits that put what is right in a field's place, written as the format around it writes text.

Whether it then reads as it should is not assumed but seen: whoever makes the edits reads the content again, and nothing
but these values may read differently (`rewriting`).
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from connectors.customs_files.encodings import Decoded, is_utf8
from connectors.customs_files.notations import QuotedPrintable
from connectors.customs_files.passages import Document, Edit, Notation, Passage, Piece
from connectors.customs_files.search import Block
from connectors.customs_files.spots import Spot

FORMATS = frozenset({"xml", "html", "office", "json", "csv", "edifact", "vcard", "mail", "text"})
"""Those in which a field can be given another value."""
_EDIFACT_SIGNS = re.compile(r"[+:'?*]")
_VCARD_SIGNS = re.compile(r"[\\,;]")
_CSV_SIGNS = re.compile(r"[,;|\t\"]")


Replaced = tuple[Passage, int, int, str]
"""From where to where in a passage's text other words are to stand, and which."""


@dataclass(slots=True)
class Corrected:
    """The edits of a block's layer, and what is replaced by them."""

    edits: list[Edit] = field(default_factory=list)
    replaced: list[Replaced] = field(default_factory=list)


def texts(replaced: Iterable[Replaced]) -> list[tuple[Passage, str]]:
    """What each of the passages reads then."""
    made: dict[int, tuple[Passage, str]] = {}
    for passage, start, stop, value in sorted(replaced, key=lambda each: -each[1]):
        _, text = made.get(id(passage), (passage, passage.text))
        made[id(passage)] = passage, text[:start] + value + text[stop:]
    return list(made.values())


def fixed(block: Block) -> tuple[str, ...]:
    """The fields of a block that can't be given another value where they stand."""
    return tuple(each.field.name for each in block.spots if _is_fixed(block, each))


def corrected(block: Block, values: Mapping[str, str]) -> Corrected | None:
    """What gives the named fields these values, None if one can't be written there: not in this encoding, or format."""
    made = Corrected()
    for spot in block.spots:
        value = values.get(spot.field.name)
        if value is None or value == spot.field.value:
            continue
        edits = None if _is_fixed(block, spot) else _edits(block.layer.document, spot, value)
        if edits is None:
            return None
        made.edits += edits
        made.replaced.append((spot.passage, spot.start, spot.stop, value))
    return made


def _is_fixed(block: Block, spot: Spot) -> bool:
    known = block.changeable and block.layer.document.format in FORMATS
    return not known or any(piece.notation.whole for piece in _pieces(spot))


def _pieces(spot: Spot) -> Iterator[Piece]:
    return (each for each in spot.passage.pieces if each.begin < spot.stop and spot.start < each.end)


def _edits(document: Document, spot: Spot, value: str) -> Sequence[Edit] | None:
    """The value in the place of the first run of characters, the rest goes."""
    decoded = document.decoded
    edits: list[Edit] = []
    for piece in _pieces(spot):
        _, places = piece.notation.read(decoded.text[piece.start : piece.stop])
        start = piece.start + places[max(spot.start, piece.begin) - piece.begin]
        stop = piece.start + places[min(spot.stop, piece.end) - piece.begin]
        new = "" if edits else _written(document, piece.notation, (start, stop), value)
        if new is None:
            return None
        try:
            edits.append(Edit(decoded.byte(start), decoded.byte(stop), _encoded(decoded, new)))
        except UnicodeEncodeError:
            return None
    return edits


def _written(document: Document, notation: Notation, place: tuple[int, int], value: str) -> str | None:
    """The value in the document's notation; None where it is known to have none for it."""
    if any(unicodedata.category(each) in {"Cc", "Cs"} for each in value):
        return None
    match document.format:
        case "xml" | "html" | "office":
            return html.escape(value)
        case "json":
            return orjson.dumps(value).decode()[1:-1]
        case "csv":
            return _cell(document.decoded.text, place, value)
        case "edifact":
            return _EDIFACT_SIGNS.sub(r"?\g<0>", value)
        case "vcard" if not isinstance(notation, QuotedPrintable):
            return _VCARD_SIGNS.sub(r"\\\g<0>", value)
        case "mail" | "vcard":
            return value if value.isascii() and "=" not in value else None
        case _:
            return value


def _encoded(decoded: Decoded, text: str) -> bytes:
    """In the encoding of the file as its other programs read it. Raises UnicodeEncodeError."""
    if decoded.codec == "mixed" and not text.isascii() and not is_utf8(decoded.content):
        return text.encode("cp1252")
    return decoded.encode(text)


def _cell(text: str, place: tuple[int, int], value: str) -> str:
    start, stop = place
    doubled = value.replace('"', '""')
    if text[start - 1 : start] == text[stop : stop + 1] == '"':
        return doubled
    return f'"{doubled}"' if _CSV_SIGNS.search(value) else value

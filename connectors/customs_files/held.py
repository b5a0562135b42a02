"""By what a block is told to be somebody's, as it stands there: an annotation names nothing else of the person."""

from collections.abc import Sequence

from connectors.customs_files.literals import Hit
from connectors.customs_files.passages import Passage
from connectors.customs_files.people import Wanted
from habeas.domain.subjects import IdentifierKind

Held = tuple[IdentifierKind, str]
"""An identifier of the person, as the file writes it."""


def held(hits: Sequence[Hit], passages: Sequence[Passage], name: str | None) -> tuple[Held, ...]:
    """Each identifier once, with the name if it stands there; what is unsure only for want of what is sure."""
    places: set[tuple[int, int, int]] = set()
    texts: dict[Wanted, str] = {}
    for hit in sorted([each for each in hits if each.sure] or hits, key=lambda each: (each.passage, each.start)):
        place = (hit.passage, hit.start, hit.stop)
        if place not in places and hit.wanted not in texts:
            places.add(place)
            texts[hit.wanted] = passages[hit.passage].text[hit.start : hit.stop]
    names = [(IdentifierKind.NAME, name)] if name is not None else []
    return (*names, *((wanted.kind, text) for wanted, text in texts.items()))

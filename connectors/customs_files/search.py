"""Whose records a file holds: hits put together into party blocks."""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from connectors.customs_files.contacts import contacts_of_others
from connectors.customs_files.held import Held, held
from connectors.customs_files.literals import Hit, Literals
from connectors.customs_files.passages import MARKS, Edit, Passage, redacted
from connectors.customs_files.people import Names
from connectors.customs_files.reading import Layer, Reading
from connectors.customs_files.roles import Role
from connectors.customs_files.screen import Screen, look_for
from connectors.customs_files.spots import Spot, Spots
from connectors.customs_files.surroundings import Neighbours, told
from habeas.domain.records import Field, Match, Redaction
from habeas.domain.subjects import IdentifierKind, Subject

_NAMES = (Role.NAME, Role.NAME_PART)
_BEFORE_ADDRESS = re.compile(r"[\s\"'<(\[,:;-]*(?:mailto:)?\Z")
_APART = re.compile(r"[_.+~-]+")
_WORDS_MAX = 5
_NAMES_KEPT_MAX = 100_000


@dataclass(slots=True)
class Block:
    """One person's fields in one place of a file."""

    subject: int
    layer: Layer
    ordinal: str  # stable while the file keeps its structure
    match: Match
    matched_by: tuple[IdentifierKind, ...]
    spots: list[Spot] = field(default_factory=list)
    sure: bool = False  # an identifier ties it to the person, whether or not it can be changed where it stands
    others: tuple[Field, ...] = ()  # beside them: another contact of the same party
    passage: str | None = None
    redactions: tuple[Redaction, ...] = ()
    held: tuple[Held, ...] = ()

    @property
    def changeable(self) -> bool:
        """True if all of its fields can be replaced where they stand."""
        return self.layer.changeable and all(spot.passage.editable for spot in self.spots)

    @property
    def unit(self) -> int:
        """The unit of the layer's passages that it is."""
        return int(self.ordinal.partition(":")[0])

    @property
    def key(self) -> str:
        """The block's place in its file."""
        return ".".join([*map(str, self.layer.route), self.ordinal])

    def edits(self, names: Sequence[str]) -> Iterator[Edit]:
        """The edits of the block's layer that erase the named fields, or all if no names are given."""
        ranges: dict[int, tuple[Passage, list[tuple[int, int]]]] = {}
        for spot in self.spots:
            if (not names or spot.field.name in names) and spot.field.value is not None and spot.passage.editable:
                ranges.setdefault(id(spot.passage), (spot.passage, []))[1].append((spot.start, spot.stop))
        for passage, wanted in ranges.values():
            yield from redacted(self.layer.document, passage, wanted)


class People:
    """The people looked for, ready to be found in any number of files."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self.subjects = subjects
        self.literals = Literals(subjects)
        self.names = Names(subjects)
        self.look = look_for(self.literals, self.names)
        self.screen = Screen(self.look)
        self._named: dict[str, set[int]] = {}

    def blocks(self, reading: Reading) -> Iterator[Block]:
        """Every block of every one of them in a file."""
        neighbours = Neighbours(reading, self.names)
        for layer in reading.layers:
            yield from _Layer(self, layer, neighbours).blocks()

    def named_in(self, text: str) -> set[int]:
        """The people whom the name of a file or folder tells of."""
        if text not in self._named:
            if len(self._named) >= _NAMES_KEPT_MAX:
                self._named.clear()
            self._named[text] = self._find_named(text)
        return self._named[text]

    def may_be_named_in(self, texts: Sequence[str]) -> bool:
        """False only if none of these names of files and folders tells of anybody."""
        joined = "\x1e".join(texts)
        return self.screen.rows(f"{joined}\x1e{_APART.sub(' ', joined)}")

    def _find_named(self, text: str) -> set[int]:
        bare = Passage(_APART.sub(" ", text), (), 0)
        if not self.screen.rows(f"{text} {bare.text}"):
            return set()
        hits = self.literals.hits([Passage(text, (), 0), bare])
        return {hit.wanted.subject for hit in hits} | self.names.matching(bare.text)


Key = tuple[int, int]  # unit, and line where the unit is free text (else 0)


class _Layer:
    def __init__(self, people: People, layer: Layer, neighbours: Neighbours) -> None:
        self.people = people
        self.layer = layer
        self.neighbours = neighbours
        self.passages = layer.document.passages

    def blocks(self) -> Iterator[Block]:
        hits: dict[tuple[int, Key], list[Hit]] = {}
        for hit in self.people.literals.hits(self.passages):
            hits.setdefault((hit.wanted.subject, self._key(hit)), []).append(hit)
        whole = {(subject, unit) for subject, (unit, line) in hits if not line}
        hits = {key: each for key, each in hits.items() if not self._is_in_own(key, each, whole)}
        named: dict[tuple[int, Key], str] = {}
        for whose, text in self._named() if self.people.names else ():
            named.setdefault(whose, text)
        if not hits and not named:
            return
        members = self._members({key[0] for _, key in hits} | {key[0] for _, key in named})
        for subject, key in sorted({*named, *hits}):
            yield self._block(subject, key, hits.get((subject, key), []), members[key[0]], named.get((subject, key)))

    def _is_in_own(self, key: tuple[int, Key], hits: Sequence[Hit], whole: AbstractSet[tuple[int, int]]) -> bool:
        """True for mentions in a line of a field that is the person's as a whole."""
        subject, (unit, line) = key
        return bool(line) and (subject, unit) in whole and self.passages[hits[0].passage].role is not None

    def _key(self, hit: Hit) -> Key:
        passage = self.passages[hit.passage]
        return passage.unit, passage.text.count("\n", 0, hit.start) + 1 if passage.lines else 0

    def _named(self) -> Iterator[tuple[tuple[int, Key], str]]:
        """Whose name stands in which unit, and in what: one field, or the parts of a name beside each other."""
        unit, parts = -1, [""]
        for passage in self.passages:
            if passage.role not in _NAMES:
                continue
            for subject in self.people.names.matching(passage.text):
                yield (subject, (passage.unit, 0)), passage.text
            parts = [*parts[-3:], passage.text] if passage.unit == unit else [passage.text]
            unit = passage.unit
            if len(parts) > 1:
                together = " ".join(parts)
                for subject in self.people.names.matching(together):
                    yield (subject, (unit, 0)), together

    def _members(self, units: set[int]) -> dict[int, list[Passage]]:
        members: dict[int, list[Passage]] = {unit: [] for unit in units}
        for passage in self.passages:
            if passage.unit in members:
                members[passage.unit].append(passage)
        return members

    def _block(
        self, subject: int, key: Key, hits: Sequence[Hit], members: Sequence[Passage], named: str | None
    ) -> Block:
        sure = any(hit.sure and self.passages[hit.passage].editable for hit in hits)
        kinds = {hit.wanted.kind for hit in hits} | ({IdentifierKind.NAME} if named is not None else set())
        ordinal = f"{key[0]}:{key[1]}" if key[1] else str(key[0])
        match = Match.STRONG if sure else Match.WEAK
        block = Block(subject, self.layer, ordinal, match, tuple(sorted(kinds)), sure=any(hit.sure for hit in hits))
        spots = Spots()
        others = contacts_of_others(
            members, {self.passages[hit.passage].contact for hit in hits}, self.people.names, subject
        )
        for passage in members:
            if passage.role is not None and not key[1]:
                spots.whole(passage, others=passage.contact in others)
        name = self.people.names.as_written(named, subject) if named is not None else None
        seen: set[tuple[int, int, int]] = set()
        for hit in sorted(hits, key=lambda each: (each.passage, each.start, -each.stop)):
            passage = self.passages[hit.passage]
            place = (hit.passage, hit.start, hit.stop)
            if (passage.role is not None and not key[1]) or place in seen:
                continue
            seen.add(place)
            spots.hit(passage, hit.start, hit.stop, hit.wanted.kind)
            beside = self._name_beside(subject, passage, hit)
            if beside is not None:
                spots.hit(passage, *beside, IdentifierKind.NAME)
            if name is None and beside is not None:
                name = passage.text[slice(*beside)]
        block.held = held(hits, self.passages, name)
        block.spots, block.others = spots.made, tuple(spots.others)
        block.passage, notes = self._surroundings(subject, hits)
        block.redactions = (*spots.redactions, *notes)
        return block

    def _surroundings(self, subject: int, hits: Sequence[Hit]) -> tuple[str | None, list[Redaction]]:
        places: dict[int, list[tuple[int, int]]] = {}
        for hit in hits:
            if self.passages[hit.passage].role is None:
                places.setdefault(hit.passage, []).append((hit.start, hit.stop))
        parts = [(self.passages[number], mentions) for number, mentions in sorted(places.items())]
        return told(parts, self.neighbours, subject) if parts else (None, [])

    def _name_beside(self, subject: int, passage: Passage, hit: Hit) -> tuple[int, int] | None:
        """The person's name right before their address, as in `Anna Berg <anna@example.org>`."""
        if hit.wanted.kind is not IdentifierKind.EMAIL or not self.people.names:
            return None
        line = passage.text.rfind("\n", 0, hit.start) + 1
        begin = max(line, hit.start - 120)
        end = begin + len(_BEFORE_ADDRESS.sub("", passage.text[begin : hit.start]))
        starts = [each.start() + begin for each in re.finditer(r"\S+", passage.text[begin:end])][-_WORDS_MAX:]
        for start in reversed(starts):
            candidate = passage.text[start:end]
            if "@" in candidate:
                return None
            if subject in self.people.names.matching(candidate):
                if subject in self.people.names.matching(candidate.rpartition(" ")[0]):
                    return None  # something stands between the name and the address
                lead = len(candidate) - len(candidate.lstrip("\"'(<["))
                return start + lead, end
        return None


def is_erased(reading: Reading, key: str) -> bool:
    """True if the block of that key holds a mark: it was erased before."""
    *route, ordinal = key.split(".")
    unit, _, line = ordinal.partition(":")
    for layer in reading.layers:
        if layer.route != tuple(map(int, route)):
            continue
        for passage in layer.document.passages:
            if passage.unit == int(unit):
                lines = passage.text.split("\n") if line else [passage.text]
                text = lines[int(line) - 1] if line and int(line) <= len(lines) else passage.text
                if any(mark and mark in text for mark in MARKS):
                    return True
    return False

"""How well a search finds the sample's people: recall and precision, against the note of who is where."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from habeas.domain.records import Match, Record
from habeas.domain.subjects import Subject
from habeas.ports import Connector
from habeas.sample.people import LookAlike
from habeas.sample.truth import CUSTOMS_FILES, GroundTruth, Place, Truth

SUBJECTS_AT_ONCE = 500

Sighting = tuple[int, str, str]
"""A person's number, the collection (of files: the format), and the row's key or the file's path."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Of one collection: the places where people stand with a strong identifier, and those that were said to be."""

    standing: frozenset[Sighting]
    found: frozenset[Sighting]

    @property
    def recall(self) -> float:
        """Share of the places that were found."""
        return len(self.standing & self.found) / len(self.standing) if self.standing else 1.0

    @property
    def precision(self) -> float:
        """Share of what was found that is right."""
        return len(self.standing & self.found) / len(self.found) if self.found else 1.0


def measure(connector: Connector, system: str, truth: GroundTruth) -> Mapping[str, Accuracy]:
    """By collection, for everybody but those who share a mailbox: which of them is meant, nobody can tell."""
    people = [
        each for each in truth.people.values() if LookAlike.SHARED_MAILBOX not in {why for why, _ in each.look_alikes}
    ]
    formats = {
        _file(place): place.collection for each in truth.people.values() for place in each.places_in(CUSTOMS_FILES)
    }
    standing = _by_collection(_standing(people, system))
    found = _by_collection(_found(connector, people, formats))
    return {name: Accuracy(frozenset(standing[name]), frozenset(found[name])) for name in sorted({*standing, *found})}


def _standing(people: Sequence[Truth], system: str) -> Iterator[Sighting]:
    for person in people:
        for place in person.places_in(system):
            if place.strong:
                key = _file(place) if system == CUSTOMS_FILES else place.key
                collection = "zip" if system == CUSTOMS_FILES and "!" in place.key else place.collection
                yield person.number, collection, key


def _found(connector: Connector, people: Sequence[Truth], formats: Mapping[str, str]) -> Iterator[Sighting]:
    for start in range(0, len(people), SUBJECTS_AT_ONCE):
        some = people[start : start + SUBJECTS_AT_ONCE]
        for each in connector.find([Subject(str(person.number), person.identifiers) for person in some]):
            if isinstance(each.what, Record) and each.what.match is Match.STRONG:
                yield (int(each.subject), *_place(each.what, formats))


def _place(record: Record, formats: Mapping[str, str]) -> tuple[str, str]:
    if "path" not in record.locator:
        return record.collection, record.key
    path = unquote_to_bytes(str(record.locator["path"])).decode()
    return "zip" if path.endswith(".zip") else formats.get(path, record.collection), path


def _file(place: Place) -> str:
    return place.key.partition("!")[0]


def _by_collection(sightings: Iterable[Sighting]) -> dict[str, set[Sighting]]:
    found: dict[str, set[Sighting]] = defaultdict(set)
    for each in sightings:
        found[each[1]].add(each)
    return found

"""Who is where in a sample: what recall and precision are computed from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import orjson

from habeas.domain.subjects import Identifier, IdentifierKind
from habeas.sample.people import LookAlike, Person, Relation

FILE_NAME = "ground-truth.json"
CRM, BILLING, MAILING_LIST, CUSTOMS_FILES = SYSTEMS = ("crm", "billing", "mailing_list", "customs_files")


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere a person is.

    In a database `collection` is the table and `key` the row's key; on the mailing list `collection` is the kind of
    record and `key` its id; among the files `collection` is the format and `key` the path below the client folders,
    with "!" before the member of a ZIP. `by` are the kinds of identifiers that stand there; a row that only hangs on
    the person's own row has the one by which it hangs. `note` tells what is special.
    """

    system: str
    collection: str
    key: str
    by: tuple[IdentifierKind, ...]
    note: str = ""

    @property
    def strong(self) -> bool:
        """True if something other than the name leads there."""
        return any(kind.strong for kind in self.by)


@dataclass(frozen=True, slots=True)
class Truth:
    """All about one person: who they are, where they are, and who may be taken for them."""

    number: int
    name: str
    relation: Relation
    identifiers: tuple[Identifier, ...]
    places: tuple[Place, ...]
    look_alikes: tuple[tuple[LookAlike, int], ...] = ()
    decoys: tuple[Place, ...] = ()
    """Where the person's name stands and nobody is meant ("grant price relief")."""

    def places_in(self, system: str) -> tuple[Place, ...]:
        """The places in one system."""
        return tuple(place for place in self.places if place.system == system)


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """Everybody in a sample, by number."""

    seed: int
    today: date
    people: Mapping[int, Truth]

    def write(self, path: Path) -> None:
        """Write ground-truth.json."""
        everything = {"seed": self.seed, "today": self.today, "people": list(self.people.values())}
        path.write_bytes(orjson.dumps(everything))

    @classmethod
    def read(cls, path: Path) -> "GroundTruth":
        """The inverse of `write`."""
        raw = orjson.loads(path.read_bytes())
        people = (
            Truth(
                number=each["number"],
                name=each["name"],
                relation=Relation(each["relation"]),
                identifiers=tuple(Identifier(IdentifierKind(it["kind"]), it["value"]) for it in each["identifiers"]),
                places=_places(each["places"]),
                look_alikes=tuple((LookAlike(why), number) for why, number in each["look_alikes"]),
                decoys=_places(each["decoys"]),
            )
            for each in raw["people"]
        )
        return cls(raw["seed"], date.fromisoformat(raw["today"]), {each.number: each for each in people})


class Sightings:
    """Collects places while a sample is made."""

    def __init__(self) -> None:
        self._places: dict[int, list[Place]] = defaultdict(list)
        self._decoys: dict[int, list[Place]] = defaultdict(list)

    def note(self, person: Person, place: Place) -> None:
        """The person is there."""
        self._places[person.number].append(place)

    def note_decoy(self, person: Person, place: Place) -> None:
        """The person's name is there, and the person is not."""
        self._decoys[person.number].append(place)

    def truth(
        self, people: Sequence[Person], alike: Mapping[int, Iterable[tuple[LookAlike, int]]], *, seed: int, today: date
    ) -> GroundTruth:
        """Everything noted."""
        truths = {
            person.number: Truth(
                number=person.number,
                name=person.name,
                relation=person.relation,
                identifiers=person.identifiers,
                places=tuple(self._places[person.number]),
                look_alikes=tuple(alike.get(person.number, ())),
                decoys=tuple(self._decoys[person.number]),
            )
            for person in people
        }
        return GroundTruth(seed, today, truths)


def _places(raw: Iterable[Mapping[str, object]]) -> tuple[Place, ...]:
    return tuple(
        Place(
            system=str(each["system"]),
            collection=str(each["collection"]),
            key=str(each["key"]),
            by=tuple(IdentifierKind(kind) for kind in _strings(each["by"])),
            note=str(each["note"]),
        )
        for each in raw
    )


def _strings(raw: object) -> list[str]:
    return [str(each) for each in raw] if isinstance(raw, list) else []

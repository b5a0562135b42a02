"""Lays out the client folders."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from random import Random

import yaml

from habeas.sample.clients import Client
from habeas.sample.files.drafts import Cast, Draft
from habeas.sample.files.makers import archive, maker_of
from habeas.sample.files.trade_data import is_cut
from habeas.sample.people import EVERYWHERE, Person
from habeas.sample.truth import CUSTOMS_FILES, Place, Sightings

CUT = "cut to 18 characters"
ARCHIVE_EVERY = 30
_FORCED_ROUNDS = 5
_OWN = 0.6


def client_files(
    clients: Sequence[Client], people: Sequence[Person], count: int, *, dice: Random, today: date, sightings: Sightings
) -> Iterator[tuple[str, bytes]]:
    """So many files, as the path below the client folders and the content; who is in each is noted.

    The first files are about the people who are everywhere, in turn.
    """
    yield from _roles(clients)
    contacts = _contacts(people)
    everywhere = [person for person in people if person.number in EVERYWHERE]
    by_name = {person.name: person for person in people[:4]}
    for number in range(count):
        client = clients[(number + number // len(EVERYWHERE)) % len(clients)]
        first = everywhere[number % len(everywhere)] if number < _FORCED_ROUNDS * len(everywhere) else None
        cast = Cast(client, _cast(first, contacts[client.number] or people, people, dice), number + 1, today, dice)
        folder = f"{client.folder}/{cast.day().year}"
        if number % ARCHIVE_EVERY == ARCHIVE_EVERY - 1:
            draft, members = archive(cast)
            for member in members:
                _note(member, f"{folder}/{draft.name}!{member.name}", by_name, sightings)
        else:
            draft = maker_of(number)(cast)
            _note(draft, f"{folder}/{draft.name}", by_name, sightings)
        yield f"{folder}/{draft.name}", draft.content


def _roles(clients: Sequence[Client]) -> Iterator[tuple[str, bytes]]:
    for client in clients:
        if client.role == "processor":
            content = yaml.safe_dump({"role": client.role, "name": client.name}, allow_unicode=True)
            yield f"{client.folder}/client.yaml", content.encode()


def _contacts(people: Sequence[Person]) -> Mapping[int, list[Person]]:
    contacts: dict[int, list[Person]] = defaultdict(list)
    for person in people:
        if person.company is not None:
            contacts[person.company.number].append(person)
    return contacts


def _cast(first: Person | None, own: Sequence[Person], people: Sequence[Person], dice: Random) -> list[Person]:
    """One to four different people, mostly the client's own."""
    cast = {first.number: first} if first else {}
    for _ in range(dice.randint(1, 4)):
        person = dice.choice(own if dice.random() < _OWN else people)
        cast[person.number] = person
    return list(cast.values())


def _note(draft: Draft, key: str, by_name: Mapping[str, Person], sightings: Sightings) -> None:
    for person, kinds in draft.mentions:
        note = CUT if is_cut(person, kinds, draft.format) else ""
        sightings.note(person, Place(CUSTOMS_FILES, draft.format, key, kinds, note))
    for name in draft.decoys:
        if name in by_name:
            sightings.note_decoy(by_name[name], Place(CUSTOMS_FILES, draft.format, key, (), "words, not a name"))

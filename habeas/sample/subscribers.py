"""Fills the sample's mailing list: subscribers, their subscriptions, messages that wait for a moderator."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from random import Random

from connectors.mailing_list.backend import name_key
from connectors.mailing_list.embedded import create_database
from habeas.domain.subjects import IdentifierKind
from habeas.sample.people import EVERYWHERE, Person, Relation
from habeas.sample.truth import MAILING_LIST, Place, Sightings

LISTS = {
    "news": "Customs news",
    "tariff": "Tariff changes",
    "training": "Training courses",
    "nyheter": "Tullnyheter",
    "haberler": "Gümrük haberleri",
}
_SUBSCRIBED = 0.6
_HELD_EVERY = 50
_BY_EMAIL = (IdentifierKind.EMAIL,)


def fill_mailing_list(path: Path, people: Sequence[Person], dice: Random, today: date, sightings: Sightings) -> None:
    """Make the list server's file; people who share a mailbox share its subscriptions."""
    create_database(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("INSERT INTO lists (list_id, name) VALUES (?, ?)", LISTS.items())
        lists = _Lists(connection, dice, today, sightings)
        for person in people:
            likely = 0.9 if person.relation is Relation.PROSPECT else _SUBSCRIBED
            if person.number in EVERYWHERE or dice.random() < likely:
                lists.subscribe(person)


class _Lists:
    """Adds people, and knows whose mailbox is there already."""

    def __init__(self, connection: sqlite3.Connection, dice: Random, today: date, sightings: Sightings) -> None:
        self._connection = connection
        self._dice = dice
        self._today = today
        self._sightings = sightings
        self._there: dict[str, list[Place]] = {}

    def subscribe(self, person: Person) -> None:
        places = self._there.get(person.email)
        if places is None:
            places = self._there[person.email] = self._added(person)
        for place in places:
            self._sightings.note(person, place)

    def _added(self, person: Person) -> list[Place]:
        joined = self._today - timedelta(days=self._dice.randint(10, 2500))
        name = person.name if self._dice.random() < 0.9 else None
        self._insert("subscribers", id=person.number, display_name=name, name_key=name_key(name) if name else None)
        self._insert(
            "addresses",
            id=person.number,
            subscriber_id=person.number,
            email=person.email,
            email_key=person.email,
            registered_on=joined.isoformat(),
        )
        kinds = (IdentifierKind.EMAIL, IdentifierKind.NAME) if name else _BY_EMAIL
        places = [Place(MAILING_LIST, "addresses", str(person.number), kinds)]
        least = 2 if person.number in EVERYWHERE else 1
        for list_id in self._dice.sample(list(LISTS), self._dice.randint(least, 3)):
            key = self._insert(
                "memberships",
                list_id=list_id,
                address_id=person.number,
                delivery="enabled" if self._dice.random() < 0.9 else "disabled",
                digest=self._dice.random() < 0.2,
                subscribed_on=joined.isoformat(),
            )
            places.append(Place(MAILING_LIST, "subscriptions", str(key), _BY_EMAIL))
        if person.number in EVERYWHERE or person.number % _HELD_EVERY == 0:
            places.append(self._held(person))
        return places

    def _held(self, person: Person) -> Place:
        key = self._insert(
            "held_messages",
            list_id="news",
            email_key=person.email,
            sender=f"{person.name} <{person.email}>",
            subject="Re: Customs news",
            text=f"Could you say more about the new codes?\n\n{person.given}\n",
            held_at=f"{self._today - timedelta(days=self._dice.randint(1, 90))}T08:30:00",
        )
        return Place(MAILING_LIST, "held messages", str(key), (IdentifierKind.EMAIL, IdentifierKind.NAME))

    def _insert(self, table: str, **values: object) -> int | None:
        names, slots = ", ".join(values), ", ".join("?" * len(values))
        statement = f"INSERT INTO {table} ({names}) VALUES ({slots})"  # noqa: S608 - the names are ours
        return self._connection.execute(statement, tuple(values.values())).lastrowid

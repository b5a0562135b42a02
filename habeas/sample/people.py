"""The synthetic people of the sample consultancy, with the look-alikes that make finding one of them hard."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import chain, permutations
from random import Random
from typing import assert_never

from habeas.domain.subjects import Identifier, IdentifierKind, identifier
from habeas.sample.clients import Client
from habeas.sample.numbers import PhoneBook, traders_numbers
from habeas.sample.pools import Locale, Pool, ascii_of, pool

_LOCALES: tuple[Locale, ...] = ("en_GB", "en_GB", "en_GB", "sv_SE", "tr_TR")
_MAIL_PROVIDERS = ("example.org", "example.com", "example.net")
_NAMED_LIKE_THINGS = {1: ("Grant", "Price"), 2: ("Mark", "Steel"), 3: ("Frank", "Cotton"), 4: ("Rich", "Stone")}
_HOLD_DAYS = 6 * 365 + 2


class Relation(StrEnum):
    """What a person is to the consultancy: it decides what an erasure may remove."""

    CUSTOMER = "customer"
    FORMER = "former"  # ended within the six years that the consultancy keeps customers' basics
    LONG_GONE = "long_gone"  # ended before that
    PROSPECT = "prospect"  # never a customer


_RELATIONS = (Relation.CUSTOMER,) * 9 + (Relation.FORMER,) * 4 + (Relation.LONG_GONE,) * 3 + (Relation.PROSPECT,) * 4


EVERYWHERE = {
    8: Relation.CUSTOMER,
    9: Relation.FORMER,
    10: Relation.CUSTOMER,
    11: Relation.CUSTOMER,
    12: Relation.FORMER,
    13: Relation.CUSTOMER,
}
"""The numbers of sole traders who are in all four systems with several records each."""

PEOPLE_MIN = max(EVERYWHERE)


class LookAlike(StrEnum):
    """Why another person may be taken for this one."""

    NAMESAKE = "namesake"
    FAMILY = "family"  # father and son: one name, one address
    SHARED_MAILBOX = "shared_mailbox"


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody lives or trades."""

    street: str
    city: str
    postcode: str
    country: str


@dataclass(frozen=True, slots=True)
class Person:
    """One synthetic person. `company` is the client they work for, None for a sole trader or a private person."""

    number: int
    locale: Locale
    given: str
    family: str
    email: str
    phone: str | None
    address: Address
    relation: Relation
    job: str
    company: Client | None
    eori: str | None
    vat: str | None
    started_on: date | None
    ended_on: date | None

    @property
    def name(self) -> str:
        """Given and family name."""
        return f"{self.given} {self.family}"

    @property
    def customer_number(self) -> str:
        """The number in the CRM, where prospects have one too."""
        return f"{'P' if self.relation is Relation.PROSPECT else 'C'}{100_000 + self.number}"

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """Everything this person can be recognised by, in normal form."""
        known = (
            (IdentifierKind.EMAIL, self.email),
            (IdentifierKind.PHONE, self.phone),
            (IdentifierKind.CUSTOMER_NUMBER, self.customer_number),
            (IdentifierKind.EORI, self.eori),
            (IdentifierKind.VAT_NUMBER, self.vat),
            (IdentifierKind.NAME, self.name),
        )
        return tuple(identifier(kind, value) for kind, value in known if value)


def draw_people(count: int, clients: Sequence[Client], dice: Random, today: date) -> list[Person]:
    """So many people: the first ones are named like things, some of the others look like an earlier one."""
    phones = PhoneBook(dice)
    mailboxes = _Mailboxes()
    people: list[Person] = []
    for number in range(1, count + 1):
        person = _draw(number, clients, dice, today, phones)
        earlier = dice.choice(people) if people else person
        if earlier.number not in EVERYWHERE:
            person = _made_alike(person, earlier)
        people.append(person if person.email else replace(person, email=mailboxes.of(person, dice)))
    return people


def look_alikes(people: Iterable[Person]) -> dict[int, list[tuple[LookAlike, int]]]:
    """By a person's number: everybody who may be taken for them, and why."""
    by_name: dict[str, list[Person]] = defaultdict(list)
    by_mailbox: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        by_name[person.name.casefold()].append(person)
        by_mailbox[person.email].append(person)
    found: dict[int, list[tuple[LookAlike, int]]] = defaultdict(list)
    for person, other in chain(_pairs(by_name), _pairs(by_mailbox)):
        if person.email == other.email:
            found[person.number].append((LookAlike.SHARED_MAILBOX, other.number))
        else:
            why = LookAlike.FAMILY if person.address == other.address else LookAlike.NAMESAKE
            found[person.number].append((why, other.number))
    return found


def _pairs(groups: Mapping[str, Sequence[Person]]) -> Iterator[tuple[Person, Person]]:
    return chain.from_iterable(permutations(group, 2) for group in groups.values())


def _draw(number: int, clients: Sequence[Client], dice: Random, today: date, phones: PhoneBook) -> Person:
    planted = _NAMED_LIKE_THINGS.get(number)
    locale: Locale = "en_GB" if planted else dice.choice(_LOCALES)
    names = pool(locale)
    given, family = planted or (dice.choice(names.given), _family(names, dice))
    everywhere = EVERYWHERE.get(number)
    relation = everywhere or dice.choice(_RELATIONS)
    sole_trader = everywhere is not None or dice.random() < 0.3
    eori, vat = traders_numbers(number, names.country) if sole_trader else (None, None)
    started_on, ended_on = _dates(relation, dice, today)
    return Person(
        number=number,
        locale=locale,
        given=given,
        family=family,
        email="",
        phone=phones.number(names.country) if everywhere or dice.random() < 0.85 else None,
        address=_address(names, dice),
        relation=relation,
        job="Sole trader" if sole_trader else dice.choice(names.jobs),
        company=None if sole_trader else dice.choice(clients),
        eori=eori,
        vat=vat,
        started_on=started_on,
        ended_on=ended_on,
    )


def _made_alike(person: Person, earlier: Person) -> Person:
    """One in sixteen, by their number, so that every sample of some size has all three kinds."""
    match person.number % 48:
        case 5:
            return replace(person, given=earlier.given, family=earlier.family)
        case 6:
            return replace(person, given=earlier.given, family=earlier.family, address=earlier.address)
        case 7:
            return replace(person, email=earlier.email, company=earlier.company)
        case _:
            return person


def _family(names: Pool, dice: Random) -> str:
    first, second = dice.choice(names.family), dice.choice(names.family)
    return f"{first}-{second}" if dice.random() < 0.07 else first


def _address(names: Pool, dice: Random) -> Address:
    street, house = dice.choice(names.streets), dice.randint(1, 180)
    line = f"{house} {street}" if names.country == "GB" else f"{street} {house}"
    return Address(line, dice.choice(names.cities), dice.choice(names.postcodes), names.country)


def _dates(relation: Relation, dice: Random, today: date) -> tuple[date | None, date | None]:
    match relation:
        case Relation.PROSPECT:
            return None, None
        case Relation.CUSTOMER:
            return today - timedelta(days=dice.randint(60, 5000)), None
        case Relation.FORMER:
            ended_on = today - timedelta(days=dice.randint(40, _HOLD_DAYS - 120))
        case Relation.LONG_GONE:
            ended_on = today - timedelta(days=dice.randint(_HOLD_DAYS + 400, _HOLD_DAYS + 3000))
        case _:
            assert_never(relation)
    return ended_on - timedelta(days=dice.randint(200, 3000)), ended_on


class _Mailboxes:
    """Gives everybody an address of their own."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, person: Person, dice: Random) -> str:
        given, family = (
            ascii_of(part).lower().replace("'", "").replace(" ", "") for part in (person.given, person.family)
        )
        local = dice.choice((f"{given}.{family}", f"{given[0]}.{family}", f"{given}{family}", f"{family}.{given}"))
        domain = person.company.domain if person.company else dice.choice(_MAIL_PROVIDERS)
        address = f"{local}@{domain}"
        if address in self._taken:
            address = f"{local}{person.number}@{domain}"
        self._taken.add(address)
        return address

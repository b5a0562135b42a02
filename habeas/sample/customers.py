"""The rows of the sample's CRM: customers, prospects, what was talked about with them, their logins."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from random import Random

from habeas.domain.subjects import IdentifierKind
from habeas.sample.numbers import spellings
from habeas.sample.people import EVERYWHERE, Person, Relation
from habeas.sample.truth import CRM, Place, Sightings

Row = dict[str, object]
Rows = dict[str, list[Row]]

EMPLOYEES = ("Ines Halvorsen", "Tobias Achterberg", "Nadia Penhaligon", "Oskar Lindqvist-Bell")
_KINDS = ("call", "meeting", "mail", "visit")
_NOTES = (
    "Asked about the new commodity code for their goods.",
    "Wants a quote for twenty import entries a month.",
    "Complained about a late clearance; apologised and explained.",
    "Renewed the annual contract over the phone.",
    "Sent the authorisation form for direct representation.",
    "Prefers to be rung before nine in the morning.",
)
_INTERESTS = (
    "tariff updates",
    "training courses",
    "special procedures",
    "export licences",
    "free ports",
    "origin rules",
)
_BROWSERS = ("Firefox/143.0 (X11; Linux x86_64)", "Chrome/141.0 (Windows NT 10.0)", "Safari/18.5 (Macintosh)")
_DOCUMENTATION_NETWORKS = ("192.0.2", "198.51.100", "203.0.113")  # RFC 5737: nobody's
_NOT_IN_CRM = 0.15


def crm_rows(people: Sequence[Person], dice: Random, today: date, sightings: Sightings) -> Rows:
    """Every customer, former ones too, and most prospects."""
    rows: Rows = {"customers": [], "activities": [], "logins": []}
    for person in people:
        if person.relation is Relation.PROSPECT and dice.random() < _NOT_IN_CRM:
            continue
        rows["customers"].append(_customer(person, dice))
        kinds = [IdentifierKind.EMAIL, IdentifierKind.CUSTOMER_NUMBER, IdentifierKind.NAME]
        if person.phone:
            kinds.append(IdentifierKind.PHONE)
        sightings.note(person, Place(CRM, "customers", str(person.number), tuple(kinds)))
        for table, many in (("activities", 5), ("logins", 5)):
            start = len(rows[table]) + 1
            more = dice.randint(3 if person.number in EVERYWHERE else 0, many)
            for key, when in zip(range(start, start + more), _moments(person, dice, today), strict=False):
                rows[table].append(
                    _activity(key, person, when, dice) if table == "activities" else _login(key, person, when, dice)
                )
                sightings.note(person, Place(CRM, table, str(key), (IdentifierKind.CUSTOMER_NUMBER,), "joined"))
    return rows


def _customer(person: Person, dice: Random) -> Row:
    return {
        "id": person.number,
        "customer_number": person.customer_number,
        "first_name": person.given,
        "last_name": person.family,
        "email": person.email if dice.random() < 0.8 else person.email.title(),
        "phone": dice.choice(spellings(person.phone)) if person.phone else None,
        "street": person.address.street,
        "city": person.address.city,
        "postcode": person.address.postcode,
        "country": person.address.country,
        "job_title": person.job,
        "username": f"{person.email.partition('@')[0]}.{person.number}",
        "password_hash": f"$argon2id$sample${dice.getrandbits(128):032x}",
        "interests": ", ".join(dice.sample(_INTERESTS, 2)),
        "marketing_opt_in": dice.random() < 0.6,
        "last_login_ip": _ip(dice),
        "relation": "prospect" if person.relation is Relation.PROSPECT else "customer",
        "customer_since": person.started_on,
        "ended_on": person.ended_on,
        "statements": None,
        "restricted_at": None,
    }


def _activity(key: int, person: Person, when: datetime, dice: Random) -> Row:
    return {
        "id": key,
        "customer_id": person.number,
        "happened_at": when,
        "kind": dice.choice(_KINDS),
        "note": dice.choice(_NOTES),
        "employee_name": dice.choice(EMPLOYEES),
    }


def _login(key: int, person: Person, when: datetime, dice: Random) -> Row:
    return {
        "id": key,
        "customer_id": person.number,
        "happened_at": when,
        "ip": _ip(dice),
        "browser": dice.choice(_BROWSERS),
        "statements": None,
    }


def _moments(person: Person, dice: Random, today: date) -> Iterator[datetime]:
    """Office hours while the person was a customer, or of the last year."""
    first = person.started_on or today - timedelta(days=365)
    days = ((person.ended_on or today) - first).days
    while True:
        day = first + timedelta(days=dice.randint(0, days))
        yield datetime.combine(day, time(dice.randint(8, 17), dice.randint(0, 59)))


def _ip(dice: Random) -> str:
    return f"{dice.choice(_DOCUMENTATION_NETWORKS)}.{dice.randint(1, 254)}"

"""How many records are decided in a second on one core: erasure, with the rules that come with Habeas."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from importlib import resources
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from time import process_time

from habeas.domain.decisions import decide
from habeas.domain.records import Field, Match, Record
from habeas.domain.register import Register, load_register
from habeas.domain.requests import Right
from habeas.domain.subjects import IdentifierKind
from habeas.domain.wishes import Wish

RECORDS = 100_000
ROUNDS = 5
_TODAY = date(2026, 3, 2)
_BY = (IdentifierKind.EMAIL,)


def decided_per_second() -> dict[str, int]:
    """Records per second by right; the median of several rounds, in CPU time of one process."""
    with resources.as_file(resources.files("habeas.sample") / "register.yaml") as path:
        register = load_register(Path(path))
    records = list(islice(cycle(list(_records(10_000))), RECORDS))
    return {right.value: round(median(_rate(records, right, register) for _ in range(ROUNDS))) for right in Right}


def _rate(records: list[Record], right: Right, register: Register) -> float:
    wish = Wish(right)
    start = process_time()
    for record in records:
        decide(record, wish, register, _TODAY, system="crm")
    return len(records) / (process_time() - start)


def _records(count: int) -> Iterator[Record]:
    """Customers, prospects, invoices and declarations, with as many fields as such rows have."""
    dice = random.Random(7)
    for number in range(count):
        day = date(2012, 1, 1) + timedelta(days=dice.randrange(5_100))
        match number % 4:
            case 0:
                relation = dice.choice(("customer", "prospect"))
                yield _record("customers", number, _CUSTOMER, relation, {"customer_ceased": dice.choice((day, None))})
            case 1 | 2:
                yield _record("invoices", number, _INVOICE, "customer", {"customer_ceased": day, "issued": day})
            case _:
                yield _record("declarations", number, _DECLARATION, "customer", {"customs_acceptance": day})


def _record(
    collection: str, number: int, fields: tuple[Field, ...], relation: str, anchors: dict[str, date | None]
) -> Record:
    return Record(collection, str(number), Match.STRONG, _BY, fields, relation=relation, anchors=anchors)


def _fields(**categories: str) -> tuple[Field, ...]:
    return tuple(
        Field(name.strip(), "x", category) for category, names in categories.items() for name in names.split(",")
    )


_CUSTOMER = _fields(
    identity="number, first_name, last_name, job",
    contact="email, phone, street, city, postcode, country",
    profile="interests",
    marketing="opt_in",
    technical="ip",
)
_INVOICE = _fields(transaction="number, issued_on, amount, currency, description, contact")
_DECLARATION = _fields(identity="declarant, contact", contact="street, city, phone", transaction="eori")

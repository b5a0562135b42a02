"""The rows of the sample's billing database: accounts, invoices, payments."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from habeas.domain.subjects import IdentifierKind
from habeas.sample.customers import Row, Rows
from habeas.sample.people import EVERYWHERE, Person
from habeas.sample.truth import BILLING, Place, Sightings

_SERVICES = (
    "Import entry, full declaration", "Export entry", "Transit T1 with guarantee", "Simplified declaration, monthly",
    "Tariff classification advice", "Deferment account handling", "Origin statement check", "Customs training, a day",
)  # fmt: skip
_NO_ACCOUNT = 0.15
_PAID = 0.7
_COLLEAGUE = 0.03


def billing_rows(people: Sequence[Person], dice: Random, today: date, sightings: Sightings) -> Rows:
    """An account for most who are or were customers, with the invoices of their time."""
    rows: Rows = {"accounts": [], "invoices": [], "payments": []}
    for person in people:
        if person.started_on is None or (person.number not in EVERYWHERE and dice.random() < _NO_ACCOUNT):
            continue
        rows["accounts"].append(_account(person, dice))
        kinds = [
            IdentifierKind.EMAIL,
            IdentifierKind.CUSTOMER_NUMBER,
            IdentifierKind.ACCOUNT_NUMBER,
            IdentifierKind.NAME,
        ]
        if person.eori:
            kinds += [IdentifierKind.EORI, IdentifierKind.VAT_NUMBER]
        sightings.note(person, Place(BILLING, "accounts", account_number(person), tuple(kinds)))
        days = ((person.ended_on or today) - person.started_on).days
        for _ in range(dice.randint(4 if person.number in EVERYWHERE else 2, 13)):
            colleague = dice.choice(people) if dice.random() < _COLLEAGUE else None
            issued_on = person.started_on + timedelta(days=dice.randint(0, days))
            _bill(person, issued_on, colleague=colleague, dice=dice, rows=rows, sightings=sightings)
    return rows


def account_number(person: Person) -> str:
    """The number of the person's account with billing."""
    return f"A{500_000 + person.number}"


def _account(person: Person, dice: Random) -> Row:
    return {
        "account_number": account_number(person),
        "customer_number": person.customer_number,
        "name": person.name,
        "email": person.email,
        "vat_number": _spaced(person.vat, dice),
        "eori": person.eori,
        "iban": f"GB00TEST{dice.randrange(10**14):014d}",
        "card_number": f"4000 00** **** {dice.randrange(10_000):04d}" if dice.random() < 0.3 else None,
        "street": person.address.street,
        "city": person.address.city,
        "postcode": person.address.postcode,
        "country": person.address.country,
        "ended_on": person.ended_on,
        "restricted_at": None,
    }


def _bill(
    person: Person, issued_on: date, *, colleague: Person | None, dice: Random, rows: Rows, sightings: Sightings
) -> None:
    """One invoice, paid or not; a colleague's name on it is all that is there of the colleague."""
    number = f"INV{len(rows['invoices']) + 1:07d}"
    amount = dice.randrange(4_000, 300_000) / 100
    rows["invoices"].append(
        {
            "invoice_number": number,
            "account_number": account_number(person),
            "issued_on": issued_on,
            "amount": amount,
            "currency": dice.choice(("GBP", "GBP", "GBP", "SEK", "EUR", "TRY")),
            "description": dice.choice(_SERVICES),
            "contact_name": (colleague or person).name,
        }
    )
    sightings.note(person, Place(BILLING, "invoices", number, (IdentifierKind.ACCOUNT_NUMBER,), "joined"))
    if colleague is not None and colleague.number != person.number:
        sightings.note(colleague, Place(BILLING, "invoices", number, (IdentifierKind.NAME,)))
    if dice.random() < _PAID:
        key = len(rows["payments"]) + 1
        rows["payments"].append(
            {
                "id": key,
                "invoice_number": number,
                "paid_on": issued_on + timedelta(days=dice.randint(3, 30)),
                "amount": amount,
                "method": dice.choice(("transfer", "card", "direct debit")),
                "payer_name": person.name,
            }
        )
        sightings.note(person, Place(BILLING, "payments", str(key), (IdentifierKind.ACCOUNT_NUMBER,), "joined"))


def _spaced(vat: str | None, dice: Random) -> str | None:
    """Half of all people write GB 123 4567 89."""
    if vat is None or dice.random() < 0.5:
        return vat
    return f"{vat[:2]} {vat[2:5]} {vat[5:9]} {vat[9:]}".strip()

"""What a maker of files gets and gives, and how names, numbers and dates are written in files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from habeas.domain.subjects import IdentifierKind
from habeas.sample.clients import Client
from habeas.sample.numbers import spellings
from habeas.sample.people import Person
from habeas.sample.pools import ascii_of

Kinds = tuple[IdentifierKind, ...]
EMAIL, PHONE, EORI, VAT, NAME, CUSTOMER_NUMBER = (
    IdentifierKind.EMAIL,
    IdentifierKind.PHONE,
    IdentifierKind.EORI,
    IdentifierKind.VAT_NUMBER,
    IdentifierKind.NAME,
    IdentifierKind.CUSTOMER_NUMBER,
)
CONSULTANCY_EORI = "GB699999999000"
CONSULTANCY_DOMAIN = "habeas-customs.example.com"

GOODS = (
    ("8482100000", "Ball bearings, single row"), ("7214200000", "Steel bars, price per tonne"),
    ("6302600000", "Cotton towels, bleached"), ("2204210000", "Red wine, bottled"),
    ("6907210000", "Ceramic tiles, glazed"), ("4407110000", "Pine, sawn lengthwise"),
    ("8487100000", "Ships' propellers and blades"), ("6802930000", "Worked stone, rich veined"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cast:
    """For whom a file is, who is to be in it (the first one surely and strongly), and its number."""

    client: Client
    people: Sequence[Person]
    number: int
    today: date
    dice: Random

    def day(self) -> date:
        """A day within the last seven years."""
        return self.today - timedelta(days=self.dice.randint(1, 2500))


@dataclass(frozen=True, slots=True)
class Draft:
    """A file. `decoys` are names that stand in it while nobody is meant."""

    name: str
    format: str
    content: bytes
    mentions: tuple[tuple[Person, Kinds], ...]
    decoys: tuple[str, ...] = ()


Maker = Callable[[Cast], Draft]


class Mentions:
    """Writes a person's identifiers as files have them, and notes which ones were written."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self._noted: dict[int, tuple[Person, dict[IdentifierKind, None]]] = {}

    def name(self, person: Person) -> str:
        """Mostly plain; now and then in capitals, turned round, or in the letters of an English keyboard."""
        self._note(person, NAME)
        way = self.dice.random()
        if way < 0.75:
            return person.name
        if way < 0.84:
            return f"{person.family}, {person.given}"
        return person.name.upper() if way < 0.92 else ascii_of(person.name)

    def plain_name(self, person: Person) -> str:
        """As it is."""
        self._note(person, NAME)
        return person.name

    def given(self, person: Person) -> str:
        """Where given and family name stand apart, as `family` does."""
        self._note(person, NAME)
        return person.given

    def email(self, person: Person) -> str:
        """With or without capitals."""
        self._note(person, EMAIL)
        return person.email if self.dice.random() < 0.85 else person.email.title()

    def phone(self, person: Person) -> str | None:
        """In any spelling."""
        if person.phone is None:
            return None
        self._note(person, PHONE)
        return self.dice.choice(spellings(person.phone))

    def eori(self, person: Person) -> str | None:
        """A sole trader's; it embeds the VAT number, which is not noted."""
        if person.eori is not None:
            self._note(person, EORI)
        return person.eori

    def vat(self, person: Person) -> str | None:
        """A sole trader's."""
        if person.vat is not None:
            self._note(person, VAT)
        return person.vat

    def customer_number(self, person: Person) -> str:
        """The CRM's number."""
        self._note(person, CUSTOMER_NUMBER)
        return person.customer_number

    def fill(self, template: str, person: Person) -> str:
        """A text with {name}, {phone}, {email}, {eori} or {number} replaced, those only that stand in it."""
        ways: tuple[tuple[str, Callable[[Person], str | None]], ...] = (
            ("{name}", self.plain_name),
            ("{phone}", self.phone),
            ("{email}", self.email),
            ("{eori}", self.eori),
            ("{number}", self.customer_number),
        )
        for slot, way in ways:
            if slot in template:
                template = template.replace(slot, way(person) or "(not on file)")
        return template

    def add(self, mentions: Sequence[tuple[Person, Kinds]]) -> None:
        """Those of a file within the file."""
        for person, kinds in mentions:
            for kind in kinds:
                self._note(person, kind)

    def noted(self) -> tuple[tuple[Person, Kinds], ...]:
        """Everybody written so far."""
        return tuple((person, tuple(kinds)) for person, kinds in self._noted.values())

    def _note(self, person: Person, kind: IdentifierKind) -> None:
        self._noted.setdefault(person.number, (person, {}))[1][kind] = None

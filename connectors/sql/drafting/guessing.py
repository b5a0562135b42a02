"""What each column of a table seems to hold: by its name, its type and the shape of its values."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from connectors.sql.drafting.inspecting import Inspected
from connectors.sql.drafting.shapes import Shape
from connectors.sql.drafting.vocabulary import Meaning, meaning_of, names_people
from habeas.domain.subjects import IdentifierKind

_BY_SHAPE = {
    Shape.EMAIL: Meaning("contact", IdentifierKind.EMAIL),
    Shape.PHONE: Meaning("contact", IdentifierKind.PHONE),
    Shape.VAT_NUMBER: Meaning("identity", IdentifierKind.VAT_NUMBER),
    Shape.IBAN: Meaning("financial"),
    Shape.CARD: Meaning("financial", secret=True),
    Shape.IP: Meaning("technical"),
    Shape.BIRTH: Meaning("identity", doubt="dates of birth?"),
}
_SAID_BY_VALUES = frozenset(_BY_SHAPE) - {Shape.BIRTH, Shape.PHONE}
"""Shapes that outweigh the column's name; a number of an order may look like one of a phone."""

_NUMBERS = frozenset({IdentifierKind.CUSTOMER_NUMBER, IdentifierKind.ACCOUNT_NUMBER})
_ANY_ADDRESS = (IdentifierKind.EMAIL, IdentifierKind.PHONE)


@dataclass(frozen=True, slots=True)
class Guess:
    """A column's category, what people can be looked up by in it, and why that is thought."""

    meaning: Meaning
    identifiers: tuple[IdentifierKind, ...]
    seen: tuple[Shape, ...]


_IN_JSON = Guess(Meaning("contact", IdentifierKind.EMAIL), (IdentifierKind.EMAIL,), (Shape.EMAIL,))


def guesses_of(table: Inspected) -> dict[str, Guess]:
    """The columns of which there is something to guess; keys and references are nobody's data by themselves."""
    found = {}
    for column, type_ in table.types.items():
        if column in table.referring or column in table.emails_in_json:
            continue
        guess = _guess(column, type_, tuple(table.shapes.get(column, ())))
        if guess is None or (column in table.key and not guess.identifiers):
            continue
        if column in table.key and table.live.columns[column].kind == "integer":
            continue
        found[column] = guess
    for column, paths in table.emails_in_json.items():
        found |= {f"{column}{'' if each[0] == '[' else '.'}{each}": _IN_JSON for each in paths}
    if not names_people(table.name) and not _is_of_people(found):
        found = {column: guess for column, guess in found.items() if guess.meaning.name_part != "whole"}
    return found


def strong(guesses: Mapping[str, Guess]) -> tuple[tuple[IdentifierKind, str], ...]:
    """What surely tells a person in the table."""
    return tuple((kind, column) for column, guess in guesses.items() for kind in guess.identifiers)


def _guess(column: str, type_: sa.types.TypeEngine[object], seen: tuple[Shape, ...]) -> Guess | None:
    named = meaning_of(column)
    shape = next((each for each in seen if each in _SAID_BY_VALUES), None)
    if named is not None and named.identifier and shape is Shape.VAT_NUMBER:
        shape = None  # an EORI number looks the same
    if shape is not None and (named is None or not named.secret):
        kinds = tuple(kind for each in seen if (kind := _BY_SHAPE[each].identifier) is not None)
        return Guess(_BY_SHAPE[shape], kinds, seen)
    if named is None:
        return Guess(_BY_SHAPE[seen[0]], (), seen) if seen and seen[0] is Shape.BIRTH else None
    if not _fits(named, type_):
        return None
    if named.doubt == "which kinds of address?":
        return Guess(named, _ANY_ADDRESS, seen)
    return Guess(named, (named.identifier,) if named.identifier else (), seen)


def _fits(meaning: Meaning, type_: sa.types.TypeEngine[object]) -> bool:
    """Whether such a thing can be in a column of the type."""
    match type_:
        case sa.types.Boolean():
            return meaning.category == "marketing"
        case sa.types.Date() | sa.types.DateTime():
            return meaning.category in {"identity", "marketing"} and not meaning.identifier and not meaning.name_part
        case sa.types.Integer() | sa.types.Numeric():
            return meaning.identifier in _NUMBERS or (meaning.category == "financial" and meaning.identifier is None)
        case _:
            return True


def _is_of_people(guesses: Mapping[str, Guess]) -> bool:
    parts = {guess.meaning.name_part for guess in guesses.values()}
    return {"first", "last"} <= parts or any(
        kind in {IdentifierKind.EMAIL, IdentifierKind.PHONE} for kind, _ in strong(guesses)
    )

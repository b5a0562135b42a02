"""Who answers, who supervises and who receives data (Articles 13(1), 15(1)(c) and (f), 19)."""

from collections.abc import Set as AbstractSet
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from habeas.domain.entries import Country, Entry, Name, Texts, Words, worded

Lines = Annotated[tuple[Words, ...], Field(max_length=12)]


class Controller(Entry):
    """Who answers (Article 13(1)(a), (b))."""

    name: Words
    address: Lines
    email: Words
    company_number: Words | None = None
    data_protection_manager: Words
    phone: Words | None = None
    contact_form: Words | None = None
    country: Country | None = None


class Affiliate(Entry):
    """A company of the group that is the controller itself, for the data that `text` names: people are sent there."""

    id: Name
    name: Words
    email: Words
    text: Texts
    address: Lines = ()
    country: Country | None = None
    phone: Words | None = None


class Regulator(Entry):
    """Where to complain (Article 15(1)(f)); `countries` are those it supervises, none if it is named to everybody."""

    name: Words
    url: Words
    address: Lines = ()
    countries: tuple[Country, ...] = ()


class _Recipient(Entry):
    """To whom data is disclosed. `id` is for transfers and purposes, and e-mail or webhook for Article 19 notices."""

    text: Texts
    id: Name | None = None
    name: Words | None = None
    capacity: Literal["controller", "joint-controller", "processor"] | None = None
    countries: tuple[Country, ...] = ()
    categories: frozenset[str] = frozenset()
    email: Words | None = None
    webhook: Words | None = None

    def receives(self, categories: AbstractSet[str]) -> bool:
        """True if data of any of these categories goes there; without categories of its own, all does."""
        return not self.categories or bool(self.categories & categories)


Recipient = Annotated[_Recipient, BeforeValidator(worded)]

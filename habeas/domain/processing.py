"""What is done with people's data: purposes, sources, transfers, decisions by machines, and for whom it is held."""

from collections.abc import Set as AbstractSet
from fnmatch import fnmatchcase
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from habeas.domain.entries import Country, Entry, Name, Texts, Words, worded

Basis = Literal["consent", "contract", "legal-obligation", "vital-interests", "public-task", "legitimate-interests"]
"""The lawful bases of Article 6(1)(a) to (f)."""
Mechanism = Literal[
    "adequacy",
    "standard-contractual-clauses",
    "uk-addendum",
    "uk-transfer-agreement",
    "data-privacy-framework",
    "uk-us-data-bridge",
    "binding-corporate-rules",
    "turkish-standard-contract",
    "turkish-undertaking",
    "derogation",
]
"""What makes a transfer lawful: Articles 45, 46, 47 and 49; KVKK, Article 9."""
_VOID = "Privacy Shield is void since 16 July 2020 (Court of Justice, C-311/18): name what is in use now"


class _OfCategories(Entry):
    """Says something of data of these categories, of all data if there are none."""

    text: Texts
    categories: frozenset[str] = frozenset()

    def concerns(self, categories: AbstractSet[str]) -> bool:
        """True if it is about data of any of these categories."""
        return not self.categories or bool(self.categories & categories)


class Purpose(Entry):
    """What data is used for, which categories, and on which lawful bases (Article 15(1)(a), Article 6(1)).

    `interest` is which legitimate interest it is. An objection to a purpose of direct marketing is never weighed
    (Article 21(3)).
    """

    text: Texts
    categories: Annotated[frozenset[str], Field(min_length=1)]
    bases: Annotated[tuple[Basis, ...], Field(min_length=1)]
    id: Name | None = None
    interest: Texts | None = None
    direct_marketing: bool = False


class _Source(_OfCategories):
    """Where data comes from, if not from the person (Article 15(1)(g))."""


class _Transfer(_OfCategories):
    """To which countries data goes, and under which safeguards (Article 15(2))."""

    mechanisms: tuple[Mechanism, ...] = ()
    countries: tuple[Country, ...] = ()
    recipients: frozenset[str] = frozenset()

    @field_validator("mechanisms", mode="before")
    @classmethod
    def _in_force(cls, raw: object) -> object:
        if isinstance(raw, list | tuple) and any(_is_void(str(each)) for each in raw):
            raise ValueError(_VOID)
        return raw

    @field_validator("text")
    @classmethod
    def _says_nothing_void(cls, texts: Texts) -> Texts:
        if any(_is_void(text) for text in texts.values()):
            raise ValueError(_VOID)
        return texts


class AutomatedDecision(_OfCategories):
    """A decision by automated means alone: its logic, and what it means for the person (Article 15(1)(h), 22)."""

    logic: Texts
    consequences: Texts


class Sensitive(Entry):
    """Categories that deserve a look when a system turns out to hold them; `expected` if a notice tells people."""

    special_categories: frozenset[str] = frozenset()
    children: frozenset[str] = frozenset()
    expected: bool = False


class Role(Entry):
    """For whom a collection is held; the first that fits a record counts.

    `system` and `collection` are names, with * for any part of one. `relations` narrows it to people in one of these.
    """

    role: Literal["controller", "processor", "affiliate"]
    system: Words = "*"
    collection: Words = "*"
    relations: frozenset[str] = frozenset()
    client: Words | None = None
    affiliate: Words | None = None

    def fits(self, system: str, collection: str, relation: str | None) -> bool:
        """True if it is about such a record."""
        return (
            fnmatchcase(system, self.system)
            and fnmatchcase(collection, self.collection)
            and (not self.relations or relation in self.relations)
        )

    @model_validator(mode="after")
    def _says_for_whom(self) -> Self:
        for role, entry, named in (
            ("processor", "client", self.client),
            ("affiliate", "affiliate", self.affiliate),
        ):
            if (self.role == role) != (named is not None):
                raise ValueError(f"'{entry}' goes with role {role}, and role {role} needs it")
        return self


Source = Annotated[_Source, BeforeValidator(worded)]
Transfer = Annotated[_Transfer, BeforeValidator(worded)]


def _is_void(text: str) -> bool:
    return "privacyshield" in "".join(each for each in text.casefold() if each.isalpha())

"""Who answers, who supervises and who receives data (Articles 13(1), 15(1)(c) and (f), 19)."""

import hashlib
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from habeas.domain.entries import Country, Entry, Language, Name, Texts, Words, worded
from habeas.domain.subjects import IdentifierKind
from habeas.domain.web_addresses import webhook_fault

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


_ID_MAX = 40
_EMAIL = r"^[^@\s<>,;]+@[^@\s<>,;]+$"


class Notify(Entry):
    """How a recipient is told of what became of data that it has received (Article 19).

    `systems` are those whose data went there, all if there are none. `identifiers` are what it knows people by: of a
    person it is told these and no others, besides the name; what the records were found by if there are none.
    """

    email: Annotated[str, Field(pattern=_EMAIL, max_length=254)] | None = None
    webhook: Words | None = None
    systems: frozenset[str] = frozenset()
    identifiers: frozenset[IdentifierKind] = frozenset()
    language: Language | None = None

    @field_validator("webhook")
    @classmethod
    def _over_https(cls, url: str | None) -> str | None:
        if url is not None and (fault := webhook_fault(url)):
            raise ValueError(fault)
        return url

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.email is None) == (self.webhook is None):
            raise ValueError("name either 'email' or 'webhook'")
        return self


class _Recipient(Entry):
    """To whom data is disclosed. `id` is what transfers and the log know it by, `notify` how it is told (Article 19).

    A recipient without `notify` is told by a person.
    """

    text: Texts
    id: Name | None = None
    name: Words | None = None
    capacity: Literal["controller", "joint-controller", "processor"] | None = None
    countries: tuple[Country, ...] = ()
    categories: frozenset[str] = frozenset()
    notify: Notify | None = None

    @property
    def key(self) -> str:
        """The id; where there is none, something that stays the same while the texts do."""
        told = "|".join(f"{language}={self.text[language]}" for language in sorted(self.text))
        return self.id or "unnamed-" + hashlib.sha256(f"{self.name or ''}|{told}".encode()).hexdigest()[:8]

    @property
    def title(self) -> str:
        """What people call it; in English where there is no name."""
        return self.name or self.text.get("en") or next(iter(self.text.values()))

    def receives(self, categories: AbstractSet[str]) -> bool:
        """True if data of any of these categories goes there; without categories of its own, all does."""
        return not self.categories or bool(self.categories & categories)

    @model_validator(mode="after")
    def _known_on_the_log(self) -> Self:
        if self.notify and (self.id is None or len(self.id) > _ID_MAX):
            raise ValueError(f"a recipient with 'notify' needs an 'id' of at most {_ID_MAX} characters")
        return self


def _recipient(raw: Any) -> Any:
    if isinstance(raw, Mapping) and {"email", "webhook"} & raw.keys():
        raise ValueError("write the address below 'notify', as notify: {email: privacy@example.org}")
    return worded(raw)


Recipient = Annotated[_Recipient, BeforeValidator(_recipient)]

"""What a connector finds: records of one person, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeVar, dataclass_transform

from habeas.domain.subjects import IdentifierKind

_T = TypeVar("_T")

Scalar = str | int | float | bool | None


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def immutable(cls: type[_T]) -> type[_T]:
    """A dataclass that nobody changes, as the type checker sees to.

    One that sees to it itself takes four times as long to make, and a search makes one for each field of each row.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)


class Match(StrEnum):
    """How surely a record is this person's."""

    STRONG = "strong"  # tied by an identifier that only they have
    WEAK = "weak"  # a name, or anything else that others share: for a person to decide


@immutable
class Field:
    """One field of a record.

    `value` is None when the field is empty, also when it holds what erasing put there.
    `secret` fields (passwords, tokens) are never disclosed; `other_person` fields are masked.
    """

    name: str
    value: Scalar
    category: str
    secret: bool = False
    other_person: bool = False


class Masked(StrEnum):
    """What is masked within a record that is disclosed."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    CONTACT = "contact"  # whatever else a record says of another person
    CARD = "card"
    BANK = "bank"
    SECRET = "secret"  # noqa: S105 - a kind of what is masked

    @property
    def is_number(self) -> bool:
        """True for a number of which the last four digits stay."""
        return self in {Masked.CARD, Masked.BANK}

    @property
    def is_others(self) -> bool:
        """True for what is about another person (Article 15(4))."""
        return not self.is_number and self is not Masked.SECRET


@dataclass(frozen=True, slots=True)
class Redaction:
    """One masked place: in which field (empty: the passage), what it was, and what stood there.

    `text` is for whoever reviews the redactions; of a number it has the last digits only, of a secret nothing.
    """

    field: str
    what: Masked
    text: str = ""


@immutable
class Record:
    """One row, or one person's fields in one file, as found.

    `collection` is a table or a kind of file, in the system's own terms; a connector yields a person's records
    collection by collection. `key` names the record within its collection, stably and without personal data where
    the system allows. `anchors` are dates from which retention periods run, None for one that has not come yet
    ("still a customer"). `client` is set where the data is held for that client, as its processor.
    `changeable` is False where the system can't change the record, so that a person must; `correctable` is True where
    a field can be given another value than none, all but those in `uncorrectable`. `filed` is what was declared
    to an authority, which is never rewritten. `annotated_for` names the requests for which something stands beside the
    record, None where the system can put nothing there; `annotation` is True of what was put there itself.
    `suppressible` is True where the system has a list of those who are not to be written to, and the record's person
    can be put on it; `direct_marketing` where the record is itself a means of direct marketing, as a subscription is,
    and so has no use left when that ends.
    `locator` is the connector's own note of where the fields are (JSON values only); nobody else reads it.
    `passage` is the text around a mention, for the person to read: it is disclosed and never changed. `redactions` are
    what was masked or left out in it or in the fields. Both tell of others too, and so are no part of what is compared
    of two records.
    """

    collection: str
    key: str
    match: Match
    matched_by: tuple[IdentifierKind, ...]
    fields: tuple[Field, ...]
    relation: str | None = None
    anchors: Mapping[str, date | None] = field(default_factory=dict)
    restricted: bool = False
    client: str | None = None
    changeable: bool = True
    correctable: bool = False
    uncorrectable: tuple[str, ...] = ()
    filed: bool = False
    annotated_for: tuple[str, ...] | None = None
    annotation: bool = False
    suppressible: bool = False
    direct_marketing: bool = False
    locator: Mapping[str, object] = field(default_factory=dict)
    passage: str | None = field(default=None, compare=False)
    redactions: tuple[Redaction, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Unsearched:
    """A place that could not be searched, and so may hold something: listed in the answer, never passed over."""

    place: str
    reason: str


@immutable
class Found:
    """One thing that a search brought up, and whose it is (the subject's token)."""

    subject: str
    what: Record | Unsearched


@dataclass(frozen=True, slots=True)
class Leftover:
    """A place outside the records that a search yields which still holds the subject's strong identifiers.

    `place` is a table and column, or the like; never what stands there. `records` is in how many rows.
    """

    subject: str
    place: str
    records: int

"""Events of the letters besides the answer: one is due, one lies sealed in the vault, one has left."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, NonNegativeInt

from schemas.event import Event
from schemas.right import Matter

LetterKind = Literal[
    "receipt",
    "identity",
    "clarification",
    "extension",
    "progress",
    "fee",
    "refusal",
    "withdrawn",
    "referral",
    "client",
    "lifting",
    "overridden",
    "acknowledgement",
    "standing",
    "outcome",
]


class LetterDue(Event):
    """The person has heard nothing for a time, and is to be told how the request stands."""

    type: ClassVar[str] = "habeas.letter.due.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("timekeeper",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "kind", "since")

    kind: Literal["receipt", "progress", "standing"] = Field(
        description="That the request has come in; during an extension how far it is; how a complaint stands."
    )
    since: AwareDatetime = Field(description="Since when the person has heard nothing.")


class LetterAssembled(Event):
    """A letter lies sealed in the vault, in three forms that say the same."""

    type: ClassVar[str] = "habeas.letter.assembled.v1"
    topic: ClassVar[str] = "dsr.responses"
    senders: ClassVar[tuple[str, ...]] = ("aggregator",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "letter")

    letter: UUID = Field(description="The letter; it follows from the event that gave cause for it.")
    kind: LetterKind = Field(description="What it is about.")
    number: NonNegativeInt = Field(description="Which of its kind it is in this case, from 1.")
    right: Matter = Field(description="What the person asks for, or 'complaint'.")
    pdf: UUID = Field(description="The sealed artefact with the letter as PDF.")
    html: UUID = Field(description="The sealed artefact with it as a web page.")
    text: UUID = Field(description="The sealed artefact with it as plain text.")
    digest: str = Field(description="SHA-256 of the sealed PDF.")


class LetterDelivered(Event):
    """A letter has left."""

    type: ClassVar[str] = "habeas.letter.delivered.v1"
    topic: ClassVar[str] = "dsr.responses"
    senders: ClassVar[tuple[str, ...]] = ("delivery",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "letter")

    letter: UUID = Field(description="The letter.")
    kind: LetterKind = Field(description="What it is about.")
    number: NonNegativeInt = Field(description="Which of its kind it is in this case, from 1.")
    channel: str = Field(description="How it left, as 'folder'.")

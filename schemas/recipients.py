"""Events of the recipients of data: who is to be told of a change (Article 19), and what became of it.

Recipients are named by their ids in the register, never by an address.
"""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field, NonNegativeInt

from schemas.event import Event, Part
from schemas.right import Right

Fate = Literal["erased", "rectified", "restricted", "lifted", "restored"]
Channel = Literal["mail", "webhook", "person"]


class NamedRecipient(Part):
    """A recipient that is to be told."""

    recipient: str = Field(description="The recipient, by its id in the register.")
    notice: UUID = Field(description="The notice; it follows from the request, the run and the recipient.")
    channel: Channel = Field(description="How it is told; 'person' where somebody must do it.")
    fates: tuple[Fate, ...] = Field(description="What became of data that the recipient has received.")
    sealed: dict[str, UUID] = Field(
        default_factory=dict, description="The sealed artefacts of the notice by file name; none for 'person'."
    )


class RecipientsNamed(Event):
    """Data was changed, and these recipients had received it: the notices to them lie sealed in the vault."""

    type: ClassVar[str] = "habeas.recipients.named.v1"
    topic: ClassVar[str] = "dsr.responses"
    senders: ClassVar[tuple[str, ...]] = ("aggregator",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "run")

    run: NonNegativeInt = Field(description="Which time it is for this request, from 1.")
    right: Right = Field(description="What the person asked for.")
    covers: tuple[UUID, ...] = Field(description="The events that told of the changes.")
    recipients: tuple[NamedRecipient, ...] = Field(description="Who is to be told; nobody if none had received any.")


class RecipientNotified(Event):
    """A notice has left."""

    type: ClassVar[str] = "habeas.recipient.notified.v1"
    topic: ClassVar[str] = "dsr.responses"
    senders: ClassVar[tuple[str, ...]] = ("delivery",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "notice")

    recipient: str = Field(description="The recipient, by its id in the register.")
    notice: UUID = Field(description="The notice.")
    channel: Literal["mail", "webhook", "folder"] = Field(
        description="How it left; 'folder' if it was laid down for a person to send."
    )
    attempts: NonNegativeInt = Field(description="How often it was tried, this time included.")


class RecipientFailed(Event):
    """An attempt to tell a recipient has failed; it is tried again until it has become a dead letter."""

    type: ClassVar[str] = "habeas.recipient.failed.v1"
    topic: ClassVar[str] = "dsr.responses"
    senders: ClassVar[tuple[str, ...]] = ("delivery",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "notice", "attempt")

    recipient: str = Field(description="The recipient, by its id in the register.")
    notice: UUID = Field(description="The notice.")
    channel: Channel = Field(description="How it was tried.")
    attempt: NonNegativeInt = Field(description="Which attempt it was, from 1.")
    why: str = Field(description="The kind of failure, as 'status 503'; never what the other side wrote.")


class RecipientTold(Event):
    """An operator says that a recipient was told by a person."""

    type: ClassVar[str] = "habeas.recipient.told.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "notice")

    recipient: str = Field(description="The recipient, by its id in the register.")
    notice: UUID = Field(description="The notice that was passed on, or that says what was to be told.")

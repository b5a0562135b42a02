"""Events of what passes between the controller and the person before the answer, and of its time.

What was said lies sealed; an event names the artefact, as `words`.
"""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from schemas.event import Event

FeeGround = Literal["unfounded", "excessive", "further-copy"]
RefusalGround = Literal["unfounded", "excessive", "not-identified", "exempt"]


class IdentityAsked(Event):
    """Who asks is doubtful, and the person has been asked to prove it (Article 12(6))."""

    type: ClassVar[str] = "habeas.identity.asked.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "ask")

    ask: UUID = Field(description="The asking; the answer names it too.")
    asked_on: date = Field(description="The day on which the person was asked.")
    words: UUID = Field(description="The sealed artefact with what the person is told.")
    by_letter: bool | None = Field(
        None, description="True if a letter is written of it; absent if the person knows otherwise."
    )


class IdentityReceived(Event):
    """The identity is proven."""

    type: ClassVar[str] = "habeas.identity.received.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)

    ask: UUID | None = Field(None, description="What it answers; absent if it had not been asked.")
    received_on: date = Field(description="The day on which the clock starts, if it had been asked.")
    identity_check: str = Field(description="How the identity was checked.")


class ClarificationAsked(Event):
    """The person has been asked which data or processing is meant (recital 63, UK Article 12A)."""

    type: ClassVar[str] = "habeas.clarification.asked.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "ask")

    ask: UUID = Field(description="The asking; the answer names it too.")
    asked_on: date = Field(description="The day on which the person was asked.")
    words: UUID = Field(description="The sealed artefact with what the person is told.")
    by_letter: bool | None = Field(
        None, description="True if a letter is written of it; absent if the person knows otherwise."
    )


class ClarificationAnswered(Event):
    """The person has said what is meant."""

    type: ClassVar[str] = "habeas.clarification.answered.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "ask")

    ask: UUID = Field(description="What it answers.")
    answered_on: date = Field(description="The day on which the answer came.")
    words: UUID | None = Field(None, description="The sealed artefact with the answer, if it was noted.")


class ExtensionAnnounced(Event):
    """The person has been told that the answer takes longer, and why (Article 12(3))."""

    type: ClassVar[str] = "habeas.extension.announced.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)

    announced_on: date = Field(description="The day on which the person was told.")
    words: UUID = Field(description="The sealed artefact with what the person is told.")
    by_letter: bool | None = Field(
        None, description="True if a letter is written of it; absent if the person knows otherwise."
    )


class FeeAsked(Event):
    """A fee is wanted, announced first so that the person can withdraw (Article 12(5))."""

    type: ClassVar[str] = "habeas.fee.asked.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "ask")

    ask: UUID = Field(description="The asking; the payment names it too.")
    asked_on: date = Field(description="The day on which the person was told.")
    ground: FeeGround = Field(description="Why one may be charged.")
    words: UUID = Field(description="The sealed artefact with the amount and what the person is told.")
    by_letter: bool | None = Field(
        None, description="True if a letter is written of it; absent if the person knows otherwise."
    )


class FeePaid(Event):
    """The fee has come in."""

    type: ClassVar[str] = "habeas.fee.paid.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "ask")

    ask: UUID = Field(description="What it pays.")
    paid_on: date = Field(description="The day on which it came in.")


class RequestRefused(Event):
    """The request is not acted on, and the person is told why (Article 12(4)); this closes it."""

    type: ClassVar[str] = "habeas.request.refused.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)

    refused_on: date = Field(description="The day on which the person was told.")
    ground: RefusalGround = Field(description="Why the law allows it.")
    words: UUID = Field(description="The sealed artefact with the reasons that the person is told.")
    by_letter: bool | None = Field(
        None, description="True if a letter is written of it; absent if the person knows otherwise."
    )


class RequestWithdrawn(Event):
    """The person no longer wants it; this closes the request."""

    type: ClassVar[str] = "habeas.request.withdrawn.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)

    withdrawn_on: date = Field(description="The day on which the person said so.")
    words: UUID | None = Field(None, description="The sealed artefact with what the person said, if it was noted.")
    by_letter: bool | None = Field(
        None, description="True if a letter is written of it; absent if the person knows otherwise."
    )


class DueSoon(Event):
    """The answer is due in a few days, and there is none yet."""

    type: ClassVar[str] = "habeas.deadline.soon.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("timekeeper",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "due_on")

    due_on: date = Field(description="The last day for the answer.")


class Overdue(Event):
    """The last day for the answer has passed, and there is none."""

    type: ClassVar[str] = "habeas.deadline.overdue.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("timekeeper",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "due_on")

    due_on: date = Field(description="The last day for the answer.")

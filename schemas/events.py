"""The events on the log. They carry references, digests, counts and sizes, never personal data (architecture 5).

Within a version changes are additive and optional; anything else is a new version beside the old one. What Habeas
writes is checked strictly; what it reads may come from a newer version and have more in it.
"""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, NonNegativeInt

from schemas.complaints import ComplaintAcknowledged, ComplaintClosed, ComplaintProgressed, ComplaintReceived
from schemas.correspondence import (
    ClarificationAnswered,
    ClarificationAsked,
    DueSoon,
    ExtensionAnnounced,
    FeeAsked,
    FeePaid,
    IdentityAsked,
    IdentityReceived,
    Overdue,
    RequestRefused,
    RequestWithdrawn,
)
from schemas.event import Event, Part, SummaryLine, schema_uri
from schemas.letters import LetterAssembled, LetterDelivered, LetterDue
from schemas.lifting import LiftingAnnounced, LiftingCancelled, LiftingCompleted, LiftingDue, ObjectionWeighed
from schemas.recipients import RecipientFailed, RecipientNotified, RecipientsNamed, RecipientTold
from schemas.reviews import ReviewCompleted, ReviewDecided
from schemas.revisits import DataReappeared, ReconciliationRequested, RescanDue, RetentionExpired, RevisitCompleted
from schemas.right import Right

__all__ = ["Event", "Part", "Right", "SummaryLine", "schema_uri"]  # besides what is defined here


class RequestReceived(Event):
    """A request has come in; the clock runs from here."""

    type: ClassVar[str] = "habeas.request.received.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)

    right: Right = Field(description="What the person asks for.")
    subject: str = Field(description="The data subject's random token.")
    language: Literal["en", "sv", "tr"] = Field("en", description="Of the answer.")
    received_on: date = Field(description="The day on which the clock starts.")
    due_on: date = Field(description="The last day for the answer.")
    channel: str = Field(description="How it came in, as 'operator'.")
    jurisdiction: str | None = Field(None, description="Whose law of time applies, as 'GB-EAW' (ISO 3166).")


class RequestAccepted(Event):
    """The identity is proven and the request in scope: every named system acts on this."""

    type: ClassVar[str] = "habeas.request.accepted.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)

    right: Right = Field(description="What the person asks for.")
    subject: str = Field(description="The data subject's random token.")
    systems: tuple[str, ...] = Field(description="The systems that the request concerns.")
    identity: UUID = Field(description="The sealed artefact with the person's identifiers.")
    identity_check: str = Field(description="How the identity was checked.")


class ReplayRequested(Event):
    """An operator wants a failed task to be tried again."""

    type: ClassVar[str] = "habeas.replay.requested.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("replay",)
    key_fields: ClassVar[tuple[str, ...]] = ("dead_letter",)

    system: str = Field(description="The system, by its name in the settings.")
    dead_letter: UUID = Field(description="The dead letter.")
    undo: UUID | None = Field(None, description="The undoing that failed; absent if it was the request's own task.")
    revisit: UUID | None = Field(None, description="The revisit that failed, by the event that asked for it.")
    task: UUID | None = Field(
        None, description="The task that failed, if it carried out a decision or belongs to a further answer."
    )


class UndoRequested(Event):
    """An operator wants an erasure that was wrong to be undone in a system."""

    type: ClassVar[str] = "habeas.undo.requested.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "system", "undo")

    system: str = Field(description="The system, by its name in the settings.")
    undo: UUID = Field(description="The undoing; a second one after a refusal has another.")


class SystemSilent(Event):
    """A system has not answered within the time that was set for it."""

    type: ClassVar[str] = "habeas.system.silent.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("timekeeper",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "system", "final")

    system: str = Field(description="The system, by its name in the settings.")
    final: bool = Field(False, description="True when the answer is given without it.")


class TaskCompleted(Event):
    """A connector has carried out a request in its system and looked again."""

    type: ClassVar[str] = "habeas.task.completed.v1"
    topic: ClassVar[str] = "dsr.completions"
    senders: ClassVar[tuple[str, ...]] = ("connector",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "system")

    system: str = Field(description="The system, by its name in the settings.")
    right: Right = Field(description="What the person asks for.")
    plan: tuple[UUID, ...] = Field(description="The sealed plans, in the order in which they were carried out.")
    summary: tuple[SummaryLine, ...] = Field(description="What was decided.")
    effects: dict[str, dict[str, NonNegativeInt]] = Field(
        default_factory=dict, description="What was really done: records by collection and verb."
    )
    unsearched: NonNegativeInt = Field(0, description="Places that could not be searched.")
    unswept: dict[str, str] | None = Field(
        None, description="Places that could not be looked through for copies after an erasure, and why."
    )
    left_over: NonNegativeInt = Field(0, description="Records that looking again found not as they should be.")
    attempts: NonNegativeInt = Field(1, description="How often it was tried.")
    undo_until: AwareDatetime | None = Field(
        None, description="Until when the originals of what was erased are kept; absent where none are."
    )
    originals: UUID | None = Field(None, description="The key under which these originals are sealed.")


class UndoCompleted(Event):
    """A connector has put back what an erasure had removed from its system."""

    type: ClassVar[str] = "habeas.undo.completed.v1"
    topic: ClassVar[str] = "dsr.completions"
    senders: ClassVar[tuple[str, ...]] = ("connector",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "system", "undo")

    system: str = Field(description="The system, by its name in the settings.")
    undo: UUID = Field(description="The undoing.")
    effects: dict[str, dict[str, NonNegativeInt]] = Field(
        default_factory=dict, description="What was really done: records by collection and verb."
    )
    refused: NonNegativeInt = Field(0, description="Originals that could not be put back.")
    report: UUID | None = Field(None, description="The sealed artefact that names these and says why.")
    attempts: NonNegativeInt = Field(1, description="How often it was tried.")


class TaskFailed(Event):
    """A task has become a dead letter; it waits for an operator."""

    type: ClassVar[str] = "habeas.task.failed.v1"
    topic: ClassVar[str] = "dsr.completions"
    senders: ClassVar[tuple[str, ...]] = ("connector", "aggregator", "delivery")
    key_fields: ClassVar[tuple[str, ...]] = ("dead_letter",)

    system: str = Field(description="The system, by its name in the settings.")
    dead_letter: UUID = Field(description="The dead letter.")
    error_class: str = Field(description="The kind of error; never its text.")
    attempts: NonNegativeInt = Field(description="How often it was tried.")
    undo: UUID | None = Field(None, description="The undoing that failed; absent if it was the request's own task.")
    revisit: UUID | None = Field(None, description="The revisit that failed, by the event that asked for it.")
    task: UUID | None = Field(
        None, description="The task that failed, if it carried out a decision or belongs to a further answer."
    )


class ResponseAssembled(Event):
    """The answer lies sealed in the vault; the first one, or a further one that tells what came of it since."""

    type: ClassVar[str] = "habeas.response.assembled.v1"
    topic: ClassVar[str] = "dsr.responses"
    senders: ClassVar[tuple[str, ...]] = ("aggregator",)
    key_fields_if_present: ClassVar[tuple[str, ...]] = ("supplement",)

    right: Right = Field(description="What the person asks for.")
    package: UUID = Field(description="The sealed artefact with the whole answer.")
    letter: UUID = Field(description="The sealed artefact with the letter alone.")
    size_bytes: NonNegativeInt = Field(description="Of the package, before it was sealed.")
    digest: str = Field(description="SHA-256 of the sealed package.")
    supplement: NonNegativeInt | None = Field(
        None, description="Which further answer it is, from 1; absent for the first answer, then no part of the id."
    )
    decisions: tuple[UUID, ...] | None = Field(None, description="The decisions that a further answer tells of.")
    without: tuple[str, ...] | None = Field(
        None,
        description="The systems that had not done their part yet; absent where decisions are told of.",
    )
    answered_on: date | None = Field(None, description="The date that the letter bears.")


class ResponseDelivered(Event):
    """The answer has left for the person."""

    type: ClassVar[str] = "habeas.response.delivered.v1"
    topic: ClassVar[str] = "dsr.responses"
    senders: ClassVar[tuple[str, ...]] = ("delivery",)
    key_fields_if_present: ClassVar[tuple[str, ...]] = ("supplement",)

    channel: str = Field(description="How it left, as 'folder'.")
    supplement: NonNegativeInt | None = Field(
        None, description="Which further answer it was, from 1; absent for the first answer, then no part of the id."
    )


class CaseChanged(Event):
    """The state of a case, kept as the latest record of its request id."""

    type: ClassVar[str] = "habeas.case.changed.v1"
    topic: ClassVar[str] = "dsr.status"
    senders: ClassVar[tuple[str, ...]] = ("aggregator",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "state", "systems")

    right: Right = Field(description="What the person asks for.")
    state: str = Field(description="Where the case stands.")
    due_on: date = Field(description="The last day for the answer.")
    systems: dict[str, str] = Field(description="The state of each system's task.")


EVENTS: tuple[type[Event], ...] = (
    RequestReceived,
    RequestAccepted,
    ReplayRequested,
    UndoRequested,
    RetentionExpired,
    RescanDue,
    ReconciliationRequested,
    SystemSilent,
    ReviewDecided,
    IdentityAsked,
    IdentityReceived,
    ClarificationAsked,
    ClarificationAnswered,
    ExtensionAnnounced,
    FeeAsked,
    FeePaid,
    RequestRefused,
    RequestWithdrawn,
    DueSoon,
    Overdue,
    LetterDue,
    ObjectionWeighed,
    LiftingAnnounced,
    LiftingCancelled,
    LiftingDue,
    ComplaintReceived,
    ComplaintAcknowledged,
    ComplaintProgressed,
    ComplaintClosed,
    TaskCompleted,
    UndoCompleted,
    DataReappeared,
    RevisitCompleted,
    ReviewCompleted,
    LiftingCompleted,
    TaskFailed,
    ResponseAssembled,
    ResponseDelivered,
    LetterAssembled,
    LetterDelivered,
    RecipientsNamed,
    RecipientNotified,
    RecipientFailed,
    RecipientTold,
    CaseChanged,
)
BY_TYPE = {event.type: event for event in EVENTS}

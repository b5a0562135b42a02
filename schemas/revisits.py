"""What happens by itself after a request: holds end, systems are looked through again, erasures are repeated."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field, NonNegativeInt

from schemas.event import Event, SummaryLine

Cause = Literal["retention", "rescan", "reconciliation"]


class RetentionExpired(Event):
    """What a system was to keep for a time may be due for erasure: it decides anew."""

    type: ClassVar[str] = "habeas.retention.expired.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("timekeeper",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "system", "on")

    system: str = Field(description="The system, by its name in the settings.")
    on: date = Field(description="The day after the last day of the hold, or the day to look again at one without end.")


class RescanDue(Event):
    """It is time to look once more whether what was erased has stayed away."""

    type: ClassVar[str] = "habeas.rescan.due.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("timekeeper",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "system", "on")

    system: str = Field(description="The system, by its name in the settings.")
    on: date = Field(description="The day from which it was due.")


class ReconciliationRequested(Event):
    """An operator has restored a system from a backup: what was erased from it is to be erased again."""

    type: ClassVar[str] = "habeas.reconciliation.requested.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "system", "run")

    system: str = Field(description="The system, by its name in the settings.")
    run: UUID = Field(description="The operator's command that asks for it.")


class DataReappeared(Event):
    """What had been erased from a system was in it again, and is to be erased again."""

    type: ClassVar[str] = "habeas.data.reappeared.v1"
    topic: ClassVar[str] = "dsr.completions"
    senders: ClassVar[tuple[str, ...]] = ("connector",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "system", "revisit")

    system: str = Field(description="The system, by its name in the settings.")
    revisit: UUID = Field(description="The event that had the system looked through again.")
    reappeared: dict[str, NonNegativeInt] = Field(description="Records by collection.")


class RevisitCompleted(Event):
    """A connector has looked through its system again, erased what was due and looked once more."""

    type: ClassVar[str] = "habeas.revisit.completed.v1"
    topic: ClassVar[str] = "dsr.completions"
    senders: ClassVar[tuple[str, ...]] = ("connector",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "system", "revisit")

    system: str = Field(description="The system, by its name in the settings.")
    revisit: UUID = Field(description="The event that asked for it.")
    cause: Cause = Field(description="Why the system was looked through again.")
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
    unverified: NonNegativeInt = Field(
        0, description="Records that no identifier leads to any more: changed by their keys, and not found again."
    )
    attempts: NonNegativeInt = Field(1, description="How often it was tried.")


RevisitAsked = RetentionExpired | RescanDue | ReconciliationRequested
"""What asks a system for a revisit; the event's id is the revisit's."""


def cause_of(asked: RevisitAsked) -> Cause:
    """Why an event asks for a revisit."""
    match asked:
        case RetentionExpired():
            return "retention"
        case RescanDue():
            return "rescan"
        case ReconciliationRequested():
            return "reconciliation"

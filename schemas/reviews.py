"""Events of what a person decides about records that the rules leave open, and of what became of it.

A record is named by the sealed plan and its line there, and by a keyed hash; never by its own key.
"""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, NonNegativeInt

from schemas.event import Event, Part, SummaryLine
from schemas.right import Right

Verdict = Literal["same-person", "other-person", "done-by-hand", "carry-out", "decline", "upheld"]


class DecidedItem(Part):
    """A record, or a copy outside the records, about which somebody has decided."""

    line: NonNegativeInt = Field(description="Its place in the plan, from 0; of a copy, its place in the summary.")
    collection: str = Field(description="A table or a kind of file, in the system's own terms.")
    reason: str = Field(description="Why it was open, as 'weak-match'.")
    record: str | None = Field(
        None, description="A keyed hash by which the same record of the same person is known again."
    )


class ReviewDecided(Event):
    """Somebody has decided about open records of one system: a reviewer, or a client about what is held for them."""

    type: ClassVar[str] = "habeas.review.decided.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "system", "decision")

    system: str = Field(description="The system, by its name in the settings.")
    right: Right = Field(description="What the person asks for.")
    decision: UUID = Field(description="The decision; it follows from the records and the verdict.")
    verdict: Verdict = Field(description="What was decided.")
    plan: UUID | None = Field(None, description="The sealed plan with the records; absent for copies outside of it.")
    items: tuple[DecidedItem, ...] = Field(description="About which records.")


class ReviewCompleted(Event):
    """A connector has carried a decision out on its records and looked again."""

    type: ClassVar[str] = "habeas.review.completed.v1"
    topic: ClassVar[str] = "dsr.completions"
    senders: ClassVar[tuple[str, ...]] = ("connector",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "system", "decision")

    system: str = Field(description="The system, by its name in the settings.")
    decision: UUID = Field(description="The decision.")
    right: Right = Field(description="What the person asks for.")
    plan: tuple[UUID, ...] = Field(description="The sealed plans, in the order in which they were carried out.")
    summary: tuple[SummaryLine, ...] = Field(description="What was to happen to the records.")
    effects: dict[str, dict[str, NonNegativeInt]] = Field(
        default_factory=dict, description="What was really done: records by collection and verb."
    )
    gone: NonNegativeInt = Field(0, description="Records that were not found again as they were decided about.")
    left_over: NonNegativeInt = Field(0, description="Records that looking again found not as they should be.")
    attempts: NonNegativeInt = Field(1, description="How often it was tried.")
    undo_until: AwareDatetime | None = Field(
        None, description="Until when the originals of what was erased are kept; absent where none are."
    )
    originals: UUID | None = Field(None, description="The key under which these originals are sealed.")

"""Events of the end of a restriction: an objection is weighed, the person is told, and then it is lifted.

Why is told to the person and lies sealed; an event names the artefact, as `words`.
"""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field, NonNegativeInt

from schemas.event import Event
from schemas.right import Right

Weighed = Literal["upheld", "overridden"]
LiftingGround = Literal["ended", "overridden"]


class ObjectionWeighed(Event):
    """The controller has weighed an objection (Article 21(1)); once for each request."""

    type: ClassVar[str] = "habeas.objection.weighed.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)

    outcome: Weighed = Field(description="Upheld: it ends for good. Overridden: there are compelling grounds.")
    words: UUID = Field(description="The sealed artefact with the reasons.")


class LiftingAnnounced(Event):
    """A restriction is to be lifted; the person is told before, by letter (Article 18(3))."""

    type: ClassVar[str] = "habeas.lifting.announced.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "lifting")

    lifting: UUID = Field(description="The lifting.")
    ground: LiftingGround = Field(description="Why: its reason has ended, or an objection was overridden.")
    systems: tuple[str, ...] = Field(description="Where, by the names in the settings.")
    announced_on: date = Field(description="The day on which it was decided.")
    days: NonNegativeInt = Field(description="So many days after the letter has left, and not earlier.")
    words: UUID = Field(description="The sealed artefact with the reasons that the person is told.")


class LiftingCancelled(Event):
    """What was announced is not done: the person has given reasons why the restriction must stay."""

    type: ClassVar[str] = "habeas.lifting.cancelled.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "lifting")

    lifting: UUID = Field(description="The lifting.")


class LiftingDue(Event):
    """The person has been told and the time has passed: the system gives back to use what the request restricted."""

    type: ClassVar[str] = "habeas.lifting.due.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("timekeeper", "intake")
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "system", "lifting")

    system: str = Field(description="The system, by its name in the settings.")
    lifting: UUID = Field(description="The lifting.")
    right: Right = Field(description="What the person had asked for.")


class LiftingCompleted(Event):
    """A connector has lifted what the request restricted and looked again."""

    type: ClassVar[str] = "habeas.lifting.completed.v1"
    topic: ClassVar[str] = "dsr.completions"
    senders: ClassVar[tuple[str, ...]] = ("connector",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "system", "lifting")

    system: str = Field(description="The system, by its name in the settings.")
    lifting: UUID = Field(description="The lifting.")
    effects: dict[str, dict[str, NonNegativeInt]] = Field(
        default_factory=dict, description="What was really done: records by collection and verb."
    )
    kept: NonNegativeInt = Field(0, description="Records that stay restricted: another request or a hold needs it.")
    left_over: NonNegativeInt = Field(0, description="Records that looking again found restricted still.")
    attempts: NonNegativeInt = Field(1, description="How often it was tried.")

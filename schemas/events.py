"""The events on the log. They carry references, digests, counts and sizes, never personal data (architecture 5).

Within a version changes are additive and optional; anything else is a new version beside the old one. What Habeas
writes is checked strictly; what it reads may come from a newer version and have more in it.
"""

from datetime import date
from typing import ClassVar, Literal, Self
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, NonNegativeInt

NAMESPACE = UUID("7a0e6f7e-0d5c-5d0b-9d54-1f6e7c2b8a11")
"""Under which the deterministic event ids are made (RFC 9562, version 5)."""

Right = Literal["access", "erasure", "restriction"]


class Part(BaseModel):
    """A part of an event."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Part):
    """An event. `key_fields` names what makes two deliveries the same event: their ids are then the same."""

    type: ClassVar[str]
    topic: ClassVar[str]
    key_fields: ClassVar[tuple[str, ...]] = ("request_id",)

    request_id: UUID
    at: AwareDatetime = Field(description="When it happened.")

    @property
    def id(self) -> str:
        """The CloudEvents id, the same whenever the same event is made again."""
        parts = (self.type, *(str(getattr(self, name)) for name in self.key_fields))
        return str(uuid5(NAMESPACE, "|".join(parts)))

    @classmethod
    def read(cls, value: bytes) -> Self:
        """Parse what somebody produced. Raises pydantic.ValidationError."""
        return cls.model_validate_json(value)

    def write(self) -> bytes:
        """The event's data as JSON."""
        return self.model_dump_json(exclude_none=True).encode()


class RequestReceived(Event):
    """A request has come in; the clock runs from here."""

    type: ClassVar[str] = "habeas.request.received.v1"
    topic: ClassVar[str] = "dsr.requests"

    right: Right
    subject: str = Field(description="The data subject's random token.")
    language: Literal["en", "sv", "tr"] = "en"
    received_on: date
    due_on: date
    channel: str = Field(description="How it came in, as 'operator'.")


class RequestAccepted(Event):
    """The identity is proven and the request in scope: every named system acts on this."""

    type: ClassVar[str] = "habeas.request.accepted.v1"
    topic: ClassVar[str] = "dsr.requests"

    right: Right
    subject: str
    systems: tuple[str, ...] = Field(description="The systems that the request concerns.")
    identity: UUID = Field(description="The sealed artefact with the person's identifiers.")
    identity_check: str = Field(description="How the identity was checked.")


class ReplayRequested(Event):
    """An operator wants a failed task to be tried again."""

    type: ClassVar[str] = "habeas.replay.requested.v1"
    topic: ClassVar[str] = "dsr.requests"
    key_fields: ClassVar[tuple[str, ...]] = ("dead_letter",)

    system: str
    dead_letter: UUID


class SystemSilent(Event):
    """A system has not answered within the time that was set for it."""

    type: ClassVar[str] = "habeas.system.silent.v1"
    topic: ClassVar[str] = "dsr.requests"
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "system", "final")

    system: str
    final: bool = Field(False, description="True when the answer is given without it.")


class SummaryLine(Part):
    """How many records of one collection met one fate."""

    collection: str
    outcome: str
    reason: str
    rule: str | None = Field(None, description="The retention rule, where one keeps them.")
    until: date | None = Field(None, description="The last day of the hold; absent while it has not begun.")
    controller: str | None = Field(None, description="The client to whom they are referred.")
    records: NonNegativeInt


class TaskCompleted(Event):
    """A connector has carried out a request in its system and looked again."""

    type: ClassVar[str] = "habeas.task.completed.v1"
    topic: ClassVar[str] = "dsr.completions"
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "system")

    system: str
    right: Right
    plan: tuple[UUID, ...] = Field(description="The sealed plans, in the order in which they were carried out.")
    summary: tuple[SummaryLine, ...] = Field(description="What was decided.")
    effects: dict[str, dict[str, NonNegativeInt]] = Field(
        default_factory=dict, description="What was really done: records by collection and verb."
    )
    unsearched: NonNegativeInt = Field(0, description="Places that could not be searched.")
    left_over: NonNegativeInt = Field(0, description="Records that looking again found not as they should be.")
    attempts: NonNegativeInt = 1


class TaskFailed(Event):
    """A task has become a dead letter; it waits for an operator."""

    type: ClassVar[str] = "habeas.task.failed.v1"
    topic: ClassVar[str] = "dsr.completions"
    key_fields: ClassVar[tuple[str, ...]] = ("dead_letter",)

    system: str
    dead_letter: UUID
    error_class: str
    attempts: NonNegativeInt


class ResponseAssembled(Event):
    """The answer lies sealed in the vault."""

    type: ClassVar[str] = "habeas.response.assembled.v1"
    topic: ClassVar[str] = "dsr.responses"

    right: Right
    package: UUID
    letter: UUID
    size_bytes: NonNegativeInt
    digest: str = Field(description="SHA-256 of the sealed package.")


class ResponseDelivered(Event):
    """The answer has left for the person."""

    type: ClassVar[str] = "habeas.response.delivered.v1"
    topic: ClassVar[str] = "dsr.responses"

    channel: str = Field(description="How it left, as 'folder'.")


class CaseChanged(Event):
    """The state of a case, kept as the latest record of its request id."""

    type: ClassVar[str] = "habeas.case.changed.v1"
    topic: ClassVar[str] = "dsr.status"
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "state", "systems")

    right: Right
    state: str
    due_on: date
    systems: dict[str, str] = Field(description="The state of each system's task.")


EVENTS: tuple[type[Event], ...] = (
    RequestReceived,
    RequestAccepted,
    ReplayRequested,
    SystemSilent,
    TaskCompleted,
    TaskFailed,
    ResponseAssembled,
    ResponseDelivered,
    CaseChanged,
)
BY_TYPE = {event.type: event for event in EVENTS}

"""What all events have in common."""

from datetime import date
from typing import ClassVar, Self
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, NonNegativeInt

NAMESPACE = UUID("7a0e6f7e-0d5c-5d0b-9d54-1f6e7c2b8a11")
"""Under which the deterministic event ids are made (RFC 9562, version 5)."""


def schema_uri(event_type: str) -> str:
    """The name of an event type's JSON Schema: its `$id`, and what the header `ce_dataschema` says."""
    return f"urn:habeas:schema:{event_type}"


class Part(BaseModel):
    """A part of an event. An unknown field is an error where it is made, and passed over where it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Event(Part):
    """An event. `key_fields` names what makes two deliveries the same event: their ids are then the same.

    `senders` are the roles that make it; replay may append any of them again. `key_fields_if_present` count too where
    they have a value: they came later, and the ids of events without them stayed.
    """

    type: ClassVar[str]
    topic: ClassVar[str]
    senders: ClassVar[tuple[str, ...]]
    key_fields: ClassVar[tuple[str, ...]] = ("request_id",)
    key_fields_if_present: ClassVar[tuple[str, ...]] = ()

    request_id: UUID = Field(description="The request that it is about.")
    at: AwareDatetime = Field(description="When it happened.")

    @property
    def id(self) -> str:
        """The CloudEvents id, the same whenever the same event is made again."""
        parts = [self.type, *(str(getattr(self, name)) for name in self.key_fields)]
        further = ((name, getattr(self, name)) for name in self.key_fields_if_present)
        parts += [f"{name}={value}" for name, value in further if value is not None]
        return str(uuid5(NAMESPACE, "|".join(parts)))

    @classmethod
    def read(cls, value: bytes) -> Self:
        """Parse what somebody produced. Raises pydantic.ValidationError."""
        return cls.model_validate_json(value, extra="ignore")

    def write(self) -> bytes:
        """The event's data as JSON."""
        return self.model_dump_json(exclude_none=True).encode()


class SummaryLine(Part):
    """How many records of one collection met one fate."""

    collection: str = Field(description="A table or a kind of file, in the system's own terms.")
    outcome: str = Field(description="What is to happen to them.")
    reason: str = Field(description="The legal reason, as 'art-17-1'.")
    rule: str | None = Field(None, description="The retention rule, where one keeps them.")
    until: date | None = Field(None, description="The last day of the hold; absent while it has not begun.")
    controller: str | None = Field(
        None, description="The client to whom they are referred; never named on the log, where it could be a person."
    )
    records: NonNegativeInt = Field(description="How many.")

"""Events of complaints to the controller (Data Protection Act 2018, section 164A; elsewhere by the same steps).

The complaint's own id stands where that of a request does. What is said to and fro lies sealed; an event names the
artefact, as `words`.
"""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from schemas.event import Event

Outcome = Literal["upheld", "partly", "not-upheld"]


class ComplaintReceived(Event):
    """Somebody complains of how their personal data is used, or of how a request was dealt with."""

    type: ClassVar[str] = "habeas.complaint.received.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)

    subject: str = Field(description="The data subject's random token.")
    language: Literal["en", "sv", "tr"] = Field(description="Of the letters.")
    received_on: date = Field(description="The day on which it came in.")
    due_on: date = Field(description="The last day for acknowledging it.")
    channel: str = Field(description="How it came in, as 'operator'.")
    jurisdiction: str = Field(description="Whose law of time applies, as 'GB-EAW' (ISO 3166).")
    identity: UUID = Field(description="The sealed artefact that says who complains.")
    words: UUID = Field(description="The sealed artefact with the complaint.")
    about: UUID | None = Field(None, description="The request that it is about, if it is about one.")


class ComplaintAcknowledged(Event):
    """The complainant knows that it has come in."""

    type: ClassVar[str] = "habeas.complaint.acknowledged.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)

    acknowledged_on: date = Field(description="The day on which the complainant was told.")
    by_letter: bool | None = Field(
        None, description="True if a letter is written of it; absent if the complainant knows otherwise."
    )


class ComplaintProgressed(Event):
    """The complainant has been told how the complaint stands."""

    type: ClassVar[str] = "habeas.complaint.progressed.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)
    key_fields: ClassVar[tuple[str, ...]] = ("request_id", "words")

    informed_on: date = Field(description="The day on which the complainant was told.")
    words: UUID = Field(description="The sealed artefact with what the complainant is told.")
    by_letter: bool | None = Field(
        None, description="True if a letter is written of it; absent if the complainant knows otherwise."
    )


class ComplaintClosed(Event):
    """The complainant has been told what came of it; this closes the complaint."""

    type: ClassVar[str] = "habeas.complaint.closed.v1"
    topic: ClassVar[str] = "dsr.requests"
    senders: ClassVar[tuple[str, ...]] = ("intake",)

    closed_on: date = Field(description="The day on which the complainant was told.")
    outcome: Outcome = Field(description="What came of it.")
    words: UUID = Field(description="The sealed artefact with the reasons and what is done.")
    by_letter: bool | None = Field(
        None, description="True if a letter is written of it; absent if the complainant knows otherwise."
    )

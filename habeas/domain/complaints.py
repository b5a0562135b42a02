"""A complaint to the controller is what its events say (Data Protection Act 2018, section 164A).

It is acknowledged in time, looked into, and answered with its outcome; the complainant is kept informed meanwhile. No
law sets a day for the outcome but "without undue delay".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from habeas.domain.case_time import DueTold
from habeas.domain.cases import CaseState
from habeas.domain.jurisdictions import Jurisdiction
from habeas.domain.letters import Letters, NoticeKind, Silence
from habeas.domain.requests import Plea
from habeas.domain.told import Told
from habeas.errors import UserError
from schemas.complaints import ComplaintAcknowledged, ComplaintClosed, ComplaintProgressed, ComplaintReceived
from schemas.correspondence import DueSoon, Overdue
from schemas.events import Event, ReplayRequested, TaskFailed
from schemas.letters import LetterAssembled, LetterDelivered, LetterDue

ACKNOWLEDGED_IN = timedelta(days=30)
"""Where no law says in how many days."""


class Outcome(StrEnum):
    """What came of a complaint."""

    UPHELD = "upheld"
    PARTLY = "partly"
    NOT_UPHELD = "not-upheld"


@dataclass(frozen=True, slots=True)
class Complaint:
    """`due_on` is the last day for acknowledging it; `about` the request that it is about, if it is about one.

    `state` is received until it is acknowledged, in progress until there is an outcome, answered, and delivered once
    the last letter has left; it needs attention while a letter could not be written or delivered.
    """

    request_id: str
    subject: str
    about: str | None
    language: str
    channel: str
    jurisdiction: str
    received_on: date
    due_on: date
    opened_at: datetime
    state: CaseState
    due_told: DueTold | None
    acknowledged_on: date | None
    outcome: Outcome | None
    closed_on: date | None
    letters: Letters

    @property
    def right(self) -> Plea:
        """What stands where a request has its right."""
        return Plea.COMPLAINT

    @property
    def acknowledged_late(self) -> bool:
        """True if the complainant was first told something after the last day for it."""
        told = [each for each in (self.acknowledged_on, self.closed_on) if each is not None]
        return bool(told) and min(told) > self.due_on


def acknowledge_by(where: Jurisdiction, received_on: date) -> date:
    """The last day: of so many, counted from the day after it came in; the next working day if it is none (ICO)."""
    law = where.law.own_complaint
    days = timedelta(days=law.acknowledged_in_days) if law else ACKNOWLEDGED_IN
    return where.working(received_on + days)


def is_law(where: Jurisdiction, received_on: date) -> bool:
    """True if a law sets the day for acknowledging a complaint of that day."""
    law = where.law.own_complaint
    return law is not None and law.since <= received_on


def derive_complaint(events: Iterable[Event]) -> Complaint | None:
    """The complaint that these events tell of, in whatever order; None if they are not of one that was opened."""
    told = Told({event.id: event for event in events}.values())
    received = told.only(ComplaintReceived)
    if received is None:
        return None
    acknowledged, closed = told.only(ComplaintAcknowledged), told.only(ComplaintClosed)
    return Complaint(
        request_id=str(received.request_id),
        subject=received.subject,
        about=str(received.about) if received.about else None,
        language=received.language,
        channel=received.channel,
        jurisdiction=received.jurisdiction,
        received_on=received.received_on,
        due_on=received.due_on,
        opened_at=received.at,
        state=_state(told, acknowledged, closed),
        due_told=_due_told(told, received.due_on, acknowledged or closed),
        acknowledged_on=acknowledged.acknowledged_on if acknowledged else None,
        outcome=Outcome(closed.outcome) if closed else None,
        closed_on=closed.closed_on if closed else None,
        letters=Letters(
            written=tuple(told.all(LetterAssembled)),
            delivered=frozenset(each.letter for each in told.all(LetterDelivered)),
            silence=_silence(told, acknowledged) if closed is None else None,
        ),
    )


def may_acknowledge(complaint: Complaint) -> None:
    """Once, and while it is open. Raises UserError, as the others do."""
    must_be_open(complaint)
    if complaint.acknowledged_on is not None:
        raise UserError(f"it was acknowledged already on {complaint.acknowledged_on:%d %B %Y}")


def may_inform(complaint: Complaint) -> None:
    """Of how it stands, only somebody who knows that it has come in."""
    must_be_open(complaint)
    if complaint.acknowledged_on is None:
        raise UserError("acknowledge it first: 'habeas complaint acknowledge'")


def must_be_open(complaint: Complaint) -> None:
    """An outcome that has been told is not told again."""
    if complaint.closed_on is not None:
        raise UserError(f"complaint {complaint.request_id} was closed on {complaint.closed_on:%d %B %Y}")


def _state(told: Told, acknowledged: ComplaintAcknowledged | None, closed: ComplaintClosed | None) -> CaseState:
    replayed = {each.dead_letter for each in told.all(ReplayRequested)}
    if any(each.dead_letter not in replayed for each in told.all(TaskFailed)):
        return CaseState.NEEDS_ATTENTION
    if closed is None:
        return CaseState.IN_PROGRESS if acknowledged else CaseState.RECEIVED
    left = any(each.kind == NoticeKind.OUTCOME.value for each in told.all(LetterDelivered))
    return CaseState.DELIVERED if left else CaseState.ANSWERED


def _due_told(told: Told, due_on: date, first_word: Event | None) -> DueTold | None:
    if first_word is not None:
        return DueTold.CLOSED
    if any(each.due_on == due_on for each in told.all(Overdue)):
        return DueTold.OVERDUE
    return DueTold.SOON if told.only(DueSoon) else None


def _silence(told: Told, acknowledged: ComplaintAcknowledged | None) -> Silence | None:
    """Since when somebody who knows that we look into it has heard nothing of it."""
    if acknowledged is None:
        return None
    later = [each.at for kind in (ComplaintProgressed, LetterDue) for each in told.all(kind)]
    return Silence(max([acknowledged.at, *later]), NoticeKind.STANDING)

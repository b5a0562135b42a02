"""The time of a case, from the set of its events: when the answer is due, what the person has still to answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from habeas.domain.deadlines import Asked, Course, Deadline, deadline
from habeas.domain.jurisdictions import DEFAULT, jurisdictions
from habeas.domain.requests import Right
from habeas.domain.told import Told
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
from schemas.events import RequestReceived, ResponseDelivered

_BEARING = (IdentityAsked, FeeAsked, ClarificationAsked, ExtensionAnnounced)
_CLOSING = (ResponseDelivered, RequestRefused, RequestWithdrawn)


class Wait(StrEnum):
    """What a person can be asked for."""

    IDENTITY = "identity"
    CLARIFICATION = "clarification"
    FEE = "fee"


class DueTold(StrEnum):
    """What has been told of a due date."""

    SOON = "due soon"
    OVERDUE = "overdue"
    CLOSED = "closed"  # the person has been answered, or there is nothing to answer any more


@dataclass(frozen=True, slots=True)
class CaseTime:
    """`open` is what the person has not answered, each with its asking; `told` is of the present due date."""

    jurisdiction: str
    course: Course
    deadline: Deadline
    open: Mapping[Wait, UUID]
    told: DueTold | None


def case_time(received: RequestReceived, told: Told) -> CaseTime:
    """As the events tell it. A jurisdiction that this version does not know gives no more time than was stated."""
    code = received.jurisdiction or DEFAULT
    stated = Deadline(received.received_on, received.due_on)
    if not told.any_of(_BEARING):
        course = Course(received.received_on, Right(received.right))
        return CaseTime(code, course, stated, {}, _told(told, stated.due_on))
    identity = {each.ask: each.received_on for each in told.all(IdentityReceived) if each.ask is not None}
    fee = {each.ask: each.paid_on for each in told.all(FeePaid)}
    clarification = {each.ask: each.answered_on for each in told.all(ClarificationAnswered)}
    extension = told.only(ExtensionAnnounced)
    course = Course(
        received.received_on,
        Right(received.right),
        identity=_asked(told.all(IdentityAsked), identity),
        fee=_asked(told.all(FeeAsked), fee),
        clarification=_asked(told.all(ClarificationAsked), clarification),
        extension_announced_on=extension.announced_on if extension else None,
    )
    where = jurisdictions().get(code)
    standing = deadline(where, course) if where else stated
    return CaseTime(
        jurisdiction=code,
        course=course,
        deadline=standing,
        open=_open(
            (Wait.IDENTITY, told.all(IdentityAsked), identity),
            (Wait.CLARIFICATION, told.all(ClarificationAsked), clarification),
            (Wait.FEE, told.all(FeeAsked), fee),
        ),
        told=_told(told, standing.due_on),
    )


_Asking = IdentityAsked | ClarificationAsked | FeeAsked


def _asked(asked: Iterable[_Asking], answers: Mapping[UUID, date]) -> tuple[Asked, ...]:
    return tuple(Asked(each.asked_on, answers.get(each.ask)) for each in asked)


def _open(*kinds: tuple[Wait, Sequence[_Asking], Mapping[UUID, date]]) -> dict[Wait, UUID]:
    return {wait: each.ask for wait, asked, answers in kinds for each in asked if each.ask not in answers}


def _told(told: Told, due_on: date) -> DueTold | None:
    if told.any_of(_CLOSING):
        return DueTold.CLOSED
    if any(each.due_on == due_on for each in told.all(Overdue)):
        return DueTold.OVERDUE
    return DueTold.SOON if any(each.due_on == due_on for each in told.all(DueSoon)) else None

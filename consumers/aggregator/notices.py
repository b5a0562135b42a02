"""What a letter tells besides the answer, by the case as it stands and the event that gave cause for it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from habeas.domain.cases import Case
from habeas.domain.complainant import Complainant
from habeas.domain.complaints import Complaint, Outcome
from habeas.domain.identity import Identity
from habeas.domain.letters import NoticeKind
from habeas.domain.register import Register
from habeas.domain.requests import FeeGround, RefusalGround
from habeas.domain.words import Words
from habeas.letters.notice import Concern, Notice
from habeas.ports import Clock
from schemas.complaints import ComplaintClosed
from schemas.correspondence import FeeAsked, RequestRefused
from schemas.events import Event
from schemas.lifting import LiftingAnnounced


def notice_to_person(
    kind: NoticeKind, case: Case, who: Identity, *, register: Register, clock: Clock, **point: Any
) -> Notice:
    """A letter to the person; `point` is what only its kind tells, as `Notice` names it."""
    return Notice(
        kind=kind,
        request_id=case.request_id,
        right=case.right,
        language=case.language,
        received_on=case.received_on,
        written_on=clock.today(),
        due_on=case.due_on,
        register=register,
        addressee=(who.name,) if who.name else (),
        jurisdiction=case.time.jurisdiction,
        residence=residence(case, register),
        **point,
    )


def notice_to_complainant(
    kind: NoticeKind,
    complaint: Complaint,
    about: Case | None,
    who: Complainant,
    *,
    register: Register,
    clock: Clock,
    **point: Any,
) -> Notice:
    """The same for somebody who complains, of the request that it is about if it is about one."""
    return Notice(
        kind=kind,
        request_id=complaint.request_id,
        right=complaint.right,
        language=complaint.language,
        received_on=complaint.received_on,
        written_on=clock.today(),
        due_on=complaint.due_on,
        register=register,
        addressee=(who.name,) if who.name else (),
        jurisdiction=complaint.jurisdiction,
        residence=_residence(complaint.jurisdiction, register),
        about=Concern(about.right, about.request_id) if about else None,
        **point,
    )


def residence(case: Case, register: Register) -> str | None:
    """The country whose law was stated for the request; not known where that is the controller's own."""
    return _residence(case.time.jurisdiction, register)


def _residence(stated: str, register: Register) -> str | None:
    return None if stated == register.jurisdiction else stated[:2]


def point_of_complaint(cause: Event, words: Words | None) -> Mapping[str, Any]:
    """What only this letter on a complaint tells."""
    said: dict[str, Any] = {"words": words.text} if words else {}
    return said | ({"outcome": Outcome(cause.outcome)} if isinstance(cause, ComplaintClosed) else {})


def point_of(kind: NoticeKind, cause: Event, case: Case, words: Words | None, *, today: date) -> Mapping[str, Any]:
    """What only a letter of this kind tells, written today; of a withdrawal nothing that the case could tell."""
    said: dict[str, Any] = {"words": words.text} if words else {}
    match kind, cause:
        case NoticeKind.EXTENSION, _:
            # the law gives the first period's end as the last day on which it can be announced
            return said | {"was_due_on": case.time.deadline.notice_by}
        case NoticeKind.FEE, FeeAsked():
            return said | {"ground": FeeGround(cause.ground), "amount": words.amount if words else None}
        case NoticeKind.REFUSAL, RequestRefused():
            return said | {"ground": RefusalGround(cause.ground)}
        case _, LiftingAnnounced():
            on = max(cause.announced_on, today) + timedelta(days=cause.days)
            return said | {"effective_on": on}
        case NoticeKind.WITHDRAWN, _:
            return {}  # what the person said is not repeated to them
        case NoticeKind.PROGRESS, _:
            settled = sum(state.settled for state in case.systems.values())
            return {"settled": (settled, len(case.systems))}
    return said

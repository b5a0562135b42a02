"""How a case stands in time, in the words of a terminal."""

from datetime import date
from typing import Any

from habeas.domain.cases import Case
from habeas.domain.deadlines import deadline
from habeas.domain.jurisdictions import jurisdictions
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
from schemas.events import Event


def standing(case: Case) -> str:
    """When the answer is due, and why then."""
    time = case.time
    waits = f"Waits for {' and '.join(sorted(time.open))}. " if time.open else ""
    if time.deadline.stopped_since is not None:
        left = days((case.due_on - time.deadline.stopped_since).days)
        return (
            f"{waits}The clock stands still since {_day(time.deadline.stopped_since)}: {left} are left, the answer is "
            f"not due before {_day(case.due_on)}."
        )
    extended = ", extended" if time.deadline.extended else ""
    return f"{waits}Answer due by {_day(case.due_on)}{extended}."


def as_data(case: Case) -> dict[str, Any]:
    """The same for `--json`; `notice_by` is the last day on which an extension can be announced, if the law has one."""
    time = case.time
    where = jurisdictions().get(time.jurisdiction)
    reckoned = deadline(where, time.course) if where else time.deadline
    return {
        "jurisdiction": time.jurisdiction,
        "received_on": case.received_on,
        "starts_on": time.deadline.starts_on,
        "due_on": case.due_on,
        "extended": time.deadline.extended,
        "notice_by": reckoned.notice_by,
        "stopped_since": time.deadline.stopped_since,
        "waits_for": sorted(time.open),
    }


def says(event: Event) -> str | None:
    """An event of time or of the correspondence in words; None for any other."""
    match event:
        case IdentityAsked():
            return f"asked to prove who they are on {_day(event.asked_on)}{_how(event)}"
        case IdentityReceived():
            return f"identity proven on {_day(event.received_on)} ({event.identity_check})"
        case ClarificationAsked():
            return f"asked what is meant on {_day(event.asked_on)}{_how(event)}"
        case ClarificationAnswered():
            return f"the person said on {_day(event.answered_on)} what is meant"
        case FeeAsked():
            return f"a fee was announced on {_day(event.asked_on)} ({event.ground}){_how(event)}"
        case FeePaid():
            return f"the fee was paid on {_day(event.paid_on)}"
    return _says_of_time(event)


def _says_of_time(event: Event) -> str | None:
    match event:
        case ExtensionAnnounced():
            return f"extended on {_day(event.announced_on)}{_how(event)}"
        case RequestRefused():
            return f"refused on {_day(event.refused_on)} ({event.ground}){_how(event)}"
        case RequestWithdrawn():
            return f"withdrawn on {_day(event.withdrawn_on)}"
        case DueSoon():
            return f"due soon, by {_day(event.due_on)}"
        case Overdue():
            return f"overdue since {_day(event.due_on)}"
    return None


def _how(event: IdentityAsked | ClarificationAsked | FeeAsked | ExtensionAnnounced | RequestRefused) -> str:
    return "" if event.by_letter else ", not by letter"


def _day(day: date) -> str:
    return f"{day:%d %B %Y}"


def days(number: int) -> str:
    """As "1 day"."""
    return f"{number} day" if number == 1 else f"{number} days"

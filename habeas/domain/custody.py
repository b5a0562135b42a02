"""What Habeas itself holds of a person for a request: in which stage it is, and what it is still needed for.

Pure. Storage limitation (Article 5(1)(e)) holds for the controller's own copies too. First goes the answer with all
that was found; who asked, and of an erasure or restriction which records, stays alone for longer; then that goes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid5

from habeas.domain.cases import Case, SystemState
from habeas.domain.complaints import Complaint
from habeas.domain.requests import Right
from habeas.domain.revisits import ERASING_RIGHTS, Revisit
from habeas.domain.told import Told
from schemas.complaints import ComplaintClosed
from schemas.correspondence import RequestRefused, RequestWithdrawn
from schemas.events import Event, ResponseDelivered, UndoCompleted
from schemas.letters import LetterDelivered
from schemas.lifting import LiftingCancelled, LiftingCompleted
from schemas.reviews import ReviewCompleted, ReviewDecided
from schemas.revisits import ReconciliationRequested, RescanDue, RetentionExpired, RevisitCompleted

_ENDING = (
    ResponseDelivered,
    RequestRefused,
    RequestWithdrawn,
    UndoCompleted,
    ReviewDecided,
    ReviewCompleted,
    LiftingCompleted,
    LiftingCancelled,
    ComplaintClosed,
)
_LATE_LETTERS = ("lifting", "overridden")
"""Letters that go out after the answer."""
KEEPING_RIGHTS = ERASING_RIGHTS | {Right.RESTRICTION}
"""Their plans hold no values, and tell which records a later look is about."""
_ASKING = (RetentionExpired, RescanDue, ReconciliationRequested)


class Stage(StrEnum):
    """How much of what was sealed is left; the second and fourth are steps on the way, gone on from after a crash."""

    WHOLE = "whole"
    RESEALED = "resealed"  # what stays has a key of its own by now; the request's is to be destroyed
    KEPT = "kept"  # who asked, and which records were erased or restricted
    LEAVING = "leaving"  # every key is to be destroyed
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Uses:
    """What else is known of a request: `tasks` are the systems that have one to do, `undo_until` the last grace time.

    `revisits` are those that are expected. `holds_back` is set while a restriction keeps what another request of the
    person would erase one day.
    """

    tasks: tuple[str, ...] = ()
    undo_until: datetime | None = None
    revisits: tuple[Revisit, ...] = ()
    holds_back: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """When something was last told or decided, and when an answer or a letter was last delivered, if one was."""

    at: datetime
    delivered_at: datetime | None


def kept_key(request_id: str) -> str:
    """The id of the key under which lies what stays for longer."""
    return str(uuid5(UUID(request_id), "kept"))


def is_ending(event: Event) -> bool:
    """True if the times begin after it, should it be the last."""
    return isinstance(event, _ENDING) or _is_late_letter(event)


def may_end(event: Event) -> bool:
    """True for what can be the last word: an ending, or a letter that left after one."""
    return is_ending(event) or isinstance(event, LetterDelivered)


def ended(events: Sequence[Event]) -> Ended | None:
    """From when the times of a request run; None while nothing was told."""
    if not any(is_ending(event) for event in events):
        return None
    into_folder = (event.at for event in events if isinstance(event, ResponseDelivered | LetterDelivered))
    return Ended(max(event.at for event in events if may_end(event)), max(into_folder, default=None))


def whole_needed_for(case: Case | Complaint, events: Sequence[Event], uses: Uses) -> tuple[str, ...]:
    """In words, why the answer and what was found can't go yet; empty if nothing needs them."""
    reasons = _work(case, events, uses)
    if isinstance(case, Complaint):
        return tuple(reasons)
    if case.reviews.open_count:
        records = "1 record waits" if case.reviews.open_count == 1 else f"{case.reviews.open_count:,} records wait"
        reasons.append(f"{records} for a decision ('habeas review')")
    if case.reviews.untold:
        reasons.append("what was decided is to be told to the person")
    if case.remainder.ready:
        reasons.append(f"what {', '.join(sorted(case.remainder.ready))} did is to be told to the person")
    if uses.undo_until is not None:
        reasons.append(f"it can be undone until {_day(uses.undo_until.date())}")
    return tuple(reasons)


def rest_needed_for(case: Case | Complaint, events: Sequence[Event], uses: Uses) -> tuple[str, ...]:
    """In words, why it must be known still who asked; empty if nothing needs it."""
    reasons = _work(case, events, uses)
    for each in uses.revisits:
        if each.cause == "retention":
            reasons.append(f"a hold in {each.system} is looked at on {_day(each.on)}")
        elif each.cause == "rescan":
            reasons.append(f"{each.system} is to be searched once more after the erasure")
    if uses.holds_back:
        reasons.append("it restricts what another request of the person would erase")
    return tuple(reasons)


def _work(case: Case | Complaint, events: Sequence[Event], uses: Uses) -> list[str]:
    reasons = [] if case.state.closed else [f"it is not closed ({case.state})"]
    busy: set[str] = set()
    if isinstance(case, Case):
        if case.liftings.open:
            reasons.append("its restriction is being lifted")
        busy |= {system for system, state in case.systems.items() if state is SystemState.UNDOING}
    busy |= set(uses.tasks) | _looking(events)
    if busy:
        reasons.append(f"there is work to do in: {', '.join(sorted(busy))}")
    return reasons


def _is_late_letter(event: Event) -> bool:
    return isinstance(event, LetterDelivered) and event.kind in _LATE_LETTERS


def _looking(events: Iterable[Event]) -> set[str]:
    """The systems that were asked to look again and have not said what they found."""
    told = Told(events)
    finished = {str(each.revisit) for each in told.all(RevisitCompleted)}
    asked: list[RetentionExpired | RescanDue | ReconciliationRequested] = []
    for kind in _ASKING:
        asked += told.all(kind)
    return {each.system for each in asked if each.id not in finished}


def _day(day: date) -> str:
    return f"{day:%d %B %Y}"

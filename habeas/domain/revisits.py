"""What happens after a request is fulfilled: when a system is to be looked at again, and what is decided then.

Pure. A hold that ends ends the ground for keeping (Articles 5(1)(e), 17(1)(a)); what was erased and is there again, out
of a backup or by an import, is erased again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from habeas.domain.cases import Case, SystemState, derive
from habeas.domain.decisions import decide
from habeas.domain.outcomes import Anonymise, Decision, Erase, Reason, Restrict, Retain, Review
from habeas.domain.records import Record
from habeas.domain.register import Register
from habeas.domain.requests import Right
from habeas.domain.told import Told
from habeas.domain.wishes import Wish
from schemas.event import SummaryLine
from schemas.events import Event, TaskCompleted
from schemas.reviews import ReviewCompleted
from schemas.revisits import Cause, ReconciliationRequested, RescanDue, RetentionExpired, RevisitAsked, RevisitCompleted

LOOK_AGAIN = timedelta(days=90)
"""A hold without an end (a customer still, an open matter) or a restriction is looked at again after so long."""

ERASING_RIGHTS = frozenset({Right.ERASURE, Right.OBJECTION, Right.WITHDRAWAL})
_ERASED = ("erased", "anonymised")
_Completion = TaskCompleted | ReviewCompleted | RevisitCompleted


@dataclass(frozen=True, slots=True)
class Revisit:
    """A system is to be looked at again, or a restriction lifted in it.

    For a rescan `on` is the day of the erasure: the delay is the operator's.
    """

    system: str
    cause: Cause | Literal["lifting"]
    on: date


def next_revisits(events: Iterable[Event]) -> tuple[Revisit, ...]:
    """What is to be looked at again by itself, as the events of one case tell; in whatever order they came.

    None while a system is being looked at again, and none where an erasure has been, or is being, undone.
    """
    known = list(events)
    case = derive(known)
    if case is None:
        return ()
    coming = _liftings(case)
    if case.right not in ERASING_RIGHTS:
        return coming
    told = Told({event.id: event for event in known}.values())
    return coming + tuple(each for system in case.systems for each in _of_system(system, case, told))


def has_erased(done: _Completion) -> bool:
    """True if something of the person's was removed from the system."""
    return any(verbs.get(verb) for verbs in done.effects.values() for verb in _ERASED)


def decide_again(
    record: Record,
    wish: Wish,
    register: Register,
    today: date,
    *,
    system: str,
    erased_before: frozenset[str] | None,
    restricted: bool,
) -> tuple[Decision, ...]:
    """Decide about a record that a system holds after the request was fulfilled in it.

    `erased_before` are the fields whose content was removed then, None if the record was not there: then it came after
    the request, perhaps because the person came back, and is left to a person. `restricted` is True while another
    request restricts the record: it is stored, and no end of a period erases it (Article 18(2)).
    """
    decisions = decide(record, wish, register, today, system=system)
    if erased_before is None:
        touched = any(isinstance(each.outcome, Erase | Anonymise | Retain | Restrict) for each in decisions)
        return (Decision(Review(Reason.NEW_SINCE)),) if touched else decisions
    there = {each.name for each in record.fields if each.value is not None}
    again = [_again(each, there & erased_before, restricted=restricted) for each in decisions]
    if record.matched_by and any(isinstance(each.outcome, Retain | Restrict) for each in again):
        return tuple(each for each in again if not _was_done(each, there))
    return tuple(again)


def _again(decision: Decision, back: frozenset[str] | set[str], *, restricted: bool) -> Decision:
    if not isinstance(decision.outcome, Erase | Anonymise):
        return decision
    if restricted:
        return replace(decision, outcome=Restrict())
    if back & set(decision.fields) if decision.fields else back:
        return replace(decision, outcome=replace(decision.outcome, reason=Reason.REAPPEARED))
    return decision


def _was_done(decision: Decision, there: set[str]) -> bool:
    """True for what was erased of a record that stays: nothing of it is there to be erased again."""
    return isinstance(decision.outcome, Erase | Anonymise) and not there & set(decision.fields)


def _liftings(case: Case) -> tuple[Revisit, ...]:
    under_way = case.liftings.open
    on = under_way.lifts_on if under_way is not None else None
    if under_way is None or on is None:
        return ()
    return tuple(Revisit(system, "lifting", on) for system in under_way.waiting)


def _of_system(system: str, case: Case, told: Told) -> Iterator[Revisit]:
    done = case.completions.get(system)
    if done is None or case.systems[system] is not SystemState.COMPLETED:
        return
    revisits = [each for each in told.all(RevisitCompleted) if each.system == system]
    finished = {str(each.revisit) for each in revisits}
    rescans = [each for each in told.all(RescanDue) if each.system == system]
    others: list[RevisitAsked] = [*told.all(RetentionExpired), *told.all(ReconciliationRequested)]
    asked: list[RevisitAsked] = [*rescans, *(each for each in others if each.system == system)]
    if any(event.id not in finished for event in asked):
        return
    last = revisits[-1] if revisits else done
    since = [each for each in case.reviews.completions_of(system) if each.at >= last.at]
    on = min((day for each in (last, *since) if (day := _look(each)) is not None), default=None)
    if on is not None:
        yield Revisit(system, "retention", on)
    all_done: tuple[_Completion, ...] = (done, *case.reviews.completions_of(system), *revisits)
    erasing = sorted(each.at.date() for each in all_done if has_erased(each))
    if erasing and not any(each.on > erasing[-1] for each in rescans):
        yield Revisit(system, "rescan", erasing[-1])


def _look(last: _Completion) -> date | None:
    """The first day on which something that was left may be due, None if nothing was left for a time."""
    day = last.at.date()
    days = [max(_due(line, day), day + timedelta(days=1)) for line in last.summary if _is_left(line, last)]
    return min(days, default=None)


def _due(line: SummaryLine, day: date) -> date:
    return day + LOOK_AGAIN if line.until is None else line.until + timedelta(days=1)


def _is_left(line: SummaryLine, last: _Completion) -> bool:
    if line.outcome == "retain":
        return line.until is None or line.until < date.max
    return isinstance(last, RevisitCompleted) and (line.outcome, line.reason) == ("restrict", Reason.RESTRICTION)

"""What a case's page says of its restriction: in force, to be lifted, or lifted; and of weighing an objection."""

from collections.abc import Iterator
from typing import Any

from habeas.domain.cases import Case
from habeas.domain.lifting import Lifting, to_weigh
from habeas.domain.requests import Right
from schemas.events import Event
from schemas.lifting import (
    LiftingAnnounced,
    LiftingCancelled,
    LiftingCompleted,
    LiftingDue,
    ObjectionWeighed,
)

_WEIGHED = {"upheld": "upheld, the use ends for good", "overridden": "overridden, on compelling grounds"}


def standing(case: Case) -> Iterator[str]:
    """Whole sentences; none for a request that restricts nothing."""
    if case.right not in {Right.RESTRICTION, Right.OBJECTION}:
        return
    of = case.liftings
    if of.weighed is not None:
        yield f"The objection was {_WEIGHED[of.weighed.outcome]}."
    elif case.right is Right.OBJECTION and to_weigh(case.completions):
        yield f"[bold yellow]To be weighed[/]: 'habeas weigh {case.request_id[:8]}' takes the outcome."
    if of.open is not None:
        yield _under_way(of.open, case.request_id[:8])
    elif of.in_force and (of.weighed is None or of.weighed.outcome != "upheld"):
        yield f"In force, for {_records(sum(of.in_force.values()))} in {', '.join(of.in_force)}."


def as_data(case: Case) -> dict[str, Any]:
    """The same for `--json`."""
    of = case.liftings
    return {
        "weighed": of.weighed.outcome if of.weighed else None,
        "restricted": of.in_force,
        "liftings": [
            {
                "systems": each.announced.systems,
                "told_on": each.told_on,
                "lifts_on": each.lifts_on,
                "cancelled": each.cancelled,
                "lifted": {system: done.effects for system, done in each.completions.items()},
                "kept": {system: done.kept for system, done in each.completions.items()},
                "left_over": {system: done.left_over for system, done in each.completions.items()},
            }
            for each in of.every
        ],
    }


def says(event: Event) -> str | None:
    """An event in words, None if it is of another kind."""
    match event:
        case ObjectionWeighed():
            return f"objection weighed: {_WEIGHED[event.outcome]}"
        case LiftingAnnounced():
            return f"to be lifted in {', '.join(event.systems)}, {event.days} days after the letter has left"
        case LiftingCancelled():
            return "stays restricted after all"
        case LiftingDue():
            return f"{event.system}: restriction to be lifted, the person has been told"
        case LiftingCompleted():
            return f"{event.system}: restriction lifted: {_done(event)}"
    return None


def _done(event: LiftingCompleted) -> str:
    lifted = sum(verbs.get("lifted", 0) for verbs in event.effects.values())
    told = [f"{_records(lifted)} in use again"]
    told += [f"{event.kept:,} stay restricted for another request or a hold"] * bool(event.kept)
    told += [f"{event.left_over:,} not as they should be"] * bool(event.left_over)
    return ", ".join(told)


def _under_way(lifting: Lifting, short: str) -> str:
    where = ", ".join(lifting.announced.systems)
    if lifting.lifts_on is None:
        return f"To be lifted in {where}, {lifting.announced.days} days after the letter about it has left."
    if lifting.due:
        return f"Being lifted in {where}."
    return f"Lifted on [bold]{lifting.lifts_on:%d %B %Y}[/] in {where}; 'habeas lift {short} --cancel' stops it."


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count:,} records"

"""The proof of what was done: per system, what was found and what became of it, from the events of one case alone."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from habeas.domain.cases import Case, SystemState
from schemas.events import Event, TaskCompleted
from schemas.revisits import RevisitCompleted


@dataclass(frozen=True, slots=True)
class Kept:
    """Records that stay because a rule or a matter demands it; `until` is None while that has no end."""

    rule: str | None
    reason: str
    until: date | None
    records: int


@dataclass(frozen=True, slots=True)
class SystemReport:
    """One system, in records. What was done counts all visits; what is kept is as the last one left it.

    `decided` is how many records met which fate at the first visit; a record whose fields differ counts in several.
    """

    system: str
    state: str
    unreachable: bool
    nothing_found: bool
    decided: dict[str, int]
    done: dict[str, int]
    kept: tuple[Kept, ...]
    reappeared: int
    unsearched: int
    left_over: int
    unverified: int
    looked_on: tuple[date, ...]


def report(case: Case, events: Iterable[Event]) -> tuple[SystemReport, ...]:
    """Each system of a case. `events` are all of the case's."""
    revisits = sorted((each for each in events if isinstance(each, RevisitCompleted)), key=lambda each: each.at)
    return tuple(
        _of_system(system, state, case.completions.get(system), [each for each in revisits if each.system == system])
        for system, state in case.systems.items()
    )


def _of_system(
    system: str, state: SystemState, first: TaskCompleted | None, revisits: list[RevisitCompleted]
) -> SystemReport:
    visits: list[TaskCompleted | RevisitCompleted] = [*([first] if first else []), *revisits]
    done: Counter[str] = Counter()
    for visit in visits:
        for verbs in visit.effects.values():
            done.update(verbs)
    decided: Counter[str] = Counter()
    for line in first.summary if first else ():
        decided[line.outcome] += line.records
    last = visits[-1] if visits else None
    return SystemReport(
        system=system,
        state=state,
        unreachable=first is None,
        nothing_found=first is not None and not first.summary and not first.unsearched,
        decided=dict(decided),
        done=dict(+done),
        kept=_kept(last),
        reappeared=sum(line.records for each in revisits for line in each.summary if line.reason == "reappeared"),
        unsearched=last.unsearched if last else 0,
        left_over=last.left_over if last else 0,
        unverified=sum(each.unverified for each in revisits),
        looked_on=tuple(each.at.date() for each in visits),
    )


def _kept(last: TaskCompleted | RevisitCompleted | None) -> tuple[Kept, ...]:
    counts: Counter[tuple[str | None, str, date | None]] = Counter()
    for line in last.summary if last else ():
        if line.outcome == "retain":
            counts[line.rule, line.reason, line.until] += line.records
    return tuple(Kept(rule, reason, until, records) for (rule, reason, until), records in counts.items())

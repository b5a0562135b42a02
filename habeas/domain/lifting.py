"""The end of a restriction: what a request has restricted, when it may be lifted, and how far that is.

The person is told before (Article 18(3)): nothing is lifted before the letter has left and so many days have passed
since. An objection is weighed first (Article 21(1)); what is overridden is lifted in the same way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from habeas.domain.letters import letter_id
from habeas.domain.outcomes import Reason
from habeas.domain.told import Told
from schemas.events import TaskCompleted
from schemas.letters import LetterDelivered
from schemas.lifting import LiftingAnnounced, LiftingCancelled, LiftingCompleted, LiftingDue, ObjectionWeighed
from schemas.reviews import ReviewCompleted


@dataclass(frozen=True, slots=True)
class Lifting:
    """One announcement, and what became of it. `told_on` is when its letter left, None while it has not."""

    announced: LiftingAnnounced
    told_on: date | None = None
    cancelled: bool = False
    due: frozenset[str] = frozenset()
    completions: Mapping[str, LiftingCompleted] = field(default_factory=dict)

    @property
    def lifts_on(self) -> date | None:
        """The first day on which it may be done; None while the person has not been told."""
        if self.told_on is None:
            return None
        days = timedelta(days=self.announced.days)
        return max(self.announced.announced_on, self.told_on) + days

    @property
    def is_open(self) -> bool:
        """True until every system has lifted, unless it was cancelled."""
        return not self.cancelled and any(system not in self.completions for system in self.announced.systems)

    @property
    def waiting(self) -> tuple[str, ...]:
        """The systems that have not been asked yet, and are to be."""
        return () if self.cancelled else tuple(each for each in self.announced.systems if each not in self.due)


@dataclass(frozen=True, slots=True)
class Liftings:
    """Of one request, in order of time; `restricted` is how many records it has restricted in each system."""

    restricted: Mapping[str, int] = field(default_factory=dict)
    every: tuple[Lifting, ...] = ()
    weighed: ObjectionWeighed | None = None

    @property
    def open(self) -> Lifting | None:
        """The one that is under way."""
        return next((each for each in self.every if each.is_open), None)

    @property
    def in_force(self) -> dict[str, int]:
        """How many records it still restricts in each system, as far as its events tell."""
        return {system: records for system, records in self.restricted.items() if not self.has_lifted(system)}

    @property
    def are_all_lifted(self) -> bool:
        """True if something was restricted, and nothing of it is any more."""
        return bool(self.restricted) and not self.in_force

    def has_lifted(self, system: str) -> bool:
        """True if what the request restricted there is in use again, or restricted by others alone."""
        return any(system in each.completions for each in self.every)


def liftings(told: Told) -> Liftings:
    """By the set of the events."""
    left = {each.letter: each.at.date() for each in reversed(told.all(LetterDelivered))}
    cancelled = {each.lifting for each in told.all(LiftingCancelled)}
    due, done = told.all(LiftingDue), told.all(LiftingCompleted)
    every = {each.lifting: each for each in told.all(LiftingAnnounced)}.values()
    return Liftings(
        restricted=_restricted([*told.all(TaskCompleted), *told.all(ReviewCompleted)]),
        every=tuple(
            Lifting(
                announced=each,
                told_on=left.get(letter_id(each)),
                cancelled=each.lifting in cancelled,
                due=frozenset(one.system for one in due if one.lifting == each.lifting),
                completions={one.system: one for one in done if one.lifting == each.lifting},
            )
            for each in every
        ),
        weighed=told.only(ObjectionWeighed),
    )


def _restricted(done: Sequence[TaskCompleted | ReviewCompleted]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for each in done:
        records = sum(line.records for line in each.summary if line.outcome == "restrict")
        if records:
            counts[each.system] = counts.get(each.system, 0) + records
    return counts


def to_weigh(done: Mapping[str, TaskCompleted]) -> tuple[str, ...]:
    """The systems in which records wait until an objection has been weighed."""
    return tuple(
        system for system, each in done.items() if any(line.reason == Reason.OBJECTION_PENDING for line in each.summary)
    )

"""What the rules leave open: what a person has yet to decide, what was decided, and what became of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from habeas.domain.outcomes import Reason, Refer
from habeas.domain.plans import PlannedRecord
from habeas.domain.told import Told
from schemas.event import SummaryLine
from schemas.events import ResponseAssembled, TaskCompleted
from schemas.lifting import ObjectionWeighed
from schemas.reviews import ReviewCompleted, ReviewDecided


class Verdict(StrEnum):
    """What can be decided about an open record."""

    SAME_PERSON = "same-person"  # a weak match is this person's after all: the right is carried out on it
    OTHER_PERSON = "other-person"  # it is somebody else's: left alone, and not asked about again
    DONE_BY_HAND = "done-by-hand"  # somebody has done what the system can't
    CARRY_OUT = "carry-out"  # the client for whom it is held wants the right carried out (Article 28(3)(e))
    DECLINE = "decline"  # the client wants it left as it is
    UPHELD = "upheld"  # an objection, weighed: what has no other use goes (Article 21(1))

    @property
    def is_carried_out(self) -> bool:
        """True if the system has something to do."""
        return self in {Verdict.SAME_PERSON, Verdict.CARRY_OUT, Verdict.UPHELD}

    @property
    def is_the_clients(self) -> bool:
        """True if it is an instruction about what is held for a client."""
        return self in {Verdict.CARRY_OUT, Verdict.DECLINE}

    def fits(self, reason: Reason) -> bool:
        """True if it can be the verdict on a record that is open for this reason."""
        if self is Verdict.UPHELD:
            return False  # an objection is weighed as a whole
        if reason is Reason.PROCESSOR:
            return self.is_the_clients
        return self is Verdict.DONE_BY_HAND or (reason is Reason.WEAK_MATCH and not self.is_the_clients)


@dataclass(frozen=True, slots=True)
class Group:
    """Records of one collection that are open for one reason."""

    system: str
    collection: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reviews:
    """The open records of a case by number, its decisions in order of time, and the further answers about them.

    `open` waits for a reviewer, `referred` may be instructed about by the client. `told` are the further answers.
    """

    open: Mapping[Group, int]
    referred: Mapping[Group, int]
    decisions: tuple[ReviewDecided, ...]
    completions: Mapping[str, ReviewCompleted]
    told: tuple[ResponseAssembled, ...]

    @property
    def open_count(self) -> int:
        """How many records a reviewer has still to decide about."""
        return sum(self.open.values())

    @property
    def untold(self) -> tuple[ReviewDecided, ...]:
        """Decisions of which the person does not know yet."""
        known = {id_ for each in self.told for id_ in each.decisions or ()}
        return tuple(each for each in self.decisions if each.decision not in known)

    @property
    def next_supplement(self) -> int:
        """The number of the further answer that comes next."""
        return len(self.told) + 1

    @property
    def are_ready_to_tell(self) -> bool:
        """True once nothing is open any more, all that was to be done is done, and the person does not know yet."""
        waiting = any(needs_system(each) and str(each.decision) not in self.completions for each in self.untold)
        return bool(self.untold) and not self.open_count and not waiting

    def completions_of(self, system: str) -> list[ReviewCompleted]:
        """What was carried out in a system."""
        return [each for each in self.completions.values() if each.system == system]


def needs_system(decided: ReviewDecided) -> bool:
    """True if a system has to carry it out."""
    return Verdict(decided.verdict).is_carried_out


def controller_of(planned: PlannedRecord) -> str | None:
    """The client for whom a record is held, None for one that is not referred."""
    outcomes = (each.outcome for each in planned.decisions)
    return next((each.controller for each in outcomes if isinstance(each, Refer)), None)


def reviews(told: Told, standing: Sequence[str]) -> Reviews:
    """What is open and decided, by the set of the events. `standing` are the systems whose part still stands."""
    decisions = {each.decision: each for each in told.all(ReviewDecided)}
    completions = {str(each.decision): each for each in told.all(ReviewCompleted)}
    left: Counter[Group] = Counter()
    parts: list[TaskCompleted | ReviewCompleted] = [*told.all(TaskCompleted), *completions.values()]
    pending = told.only(ObjectionWeighed) is None
    for done in parts:
        for line in done.summary if done.system in standing else ():
            if _may_be_decided(line) and (pending or line.reason != Reason.OBJECTION_PENDING):
                left[Group(done.system, line.collection, line.reason)] += _items(line)
    left.subtract(
        Group(system, collection, reason)
        for system, _, _, collection, reason in {
            (each.system, each.plan, item.line, item.collection, item.reason)
            for each in decisions.values()
            for item in each.items
        }
    )
    waiting = {group: records for group, records in left.items() if records > 0}
    return Reviews(
        open={group: records for group, records in waiting.items() if group.reason != Reason.PROCESSOR},
        referred={group: records for group, records in waiting.items() if group.reason == Reason.PROCESSOR},
        decisions=tuple(decisions.values()),
        completions=completions,
        told=tuple({each.id: each for each in told.all(ResponseAssembled) if each.supplement}.values()),
    )


def _may_be_decided(line: SummaryLine) -> bool:
    return line.outcome == "review" or (line.outcome == "refer" and line.reason == Reason.PROCESSOR)


def _items(line: SummaryLine) -> int:
    """A place with copies is decided about as a whole."""
    return 1 if line.reason == Reason.UNMAPPED_COPY else line.records

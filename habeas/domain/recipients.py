"""Telling recipients (Article 19): which changes nobody has been told of, and what became of each notice.

Pure. A request's changes are told together once it is answered, and what is changed later each time it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from habeas.domain.told import Told
from schemas.correspondence import RequestRefused, RequestWithdrawn
from schemas.events import ResponseAssembled, TaskCompleted, UndoCompleted
from schemas.lifting import LiftingCompleted
from schemas.recipients import NamedRecipient, RecipientFailed, RecipientNotified, RecipientsNamed, RecipientTold
from schemas.reviews import ReviewCompleted
from schemas.revisits import RevisitCompleted

Change = TaskCompleted | ReviewCompleted | RevisitCompleted | UndoCompleted | LiftingCompleted
_CHANGES: tuple[type[Change], ...] = (
    TaskCompleted,
    ReviewCompleted,
    RevisitCompleted,
    UndoCompleted,
    LiftingCompleted,
)
_NO_CHANGES = frozenset({"suppressed"})
"""Verbs that leave the data as it was."""


class NoticeState(StrEnum):
    """Where the telling of one recipient stands."""

    WAITING = "waiting"  # to be sent, or to be sent again
    FAILED = "failed"  # a dead letter waits for an operator
    TOLD = "told"
    BY_HAND = "to be told by a person"


@dataclass(frozen=True, slots=True)
class Notified:
    """One recipient of one run. `at` is when it was told; `laid_down` if the letter lies in the delivery folder."""

    named: NamedRecipient
    named_at: datetime
    run: int
    state: NoticeState
    at: datetime | None = None
    channel: str | None = None
    attempts: int = 0
    last_failure: str | None = None
    laid_down: bool = False


@dataclass(frozen=True, slots=True)
class Notifying:
    """`untold` are the changes of which no run tells yet; `notices` are those of all runs, in order."""

    untold: tuple[Change, ...]
    due: bool
    runs: int
    notices: tuple[Notified, ...]

    @property
    def next_run(self) -> int:
        """The number of a further run, from 1."""
        return self.runs + 1


def notifying(told: Told, failed_tasks: frozenset[UUID]) -> Notifying:
    """By the set of the events; `failed_tasks` are those whose dead letters wait."""
    runs = told.all(RecipientsNamed)
    covered = {str(id_) for run in runs for id_ in run.covers}
    changes = [event for kind in _CHANGES for event in told.all(kind)]
    completed = {each.system for each in told.all(TaskCompleted)}
    untold = tuple(
        each
        for each in changes
        if each.id not in covered and _has_changed(each) and not _is_only_broken_off(each, completed)
    )
    answered = told.any_of((ResponseAssembled, RequestRefused, RequestWithdrawn))
    return Notifying(untold, bool(untold) and answered, len(runs), tuple(_notices(told, runs, failed_tasks)))


def put_back(untold: tuple[Change, ...]) -> frozenset[str]:
    """The systems of whose changes nobody need hear: all was put back before anybody was told."""
    whole = {each.system for each in untold if isinstance(each, UndoCompleted) and not each.refused}
    return frozenset(whole & {each.system for each in untold if isinstance(each, TaskCompleted)})


def lifted_in(lifting: LiftingCompleted) -> frozenset[str]:
    """The collections of which the restriction is lifted; none where another request or a hold still needs part of it.

    Nobody is told to use again what is to be stored only; that is told once the last restriction ends.
    """
    if lifting.kept or lifting.left_over:
        return frozenset()
    return frozenset(name for name, verbs in lifting.effects.items() if verbs.get("lifted"))


def _is_only_broken_off(event: Change, completed: set[str]) -> bool:
    """True for an undoing of what a system never told that it had done."""
    return isinstance(event, UndoCompleted) and event.system not in completed


def _has_changed(event: Change) -> bool:
    return any(
        records for verbs in event.effects.values() for verb, records in verbs.items() if verb not in _NO_CHANGES
    )


def _notices(told: Told, runs: list[RecipientsNamed], failed: frozenset[UUID]) -> Iterator[Notified]:
    left = {each.notice: each for each in told.all(RecipientNotified)}
    by_hand = {each.notice: each for each in told.all(RecipientTold)}
    tried = {each.notice: each for each in told.all(RecipientFailed)}  # the last of each
    for run in runs:
        for named in run.recipients:
            id_ = named.notice
            state = NoticeState.FAILED if id_ in failed else NoticeState.WAITING
            notice = Notified(named, run.at, run.run, state)
            if id_ in tried:
                notice = replace(notice, attempts=tried[id_].attempt, last_failure=tried[id_].why)
            yield _settled(notice, left.get(id_), by_hand.get(id_))


def _settled(notice: Notified, left: RecipientNotified | None, told: RecipientTold | None) -> Notified:
    if left:
        notice = replace(notice, attempts=left.attempts, laid_down=left.channel == "folder")
    if told:
        return replace(notice, state=NoticeState.TOLD, at=told.at, channel="person")
    if notice.laid_down or notice.named.channel == "person":
        return replace(notice, state=NoticeState.BY_HAND)
    return replace(notice, state=NoticeState.TOLD, at=left.at, channel=left.channel) if left else notice

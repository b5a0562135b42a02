"""Task ids follow from what they are for, so that adding a task twice is adding it once."""

from datetime import UTC, datetime
from uuid import UUID, uuid5

from habeas.domain.requests import Right
from habeas.eventlog import cloudevents
from habeas.eventlog.interface import LogRecord
from habeas.storage.ledger import NewTask
from schemas.events import ReplayRequested, UndoRequested
from schemas.revisits import ReconciliationRequested, RescanDue, RetentionExpired, RevisitAsked

ANSWER = "answer"
DELIVERY = "delivery"
"""The aggregator's and the delivery's own lines in the ledger, beside those of the systems."""
_REVISITS: tuple[type[RevisitAsked], ...] = (RetentionExpired, RescanDue, ReconciliationRequested)
_WHENEVER = datetime(1970, 1, 1, tzinfo=UTC)  # no part of an event's id


def task_id(request_id: UUID | str, system: str) -> str:
    """The id of a request's task in a system."""
    return str(uuid5(UUID(str(request_id)), system))


def undo_of(trigger: LogRecord) -> UUID | None:
    """The undoing that a task's record asks for, whose task has the event's id; None for any other task."""
    if cloudevents.header(trigger.headers, "ce_type") != UndoRequested.type.encode():
        return None
    return UndoRequested.read(trigger.value or b"").undo


def undo_task_id(request_id: UUID, system: str, undo: UUID) -> str:
    """The id of the task that undoes a request in a system: that of the event that asks for it."""
    return UndoRequested(request_id=request_id, at=_WHENEVER, system=system, undo=undo).id


def undoing(asked: UndoRequested, record: LogRecord) -> NewTask:
    """The task that an event asks for."""
    return NewTask(
        id=asked.id,
        system=asked.system,
        request_id=str(asked.request_id),
        subject=(record.key or b"").decode(),
        right=Right.ERASURE,
        trigger=record,
    )


def revisit_of(trigger: LogRecord) -> RevisitAsked | None:
    """The event that asks for a revisit, whose task has the event's id; None for any other task's record."""
    type_ = cloudevents.header(trigger.headers, "ce_type")
    kinds = [each for each in _REVISITS if each.type.encode() == type_]
    return kinds[0].read(trigger.value or b"") if kinds else None


def revisiting(asked: RevisitAsked, record: LogRecord, right: Right) -> NewTask:
    """The task that an event asks for."""
    return NewTask(
        id=asked.id,
        system=asked.system,
        request_id=str(asked.request_id),
        subject=(record.key or b"").decode(),
        right=right,
        trigger=record,
    )


def replayed(replay: ReplayRequested) -> str:
    """The id of the task that is to be tried again."""
    if replay.revisit is not None:
        return str(replay.revisit)
    if replay.undo is None:
        return task_id(replay.request_id, replay.system)
    return undo_task_id(replay.request_id, replay.system, replay.undo)

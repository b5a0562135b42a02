"""Task ids follow from what they are for, so that adding a task twice is adding it once."""

from datetime import UTC, datetime
from uuid import UUID, uuid5

from habeas.domain.letters import letter_id
from habeas.domain.requests import Matter, Right
from habeas.eventlog import cloudevents
from habeas.eventlog.interface import LogRecord
from habeas.storage.ledger import NewTask
from schemas.events import Event, ReplayRequested, UndoRequested
from schemas.lifting import LiftingDue
from schemas.reviews import ReviewDecided
from schemas.revisits import ReconciliationRequested, RescanDue, RetentionExpired, RevisitAsked

ANSWER = "answer"
LETTERS = "letters"
DELIVERY = "delivery"
RECIPIENTS = "recipients"
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


def is_decision(trigger: LogRecord) -> bool:
    """True if a task's record asks for what somebody has decided about single records."""
    return cloudevents.header(trigger.headers, "ce_type") == ReviewDecided.type.encode()


def deciding(decided: ReviewDecided, record: LogRecord) -> NewTask:
    """The task that carries a decision out."""
    return NewTask(
        id=str(decided.decision),
        system=decided.system,
        request_id=str(decided.request_id),
        subject=(record.key or b"").decode(),
        right=Right(decided.right),
        trigger=record,
    )


def lifting_of(trigger: LogRecord) -> LiftingDue | None:
    """The event that asks for a restriction to be lifted; None for any other task's record."""
    if cloudevents.header(trigger.headers, "ce_type") != LiftingDue.type.encode():
        return None
    return LiftingDue.read(trigger.value or b"")


def lifting_task_id(request_id: UUID, system: str, lifting: UUID) -> str:
    """The id of the task that lifts in a system."""
    return task_id(lifting, f"{request_id}.{system}")


def lifting(due: LiftingDue, record: LogRecord) -> NewTask:
    """The task that an event asks for."""
    return NewTask(
        id=lifting_task_id(due.request_id, due.system, due.lifting),
        system=due.system,
        request_id=str(due.request_id),
        subject=(record.key or b"").decode(),
        right=Right(due.right),
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


def supplement_task_id(request_id: UUID | str, system: str, number: int) -> str:
    """The id of the task that makes (ANSWER) or hands over (DELIVERY) a further answer, from 1."""
    return task_id(request_id, f"{system}.{number}")


def writing(cause: Event, record: LogRecord, right: Matter) -> NewTask:
    """The task that writes the letter for which an event gives cause; the letter's id is the task's."""
    return NewTask(
        id=str(letter_id(cause)),
        system=LETTERS,
        request_id=str(cause.request_id),
        subject=(record.key or b"").decode(),
        right=right,
        trigger=record,
    )


def letter_delivery_task_id(letter: UUID) -> str:
    """The id of the task that hands over a letter."""
    return task_id(letter, DELIVERY)


def naming_task_id(request_id: UUID | str, run: int) -> str:
    """The id of the task that names the recipients to be told, the first time or a further one."""
    return task_id(request_id, f"{RECIPIENTS}.{run}")


def line_of(recipient: str) -> str:
    """A recipient's own line in the ledger, so that one that is down holds up no other."""
    return f"recipient.{recipient}"


def is_recipients_line(system: str) -> bool:
    """True for the line of any recipient; no system has a dot in its name."""
    return system.startswith("recipient.")


def further_task(task_id_: str, request_id: str, system: str, trigger: LogRecord) -> UUID | None:
    """The task's id if it is neither the request's own in that system, nor an undoing, nor a revisit."""
    own = task_id_ == task_id(request_id, system)
    known = own or undo_of(trigger) is not None or revisit_of(trigger) is not None
    return None if known else UUID(task_id_)


def replayed(replay: ReplayRequested) -> str:
    """The id of the task that is to be tried again."""
    if replay.task is not None:
        return str(replay.task)
    if replay.revisit is not None:
        return str(replay.revisit)
    if replay.undo is None:
        return task_id(replay.request_id, replay.system)
    return undo_task_id(replay.request_id, replay.system, replay.undo)

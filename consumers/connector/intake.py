"""From the log into the ledger: handling an accepted request takes milliseconds, whatever the system itself does."""

from collections.abc import Sequence

from sqlalchemy import Connection

from consumers.task_ids import deciding, lifting, replayed, revisiting, task_id, undoing
from habeas.domain.requests import Right
from habeas.domain.reviews import needs_system
from habeas.eventlog.interface import LogRecord
from habeas.eventlog.runner import Handler, Received
from habeas.ports import Clock
from habeas.storage import dead_letters, ledger
from habeas.storage.ledger import NewTask
from schemas.correspondence import RequestRefused, RequestWithdrawn
from schemas.events import ReplayRequested, RequestAccepted, UndoRequested
from schemas.lifting import LiftingDue
from schemas.reviews import ReviewDecided
from schemas.revisits import ReconciliationRequested, RescanDue, RetentionExpired


def intake_of(system: str, *, clock: Clock) -> Handler:
    """The handler that puts what is asked at the end of its subject's line, and reopens what is replayed.

    A request that was refused or withdrawn is taken off again, unless the system is at work on it already. One that is
    undone is not begun, nor tried again: its undoing comes next in the line, and puts back what was begun.
    """

    def handle(connection: Connection, received: Sequence[Received]) -> None:
        new, ended, undone = [], [], []
        for each in received:
            match each.event:
                case ReplayRequested() as replay if replay.system == system:
                    ledger.reopen(connection, replayed(replay), now=clock.now())
                case RequestRefused() | RequestWithdrawn() as end:
                    ended.append(task_id(end.request_id, system))
                case UndoRequested() as undo if undo.system == system:
                    undone.append(task_id(undo.request_id, system))
                    new.append(undoing(undo, each.record))
                case _ if (task := _task_of(each, system)) is not None:
                    new.append(task)
                case _:
                    pass
        ledger.add(connection, new, now=clock.now())
        for id_ in ended:
            ledger.drop(connection, id_, now=clock.now())
        for id_ in undone:
            ledger.end(connection, id_, now=clock.now())
            dead_letters.close(connection, id_, now=clock.now())

    return handle


def _task_of(each: Received, system: str) -> NewTask | None:
    """What an event asks of this system, None if it is nothing."""
    match each.event:
        case RequestAccepted() as accepted if system in accepted.systems:
            return _task(accepted, system, each.record)
        case ReviewDecided() as decided if decided.system == system and needs_system(decided):
            return deciding(decided, each.record)
        case LiftingDue() as due if due.system == system:
            return lifting(due, each.record)
        case RetentionExpired() | RescanDue() | ReconciliationRequested() as asked if asked.system == system:
            return revisiting(asked, each.record, Right.ERASURE)
        case _:
            return None


def _task(accepted: RequestAccepted, system: str, record: LogRecord) -> NewTask:
    return NewTask(
        id=task_id(accepted.request_id, system),
        system=system,
        request_id=str(accepted.request_id),
        subject=accepted.subject,
        right=Right(accepted.right),
        trigger=record,
    )

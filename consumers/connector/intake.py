"""From the log into the ledger: handling an accepted request takes milliseconds, whatever the system itself does."""

from collections.abc import Sequence

from sqlalchemy import Connection

from consumers.task_ids import deciding, replayed, revisiting, task_id, undoing
from habeas.domain.requests import Right
from habeas.domain.reviews import needs_system
from habeas.eventlog.interface import LogRecord
from habeas.eventlog.runner import Handler, Received
from habeas.ports import Clock
from habeas.storage import ledger
from habeas.storage.ledger import NewTask
from schemas.correspondence import RequestRefused, RequestWithdrawn
from schemas.events import ReplayRequested, RequestAccepted, UndoRequested
from schemas.reviews import ReviewDecided
from schemas.revisits import ReconciliationRequested, RescanDue, RetentionExpired


def intake_of(system: str, *, clock: Clock) -> Handler:
    """The handler that puts what is asked at the end of its subject's line, and reopens what is replayed.

    A request that was refused or withdrawn is taken off again, unless the system is at work on it already.
    """

    def handle(connection: Connection, received: Sequence[Received]) -> None:
        new, ended = [], []
        for each in received:
            match each.event:
                case RequestAccepted() as accepted if system in accepted.systems:
                    new.append(_task(accepted, system, each.record))
                case ReplayRequested() as replay if replay.system == system:
                    ledger.reopen(connection, replayed(replay), now=clock.now())
                case UndoRequested() as undo if undo.system == system:
                    new.append(undoing(undo, each.record))
                case ReviewDecided() as decided if decided.system == system and needs_system(decided):
                    new.append(deciding(decided, each.record))
                case RetentionExpired() | RescanDue() | ReconciliationRequested() as asked if asked.system == system:
                    new.append(revisiting(asked, each.record, Right.ERASURE))
                case RequestRefused() | RequestWithdrawn() as end:
                    ended.append(task_id(end.request_id, system))
                case _:
                    pass
        ledger.add(connection, new, now=clock.now())
        for task in ended:
            ledger.drop(connection, task, now=clock.now())

    return handle


def _task(accepted: RequestAccepted, system: str, record: LogRecord) -> NewTask:
    return NewTask(
        id=task_id(accepted.request_id, system),
        system=system,
        request_id=str(accepted.request_id),
        subject=accepted.subject,
        right=Right(accepted.right),
        trigger=record,
    )

"""From the log into the delivery's ledger: what has been assembled is to be delivered."""

from collections.abc import Sequence

from sqlalchemy import Connection

from consumers.task_ids import (
    DELIVERY,
    is_recipients_line,
    letter_delivery_task_id,
    line_of,
    replayed,
    supplement_task_id,
    task_id,
)
from habeas.domain.requests import matter
from habeas.eventlog.interface import LogRecord
from habeas.eventlog.runner import Handler, Received
from habeas.ports import Clock
from habeas.storage import ledger
from habeas.storage.ledger import NewTask
from schemas.events import ReplayRequested, ResponseAssembled
from schemas.letters import LetterAssembled
from schemas.recipients import RecipientsNamed

GROUP = "delivery"


def intake(*, clock: Clock) -> Handler:
    """The delivery's handler."""

    def handle(connection: Connection, received: Sequence[Received]) -> None:
        new = []
        for each in received:
            match each.event:
                case ResponseAssembled() | LetterAssembled() as assembled:
                    new.append(_task(assembled, each.record))
                case RecipientsNamed() as named:
                    new += recipient_tasks(named, each.record)
                case ReplayRequested() as replay if replay.system == DELIVERY or is_recipients_line(replay.system):
                    ledger.reopen(connection, replayed(replay), now=clock.now())
                case _:
                    pass
        ledger.add(connection, new, now=clock.now())

    return handle


def recipient_tasks(named: RecipientsNamed, record: LogRecord) -> list[NewTask]:
    """A task for each recipient that is told by Habeas, in a line of its own; the notice's id is the task's."""
    return [
        NewTask(
            id=str(each.notice),
            system=line_of(each.recipient),
            request_id=str(named.request_id),
            subject=(record.key or b"").decode(),
            right=matter(named.right),
            trigger=record,
        )
        for each in named.recipients
        if each.channel != "person"
    ]


def delivery_task_id(assembled: ResponseAssembled | LetterAssembled) -> str:
    """The id of the task that hands over a letter, an answer or a further one."""
    if isinstance(assembled, LetterAssembled):
        return letter_delivery_task_id(assembled.letter)
    if assembled.supplement is None:
        return task_id(assembled.request_id, DELIVERY)
    return supplement_task_id(assembled.request_id, DELIVERY, assembled.supplement)


def _task(assembled: ResponseAssembled | LetterAssembled, record: LogRecord) -> NewTask:
    return NewTask(
        id=delivery_task_id(assembled),
        system=DELIVERY,
        request_id=str(assembled.request_id),
        subject=(record.key or b"").decode(),
        right=matter(assembled.right),
        trigger=record,
    )

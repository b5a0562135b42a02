"""Rebuilds a lost state database from the log: the same cases, and a ledger in which nothing finished is open again.

What was sealed can't come back this way, since no personal data is on the log: unfinished requests whose sealed
identity is gone become dead letters.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from sqlalchemy import Connection

from consumers.aggregator.projection import GROUP as AGGREGATOR
from consumers.delivery.intake import GROUP as DELIVERER
from consumers.task_ids import ANSWER, DELIVERY, revisiting, task_id, undo_task_id, undoing
from habeas.domain.cases import CaseState, derive
from habeas.domain.requests import Right
from habeas.errors import PoisonError, UserError
from habeas.eventlog import cloudevents
from habeas.eventlog import dead_letters as letters_on_log
from habeas.eventlog.interface import EventLog, LogRecord
from habeas.eventlog.runner import Received
from habeas.ports import Clock
from habeas.storage import cases, inbox, ledger, originals, revisits
from habeas.storage import dead_letters as stored_letters
from habeas.storage.database import Database
from habeas.storage.dead_letters import DeadLetter
from habeas.storage.ledger import NewTask, TaskState
from habeas.storage.originals import GracePeriod
from schemas.events import (
    Event,
    ReplayRequested,
    RequestAccepted,
    ResponseAssembled,
    ResponseDelivered,
    TaskCompleted,
    TaskFailed,
    UndoCompleted,
    UndoRequested,
)
from schemas.revisits import ReconciliationRequested, RescanDue, RetentionExpired, RevisitCompleted
from schemas.topics import COMPLETIONS, DEAD_LETTERS, REQUESTS, RESPONSES

TOPICS = (REQUESTS.name, COMPLETIONS.name, RESPONSES.name)
BATCH_EVENTS = 500
_ASKING = (
    RequestAccepted,
    ResponseAssembled,
    UndoRequested,
    RetentionExpired,
    RescanDue,
    ReconciliationRequested,
)
_CONSUMERS = {ANSWER: AGGREGATOR, DELIVERY: DELIVERER}


@dataclass(slots=True)
class Rebuilt:
    """What the log held."""

    events: int = 0
    unreadable: int = 0
    cases: int = 0
    tasks: int = 0
    dead_letters: int = 0


class Rebuilding:
    """One rebuilding, in one transaction: all of it is there afterwards, or nothing.

    `groups` are the consumer groups and the topics each reads: what lies on the log now counts as read by all.
    """

    def __init__(
        self, *, event_log: EventLog, database: Database, groups: Mapping[str, Sequence[str]], clock: Clock
    ) -> None:
        self._log = event_log
        self._database = database
        self._groups = groups
        self._clock = clock
        self._rebuilt = Rebuilt()

    def run(self) -> Rebuilt:
        """Raises UserError if the database knows cases: it is only for an empty one. No process may be running."""
        with self._database.transaction() as connection:
            if cases.listed(connection, limit=1):
                raise UserError("this state database is not empty: rebuild only into a new one")
            self._cases(connection)
            self._tasks(connection)
            self._poison_letters(connection)
        return self._rebuilt

    def _cases(self, connection: Connection) -> None:
        opened: set[str] = set()
        for topic in TOPICS:
            for batch in _batches(self._readable(topic)):
                events = [each.event for each in batch]
                self._rebuilt.events += len(events)
                opened |= cases.note(connection, events).keys()
                for event in events:
                    _know_originals(connection, event)
                for group in (name for name, topics in self._groups.items() if topic in topics):
                    inbox.note(connection, group, [event.id for event in events], now=self._clock.now())
        revisits.plan(connection, opened)
        self._rebuilt.cases = len(opened)

    def _tasks(self, connection: Connection) -> None:
        """In the order of the log, which is the order of each person's line."""
        for topic in (REQUESTS.name, RESPONSES.name):
            for batch in _batches(self._readable(topic)):
                for each in batch:
                    if isinstance(each.event, _ASKING):
                        history = _History(cases.timeline(connection, str(each.event.request_id)))
                        restored = list(_tasks(each, history))
                        ledger.restore(connection, restored, now=self._clock.now())
                        self._rebuilt.tasks += len(restored)
                        letters = history.letters({task.id for task, _ in restored}, each.record)
                        self._rebuilt.dead_letters += len(stored_letters.add(connection, letters))

    def _poison_letters(self, connection: Connection) -> None:
        for record in self._log.read(DEAD_LETTERS.name):
            try:
                letter = letters_on_log.of_record(record)
            except PoisonError:
                continue  # somebody else's record
            if letter.system is None:
                self._rebuilt.dead_letters += len(stored_letters.add(connection, [_poison(letter, record)]))

    def _readable(self, topic: str) -> Iterator[Received]:
        for record in self._log.read(topic):
            try:
                yield Received(cloudevents.decode(record), record)
            except PoisonError:
                self._rebuilt.unreadable += 1


class _History:
    """What became of a request's tasks, by its events."""

    def __init__(self, told: Sequence[Event]) -> None:
        self._failures = [(_task_of(event), event) for event in told if isinstance(event, TaskFailed)]
        self._replayed = {event.dead_letter: event.at for event in told if isinstance(event, ReplayRequested)}
        self._done = {id_ for event in told if (id_ := _finished(event))}
        case = derive(told)
        self._ended = case is not None and case.state in {CaseState.REFUSED, CaseState.WITHDRAWN}
        answer = task_id(told[0].request_id, ANSWER)
        self.has_answer_task = answer in self._done | self._failed() or (case is not None and case.wants_answer)

    def state(self, id_: str) -> TaskState:
        """Where the task stands."""
        if id_ in self._done or self._ended:
            return "done"
        return "failed" if id_ in self._failed() else "pending"

    def letters(self, task_ids: Container[str], trigger: LogRecord) -> list[DeadLetter]:
        """The dead letters of these tasks, those replayed included."""
        return [
            DeadLetter(
                id=str(event.dead_letter),
                consumer=_CONSUMERS.get(event.system, f"connector.{event.system}"),
                system=event.system,
                request_id=str(event.request_id),
                task_id=id_,
                error_class=event.error_class,
                attempts=event.attempts,
                created_at=event.at,
                topic=trigger.topic,
                partition=trigger.partition,
                offset=trigger.offset,
                replayed_at=self._replayed.get(event.dead_letter),
            )
            for id_, event in self._failures
            if id_ in task_ids
        ]

    def _failed(self) -> set[str]:
        return {id_ for id_, event in self._failures if event.dead_letter not in self._replayed}


def _finished(event: Event) -> str | None:
    """The task that an event tells the end of."""
    match event:
        case TaskCompleted():
            return task_id(event.request_id, event.system)
        case UndoCompleted():
            return undo_task_id(event.request_id, event.system, event.undo)
        case RevisitCompleted():
            return str(event.revisit)
        case ResponseAssembled():
            return task_id(event.request_id, ANSWER)
        case ResponseDelivered():
            return task_id(event.request_id, DELIVERY)
    return None


def _task_of(event: TaskFailed) -> str:
    if event.revisit is not None:
        return str(event.revisit)
    if event.undo is None:
        return task_id(event.request_id, event.system)
    return undo_task_id(event.request_id, event.system, event.undo)


def _tasks(each: Received, history: _History) -> Iterator[tuple[NewTask, TaskState]]:
    """The tasks that this event gave cause for, and how they stand."""
    event = each.event
    match event:
        case RequestAccepted():
            systems = (*event.systems, *([ANSWER] if history.has_answer_task else []))
        case ResponseAssembled():
            systems = (DELIVERY,)
        case UndoRequested():
            yield undoing(event, each.record), history.state(event.id)
            return
        case RetentionExpired() | RescanDue() | ReconciliationRequested():
            yield revisiting(event, each.record, Right.ERASURE), history.state(event.id)
            return
        case _:
            return
    for system in systems:
        task = NewTask(
            id=task_id(event.request_id, system),
            system=system,
            request_id=str(event.request_id),
            subject=(each.record.key or b"").decode(),
            right=Right(event.right),
            trigger=each.record,
        )
        yield task, history.state(task.id)


def _know_originals(connection: Connection, event: Event) -> None:
    """They are gone with the lost database; their key is not, and is to be destroyed in time."""
    if isinstance(event, TaskCompleted) and event.originals is not None and event.undo_until is not None:
        period = GracePeriod(
            str(event.originals),
            task_id(event.request_id, event.system),
            str(event.request_id),
            event.system,
            event.undo_until,
            closed=False,
        )
        originals.know(connection, period)


def _poison(letter: letters_on_log.DeadLetter, record: LogRecord) -> DeadLetter:
    return DeadLetter(
        id=letter.id,
        consumer=letter.consumer,
        system=None,
        request_id=None,
        task_id=None,
        error_class=letter.error_class,
        attempts=letter.attempts,
        created_at=datetime.fromtimestamp(record.timestamp_ms / 1000, UTC),
        topic=letter.original.topic,
        partition=letter.original.partition,
        offset=letter.original.offset,
    )


def _batches(received: Iterator[Received]) -> Iterator[list[Received]]:
    while batch := list(islice(received, BATCH_EVENTS)):
        yield batch

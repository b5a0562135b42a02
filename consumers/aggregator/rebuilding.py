"""Rebuilds a lost state database from the log: the same cases, and a ledger in which nothing finished is open again.

What was sealed can't come back this way, since no personal data is on the log: unfinished requests whose sealed
identity is gone become dead letters.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from sqlalchemy import Connection

from consumers.aggregator.histories import History, tasks_of
from consumers.task_ids import task_id
from habeas.domain.letters import letter_about
from habeas.domain.reviews import Verdict
from habeas.errors import PoisonError, UserError
from habeas.eventlog import cloudevents
from habeas.eventlog import dead_letters as letters_on_log
from habeas.eventlog.interface import EventLog, LogRecord
from habeas.eventlog.runner import Received
from habeas.ports import Clock
from habeas.storage import cases, inbox, ledger, originals, other_people, revisits
from habeas.storage import dead_letters as stored_letters
from habeas.storage.database import Database
from habeas.storage.dead_letters import DeadLetter
from habeas.storage.originals import GracePeriod
from schemas.events import Event, RequestAccepted, ResponseAssembled, TaskCompleted, UndoRequested
from schemas.letters import LetterAssembled
from schemas.lifting import LiftingDue
from schemas.recipients import RecipientsNamed
from schemas.reviews import ReviewCompleted, ReviewDecided
from schemas.revisits import ReconciliationRequested, RescanDue, RetentionExpired
from schemas.topics import COMPLETIONS, DEAD_LETTERS, REQUESTS, RESPONSES

TOPICS = (REQUESTS.name, COMPLETIONS.name, RESPONSES.name)
BATCH_EVENTS = 500
_ASKING = (
    RequestAccepted,
    ResponseAssembled,
    UndoRequested,
    ReviewDecided,
    LiftingDue,
    RetentionExpired,
    RescanDue,
    ReconciliationRequested,
    LetterAssembled,
    RecipientsNamed,
)


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
            if cases.any_at_all(connection):
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
                for each in batch:
                    _know_other_people(connection, each)
                for group in (name for name, topics in self._groups.items() if topic in topics):
                    inbox.note(connection, group, [event.id for event in events], now=self._clock.now())
        revisits.plan(connection, opened)
        self._rebuilt.cases = len(opened)

    def _tasks(self, connection: Connection) -> None:
        """In the order of the log, which is the order of each person's line."""
        for topic in (REQUESTS.name, RESPONSES.name):
            for batch in _batches(self._readable(topic)):
                for each in batch:
                    if isinstance(each.event, _ASKING) or letter_about(each.event):
                        history = History(cases.timeline(connection, str(each.event.request_id)))
                        restored = list(tasks_of(each, history))
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


def _know_originals(connection: Connection, event: Event) -> None:
    """They are gone with the lost database; their key is not, and is to be destroyed in time."""
    if (
        isinstance(event, TaskCompleted | ReviewCompleted)
        and event.originals is not None
        and event.undo_until is not None
    ):
        period = GracePeriod(
            str(event.originals),
            task_id(event.request_id, event.system),
            str(event.request_id),
            event.system,
            event.undo_until,
            closed=False,
        )
        originals.know(connection, period)


def _know_other_people(connection: Connection, each: Received) -> None:
    """Whom reviewers found to be somebody else is not asked about again."""
    if isinstance(each.event, ReviewDecided) and Verdict(each.event.verdict) is Verdict.OTHER_PERSON:
        records = [item.record for item in each.event.items if item.record is not None]
        other_people.add(connection, (each.record.key or b"").decode(), records, now=each.event.at)


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

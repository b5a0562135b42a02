"""The one runner: owns delivery for every consumer, so that a handler knows nothing of offsets, duplicates or retries.

A batch is handled in one transaction: note the ids (a duplicate is dropped), let the handler change state and fill
the outbox; commit that, then commit the log's offsets. A crash anywhere between is a redelivery, and the inbox makes
it harmless. A record that can't be decoded, or that the handler alone can't take, becomes a dead letter.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

import structlog
from sqlalchemy import Connection

from habeas import failpoints
from habeas.errors import DeadLetterLimitError, FencedError, PoisonError, RetriableError, SystemDownError
from habeas.eventlog import cloudevents, dead_letters
from habeas.eventlog.interface import EventLog, LogRecord, Message, Subscription, TopicPartition
from habeas.observability import metrics
from habeas.ports import Clock
from habeas.storage import dead_letters as stored_letters
from habeas.storage import inbox, outbox
from habeas.storage.database import Database
from schemas.events import Event

log = structlog.get_logger()

BATCH_RECORDS_MAX = 500


@dataclass(frozen=True, slots=True)
class Received:
    """An event that came for the first time, and the record that brought it."""

    event: Event
    record: LogRecord


Handler = Callable[[Connection, Sequence[Received]], None]
_Poison = tuple[LogRecord, Exception]


@dataclass(slots=True)
class PoisonLimit:
    """Exists to prevent every message from becoming a dead letter when the fault is ours, not the messages'.

    More than `letters_max` unreadable ones among the last `window` messages stop the consumer.
    """

    letters_max: int = 100
    window: int = 1_000
    _seen: int = 0
    _letters: int = 0

    def check(self, *, messages: int, letters: int) -> None:
        """Raises DeadLetterLimitError before the batch is committed, so that it is read again once mended."""
        if self._seen + messages > self.window:
            self._seen = self._letters = 0
        if self._letters + letters > self.letters_max:
            raise DeadLetterLimitError(
                f"{self._letters + letters} of {self._seen + messages} messages could not be read: the consumer stops "
                "before it dead-letters everything; is it older than what produces?"
            )

    def note(self, *, messages: int, letters: int) -> None:
        """Count what has been committed."""
        self._seen += messages
        self._letters += letters


class Runner:
    """One member of one consumer group."""

    def __init__(
        self,
        group: str,
        topics: Sequence[str],
        handler: Handler,
        *,
        lane: str,
        event_log: EventLog,
        database: Database,
        clock: Clock,
        poison_limit: PoisonLimit | None = None,
    ) -> None:
        self._group = group
        self._topics = tuple(topics)
        self._handler = handler
        self._lane = lane
        self._event_log = event_log
        self._database = database
        self._clock = clock
        self._poison_limit = poison_limit or PoisonLimit()
        self._subscription: Subscription | None = None
        self._unhandled: Sequence[LogRecord] = ()

    def step(self, *, timeout_s: float) -> int:
        """Handle what comes in time, a batch at most; how many records.

        Raises RetriableError or SystemDownError when the log or the database can't serve now: the batch is kept and
        handled by the next call. After FencedError the next call joins the group anew.
        """
        if self._subscription is None:
            self._subscription = self._event_log.subscribe(self._group, self._topics, member=str(uuid4()))
        try:
            batch = self._unhandled or self._subscription.poll(max_records=BATCH_RECORDS_MAX, timeout_s=timeout_s)
            if batch:
                self._unhandled = batch
                self._handle(batch)
                failpoints.reach("inbox.after_commit")
                self._subscription.commit(_next_offsets(batch))
                failpoints.reach("offsets.after_commit")
                self._unhandled = ()
        except FencedError:
            log.info("consumer.fenced", group=self._group)
            self.close()
            return 0
        return len(batch)

    def close(self) -> None:
        """Leave the group."""
        self._unhandled = ()
        if self._subscription is not None:
            self._subscription.close()
            self._subscription = None

    def _handle(self, batch: Sequence[LogRecord]) -> None:
        readable, poisonous = _decoded(batch)
        try:
            self._commit(batch, readable, poisonous)
        except (RetriableError, SystemDownError, FencedError, DeadLetterLimitError):
            raise
        except Exception as error:  # noqa: BLE001 - one record must not stop all others; its class is kept
            if len(batch) == 1:
                self._commit(batch, [], [(batch[0], error)])
            else:
                for record in batch:
                    self._handle([record])

    def _commit(self, batch: Sequence[LogRecord], readable: Sequence[Received], poisonous: Sequence[_Poison]) -> None:
        self._poison_limit.check(messages=len(batch), letters=len(poisonous))
        now = self._clock.now()
        with self._database.transaction() as connection:
            new = inbox.note(connection, self._group, [each.event.id for each in readable], now=now)
            self._handler(connection, _first_of_each(readable, new))
            letters = [self._dead_letter(record, error) for record, error in poisonous]
            noted = stored_letters.add(connection, [letter for letter, _ in letters])
            outbox.add(connection, self._lane, [message for letter, message in letters if letter.id in noted])
            failpoints.reach("inbox.before_commit")
        self._poison_limit.note(messages=len(batch), letters=len(poisonous))
        metrics.RECORDS_CONSUMED.labels(self._group).inc(len(batch))

    def _dead_letter(self, record: LogRecord, error: Exception) -> tuple[stored_letters.DeadLetter, Message]:
        letter = stored_letters.DeadLetter(
            id=dead_letters.letter_id(self._group, record.topic, record.partition, record.offset),
            consumer=self._group,
            system=None,
            request_id=None,
            task_id=None,
            error_class=type(error).__name__,
            attempts=1,
            created_at=self._clock.now(),
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
        )
        log.warning("message.poisonous", group=self._group, dead_letter=letter.id, topic=record.topic)
        metrics.DEAD_LETTERS.labels(self._group).inc()
        return letter, dead_letters.to_message(
            record, letter_id=letter.id, consumer=self._group, error_class=letter.error_class, attempts=1
        )


def _decoded(batch: Sequence[LogRecord]) -> tuple[list[Received], list[_Poison]]:
    readable: list[Received] = []
    poisonous: list[_Poison] = []
    for record in batch:
        try:
            readable.append(Received(cloudevents.decode(record), record))
        except PoisonError as error:
            poisonous.append((record, error))
    return readable, poisonous


def _first_of_each(received: Sequence[Received], new: frozenset[str]) -> list[Received]:
    first: dict[str, Received] = {}
    for each in received:
        if each.event.id in new:
            first.setdefault(each.event.id, each)
    return list(first.values())


def _next_offsets(batch: Sequence[LogRecord]) -> dict[TopicPartition, int]:
    return {record.place: record.offset + 1 for record in batch}

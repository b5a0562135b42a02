"""What the conformance suite needs to know of an engine, and the fixtures that every part of it shares."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

import pytest

from habeas.eventlog.interface import EventLog, LogRecord, Message, Subscription, TopicPartition
from schemas.topics import REQUESTS, Topic

PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Engine:
    """`source` are Python statements that bind `log`, for other processes.

    `silence_s` is after how long a silent member is put out; `trim` deletes everything that lies in a topic now.
    """

    open: Callable[[], EventLog]
    source: str
    silence_s: float
    trim: Callable[[EventLog, str], None]


def new_topic() -> Topic:
    return replace(REQUESTS, name=f"test.{uuid4()}", retention_days=None, extra={})


def numbered(topic: str, count: int, *, keys: int = 24, first: int = 0) -> list[Message]:
    """Messages whose values count up, over so many keys in turn."""
    return [Message(topic, b"key-%d" % (n % keys), b"%d" % n) for n in range(first, first + count)]


def next_offsets(records: Sequence[LogRecord]) -> dict[TopicPartition, int]:
    return {record.place: record.offset + 1 for record in records}


def numbers(records: Sequence[LogRecord]) -> list[int]:
    return [int(record.value or b"") for record in records]


def take(subscription: Subscription, count: int, *, commit: bool = True) -> list[LogRecord]:
    """Poll until so many have come."""
    records: list[LogRecord] = []
    until = time.monotonic() + PATIENCE_S
    while len(records) < count:
        batch = subscription.poll(max_records=500, timeout_s=0.5)
        records += batch
        if commit and batch:
            subscription.commit(next_offsets(batch))
        assert time.monotonic() < until, f"{len(records)} of {count} records came in {PATIENCE_S:.0f} s"
    return records


def settle(member: Subscription, *, share: int) -> None:
    """Poll an empty topic until the member owns so many partitions."""
    until = time.monotonic() + PATIENCE_S
    while len(member.assignment()) != share:
        assert not member.poll(max_records=1, timeout_s=0.1)
        assert time.monotonic() < until, f"no {share} partitions after {PATIENCE_S:.0f} s"


class EngineTests:
    """The fixtures. `engine` is the subclass's."""

    @pytest.fixture
    def engine(self) -> Engine:
        raise NotImplementedError("give the suite an engine")

    @pytest.fixture
    def log(self, engine: Engine) -> Iterator[EventLog]:
        log = engine.open()
        yield log
        log.close()

    @pytest.fixture
    def topic(self, log: EventLog) -> str:
        topic = new_topic()
        log.ensure_topics([topic])
        return topic.name

    @pytest.fixture
    def group(self) -> str:
        return f"group-{uuid4()}"

    @pytest.fixture
    def join(self, log: EventLog, topic: str, group: str) -> Iterator[Callable[[str], Subscription]]:
        """Members of the group, closed at the end."""
        members: list[Subscription] = []

        def join(member: str) -> Subscription:
            members.append(log.subscribe(group, [topic], member=member))
            return members[-1]

        yield join
        for member in members:
            member.close()

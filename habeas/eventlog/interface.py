"""The event log as Habeas sees it; kept by two engines, `embedded` and `kafka`, that pass one conformance suite."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from habeas.ports import Problem
from schemas.topics import Topic

Headers = tuple[tuple[str, bytes], ...]


class TopicPartition(NamedTuple):
    """One partition of a topic."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Message:
    """Something to be appended. A `value` of None is a tombstone. Equal keys go to equal partitions (murmur2)."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class LogRecord:
    """Something that lies on the log, as bytes: decoding is the reader's, who then knows what it could not read."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers

    @property
    def place(self) -> TopicPartition:
        """The partition it lies in."""
        return TopicPartition(self.topic, self.partition)


class Subscription(Protocol):
    """One member of a consumer group. Not for use by several threads."""

    def poll(self, *, max_records: int, timeout_s: float) -> Sequence[LogRecord]:
        """The next records of the partitions owned, in order in each; empty when none came in time.

        Raises FencedError if this member was put out, LogTrimmedError if records it has not read are gone.
        """

    def commit(self, positions: Mapping[TopicPartition, int]) -> None:
        """Note the next offset to read of each partition.

        Raises FencedError when another member owns one of them by now: nothing is noted then.
        """

    def assignment(self) -> frozenset[TopicPartition]:
        """The partitions owned now."""

    def pause(self, places: Sequence[TopicPartition]) -> None:
        """Poll nothing of these until they are resumed; nothing is lost."""

    def resume(self, places: Sequence[TopicPartition]) -> None:
        """Undo `pause`."""

    def seek(self, place: TopicPartition, offset: int) -> None:
        """Read on from there."""

    def close(self) -> None:
        """Leave the group, so that the others take over at once."""


class EventLog(Protocol):
    """An append-only log in topics and partitions. `append` and the questions may be called from any thread."""

    def append(self, messages: Sequence[Message]) -> Sequence[tuple[TopicPartition, int]]:
        """Append in order and return where each lies, once they are durable.

        May append twice when it fails midway and is called again; never loses what it returned for.
        Raises RetriableError or SystemDownError when the log can't take them now, PermanentError for a message that
        it will never take (too large, no such topic).
        """

    def subscribe(self, group: str, topics: Sequence[str], *, member: str) -> Subscription:
        """Join a consumer group, from the group's commits on, else from the start of the log."""

    def read(self, topic: str) -> Iterator[LogRecord]:
        """Everything that lies in a topic now, partition by partition, without a group."""

    def ensure_topics(self, topics: Sequence[Topic]) -> Sequence[str]:
        """Make those that are missing; their names."""

    def check_topics(self, topics: Sequence[Topic]) -> Sequence[Problem]:
        """How what is there differs from what should be."""

    def trim(self, topic: str, before_ms: int) -> int:
        """Delete what lies before the first record that is not older than `before_ms`, since 1970; how many went."""

    def beginning_offsets(self, topics: Sequence[str]) -> Mapping[TopicPartition, int]:
        """The first offset that is still there."""

    def end_offsets(self, topics: Sequence[str]) -> Mapping[TopicPartition, int]:
        """The offset that the next record will get."""

    def committed(self, group: str, topics: Sequence[str]) -> Mapping[TopicPartition, int]:
        """The group's commits, without the partitions that have none."""

    def check(self) -> Sequence[Problem]:
        """What keeps the log from working."""

    def close(self) -> None:
        """Give back connections and threads; appends under way are finished first."""

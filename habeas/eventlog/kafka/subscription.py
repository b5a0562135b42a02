"""One member of a group, reading."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kafka import KafkaConsumer, errors
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.structs import OffsetAndMetadata
from kafka.structs import TopicPartition as KafkaPartition

from habeas.errors import FencedError, SystemDownError
from habeas.eventlog.interface import LogRecord, TopicPartition
from habeas.eventlog.kafka import faults
from habeas.eventlog.kafka.clients import REQUEST_S_MAX
from habeas.eventlog.kafka.records import log_record, ours, theirs

_SILENCE_S_MAX = 10.0
"""After so long without a record the broker is asked whether it is there: poll itself never says that it is not."""
_REBALANCE_STEP_MS = 200


class _Membership(ConsumerRebalanceListener):
    """Notes, on the library's own thread where nothing may block, what the group has taken from this member."""

    def __init__(self) -> None:
        self.put_out = False
        self.revoked: set[TopicPartition] = set()

    def on_partitions_revoked(self, revoked: Iterable[KafkaPartition]) -> None:
        self.revoked |= ours(revoked)

    def on_partitions_assigned(self, assigned: Iterable[KafkaPartition]) -> None:
        """Positions come from the commits."""

    def on_partitions_lost(self, lost: Iterable[KafkaPartition]) -> None:
        """Others own them already."""
        self.put_out = bool(list(lost)) or self.put_out


class KafkaSubscription:
    """See `Subscription`. Heartbeats go out in the background; a member that stops them is out after its session."""

    def __init__(self, consumer: KafkaConsumer, topics: Sequence[str]) -> None:
        self._consumer = consumer
        self._membership = _Membership()
        self._heard_at = time.monotonic()
        self._closed = False
        self._paused_once = False
        consumer.subscribe(topics=list(topics), listener=self._membership)
        self._learn(topics)

    def poll(self, *, max_records: int, timeout_s: float) -> Sequence[LogRecord]:
        """See `Subscription.poll`."""
        until = time.monotonic() + timeout_s
        while True:
            left_ms = max(0, int((until - time.monotonic()) * 1000))
            records = self._poll(max_records, timeout_ms=left_ms)
            self._stop_if_put_out()
            if records:
                self._heard_at = time.monotonic()
            elif time.monotonic() >= until:
                self._ask_after_silence()
            else:
                continue
            return records

    def _poll(self, max_records: int, *, timeout_ms: int) -> list[LogRecord]:
        self._unpark()
        try:
            with faults.named():
                batches = self._consumer.poll(timeout_ms=timeout_ms, max_records=max_records)
        except errors.NoOffsetForPartitionError as missing:
            self._consumer.seek_to_beginning(*missing.args[0])
            return []
        except errors.CorruptRecordError:
            self._membership.put_out = True
        else:
            return [log_record(record) for batch in batches.values() for record in batch]
        places = ", ".join(f"{topic}/{partition}" for topic, partition in sorted(self.assignment()))
        raise SystemDownError(
            f"A record on one of {places} breaks Kafka's record format, and nothing behind it can be read. "
            "Move the group's offset beyond it."
        )

    def _learn(self, topics: Sequence[str]) -> None:
        """Know the topics before joining: a leader that does not would assign nobody anything, for minutes."""
        until = time.monotonic() + REQUEST_S_MAX
        for topic in topics:
            while not self._consumer.partitions_for_topic(topic):
                if time.monotonic() > until:
                    raise SystemDownError(f"Kafka does not tell the partitions of {topic}.")

    def _unpark(self) -> None:
        """Give back what was fetched ahead for partitions that were paused.

        kafka-python 3.0.12 looks for it only while this slot is None, and leaves a drained batch in it: a partition
        that was paused in the middle of a backlog would never be heard of again (consumer/fetcher.py:589).
        """
        fetcher: Any = self._consumer._fetcher  # type: ignore[attr-defined]  # noqa: SLF001 - no public way
        if self._paused_once and not fetcher._next_partition_records:  # noqa: SLF001 - as above
            fetcher._next_partition_records = None  # noqa: SLF001 - as above

    def commit(self, positions: Mapping[TopicPartition, int]) -> None:
        """See `Subscription.commit`."""
        offsets = {theirs(place): OffsetAndMetadata(offset, "", -1) for place, offset in positions.items()}
        until = time.monotonic() + REQUEST_S_MAX
        self._membership.revoked.clear()
        while True:
            self._stop_if_put_out()
            self._must_own(positions)
            try:
                self._consumer.commit(offsets, timeout_ms=int(REQUEST_S_MAX * 1000))
            except errors.KafkaError as error:
                if not _rebalancing(error) or time.monotonic() > until:
                    raise faults.translated(error) from error
            else:
                return
            self._finish_rebalance()

    def _finish_rebalance(self) -> None:
        """A group takes no commits while it shares out anew, and only a poll lets it go on; what that brings waits."""
        try:
            with faults.named():
                batches = self._consumer.poll(timeout_ms=_REBALANCE_STEP_MS, max_records=1)
        except errors.NoOffsetForPartitionError as missing:
            self._consumer.seek_to_beginning(*missing.args[0])
            return
        for place, records in batches.items():
            self._consumer.seek(place, records[0].offset)

    def assignment(self) -> frozenset[TopicPartition]:
        """See `Subscription.assignment`."""
        return ours(self._consumer.assignment())

    def pause(self, places: Sequence[TopicPartition]) -> None:
        """See `Subscription.pause`."""
        self._paused_once = True
        owned = self.assignment()
        self._consumer.pause(*[theirs(place) for place in places if place in owned])

    def resume(self, places: Sequence[TopicPartition]) -> None:
        """See `Subscription.resume`."""
        owned = self.assignment()
        self._consumer.resume(*[theirs(place) for place in places if place in owned])

    def seek(self, place: TopicPartition, offset: int) -> None:
        """See `Subscription.seek`. Raises FencedError for a partition that is not owned."""
        self._membership.revoked.discard(place)
        self._must_own([place])
        self._consumer.seek(theirs(place), offset)

    def close(self) -> None:
        """See `Subscription.close`."""
        if not self._closed:
            self._closed = True
            with faults.named():
                self._consumer.close(autocommit=False, timeout_ms=int(REQUEST_S_MAX * 1000))

    def _stop_if_put_out(self) -> None:
        if self._membership.put_out:
            raise FencedError("This member was put out of its consumer group: it was silent for too long, or replaced.")

    def _must_own(self, places: Iterable[TopicPartition]) -> None:
        wanted = frozenset(places)
        if wanted & self._membership.revoked or not wanted <= self.assignment():
            raise FencedError("A partition that this member wants to change has another owner by now.")

    def _ask_after_silence(self) -> None:
        now = time.monotonic()
        if now - self._heard_at < _SILENCE_S_MAX:
            return
        topics = self._consumer.subscription() or set()
        places = [KafkaPartition(topic, 0) for topic in sorted(topics)[:1]]
        with faults.named():
            self._consumer.end_offsets(places, timeout_ms=int(REQUEST_S_MAX * 1000))
        self._heard_at = now


def _rebalancing(error: errors.KafkaError) -> bool:
    causes = (error, *error.args)
    return any(isinstance(cause, errors.RebalanceInProgressError) for cause in causes)

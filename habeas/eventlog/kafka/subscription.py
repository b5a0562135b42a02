"""One member of a group, reading."""

import time
from collections.abc import Iterable, Mapping, Sequence

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


class _Membership(ConsumerRebalanceListener):
    """Notes on the library's own thread, where nothing may block, that the group has put this member out."""

    def __init__(self) -> None:
        self.lost = False

    def on_partitions_revoked(self, revoked: Iterable[KafkaPartition]) -> None:
        """Handed over in good order: what was polled before has been committed."""

    def on_partitions_assigned(self, assigned: Iterable[KafkaPartition]) -> None:
        """Positions come from the commits."""

    def on_partitions_lost(self, lost: Iterable[KafkaPartition]) -> None:
        """Others own them already."""
        self.lost = bool(list(lost)) or self.lost


class KafkaSubscription:
    """See `Subscription`. Heartbeats go out in the background; a member that stops them is out after its session."""

    def __init__(self, consumer: KafkaConsumer, topics: Sequence[str]) -> None:
        self._consumer = consumer
        self._membership = _Membership()
        self._heard_at = time.monotonic()
        self._closed = False
        consumer.subscribe(topics=list(topics), listener=self._membership)

    def poll(self, *, max_records: int, timeout_s: float) -> Sequence[LogRecord]:
        """See `Subscription.poll`."""
        until = time.monotonic() + timeout_s
        while True:
            left_ms = max(0, int((until - time.monotonic()) * 1000))
            records = self._poll(max_records, timeout_ms=left_ms)
            self._stop_if_lost()
            if records:
                self._heard_at = time.monotonic()
            elif time.monotonic() >= until:
                self._ask_after_silence()
            else:
                continue
            return records

    def _poll(self, max_records: int, *, timeout_ms: int) -> list[LogRecord]:
        try:
            with faults.named():
                batches = self._consumer.poll(timeout_ms=timeout_ms, max_records=max_records)
        except errors.NoOffsetForPartitionError as missing:
            self._consumer.seek_to_beginning(*missing.args[0])
            return []
        except errors.CorruptRecordError:
            self._membership.lost = True
        else:
            return [log_record(record) for batch in batches.values() for record in batch]
        places = ", ".join(f"{topic}/{partition}" for topic, partition in sorted(self.assignment()))
        raise SystemDownError(
            f"A record on one of {places} breaks Kafka's record format, and nothing behind it can be read. "
            "Move the group's offset beyond it."
        )

    def commit(self, positions: Mapping[TopicPartition, int]) -> None:
        """See `Subscription.commit`."""
        self._stop_if_lost()
        self._must_own(positions)
        with faults.named():
            offsets = {theirs(place): OffsetAndMetadata(offset, "", -1) for place, offset in positions.items()}
            self._consumer.commit(offsets, timeout_ms=int(REQUEST_S_MAX * 1000))

    def assignment(self) -> frozenset[TopicPartition]:
        """See `Subscription.assignment`."""
        return ours(self._consumer.assignment())

    def pause(self, places: Sequence[TopicPartition]) -> None:
        """See `Subscription.pause`."""
        owned = self.assignment()
        self._consumer.pause(*[theirs(place) for place in places if place in owned])

    def resume(self, places: Sequence[TopicPartition]) -> None:
        """See `Subscription.resume`."""
        owned = self.assignment()
        self._consumer.resume(*[theirs(place) for place in places if place in owned])

    def seek(self, place: TopicPartition, offset: int) -> None:
        """See `Subscription.seek`. Raises FencedError for a partition that is not owned."""
        self._must_own([place])
        self._consumer.seek(theirs(place), offset)

    def close(self) -> None:
        """See `Subscription.close`."""
        if not self._closed:
            self._closed = True
            with faults.named():
                self._consumer.close(autocommit=False, timeout_ms=int(REQUEST_S_MAX * 1000))

    def _stop_if_lost(self) -> None:
        if self._membership.lost:
            raise FencedError("This member was put out of its consumer group: it was silent for too long, or replaced.")

    def _must_own(self, places: Iterable[TopicPartition]) -> None:
        if not self.assignment().issuperset(places):
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

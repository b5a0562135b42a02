"""The log on Kafka itself."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from kafka import KafkaAdminClient, KafkaProducer, errors
from kafka.admin import OffsetSpec
from kafka.producer.future import FutureRecordMetadata

from habeas.errors import HabeasError, PermanentError, SystemDownError
from habeas.eventlog.interface import LogRecord, Message, TopicPartition
from habeas.eventlog.kafka import faults
from habeas.eventlog.kafka import topics as broker_topics
from habeas.eventlog.kafka.clients import REQUEST_S_MAX, Clients, end
from habeas.eventlog.kafka.records import log_record, theirs
from habeas.eventlog.kafka.subscription import KafkaSubscription
from habeas.eventlog.limits import check_messages, wire_bytes
from habeas.eventlog.partitioning import Partitioner
from habeas.ports import Problem
from schemas.topics import Topic

SESSION_S: Final = 15.0
DELIVERY_S: Final = 30.0
_IN_FLIGHT_MESSAGES_MAX = 2_000
_IN_FLIGHT_BYTES_MAX = 16 * 1024 * 1024
_READ_BATCH = 500


class KafkaLog:
    """See `EventLog`. Connects when it is first used, so that a process can start before the brokers do.

    `client_options` are TLS, SASL and network options by the client library's names (`security_protocol`,
    `ssl_cafile`, `sasl_mechanism`, …). `session_s` is how long a member of a group may be silent before the others
    take over, `delivery_s` how long an append may try before it fails. With `static_members` a member's name is its
    Kafka `group.instance.id`: a restart within the session moves no partitions, and a member that closes keeps them
    until its session ends.
    """

    def __init__(
        self,
        bootstrap_servers: str | Sequence[str],
        *,
        client_options: Mapping[str, object],
        session_s: float = SESSION_S,
        delivery_s: float = DELIVERY_S,
        static_members: bool = False,
    ) -> None:
        self._clients = Clients(bootstrap_servers, dict(client_options))
        self._session_s = session_s
        self._delivery_s = delivery_s
        self._static_members = static_members
        self._partitioner = Partitioner()
        self._partitions: dict[str, int] = {}
        self._lock = threading.RLock()
        self._producer: KafkaProducer | None = None
        self._admin: KafkaAdminClient | None = None
        self._closed = False

    def append(self, messages: Sequence[Message]) -> Sequence[tuple[TopicPartition, int]]:
        """See `EventLog.append`."""
        check_messages(messages)
        self._learn_partitions([message.topic for message in messages])
        positions: list[tuple[TopicPartition, int]] = []
        for part in _in_flight_at_once(messages):
            positions += self._append(part)
        return positions

    def _append(self, messages: Sequence[Message]) -> list[tuple[TopicPartition, int]]:
        """Wait for every message, also after one has failed: the next try must not overtake what is on its way."""
        sent: list[tuple[TopicPartition, FutureRecordMetadata]] = []
        failure: BaseException | None = None
        producer = self._producing()
        for message in messages:
            chosen = self._partitioner.choose(message.topic, message.key, self._partitions[message.topic])
            try:
                future = producer.send(
                    message.topic, message.value, message.key, list(message.headers), partition=chosen
                )
            except errors.KafkaError as error:
                failure = error
                break
            sent.append((TopicPartition(message.topic, chosen), future))
        until = time.monotonic() + self._delivery_s + REQUEST_S_MAX
        positions = []
        for place, future in sent:
            try:
                positions.append((place, _offset(future, timeout_s=max(0.0, until - time.monotonic()))))
            except errors.KafkaError as error:
                failure = failure or error
        if failure is not None:
            self._discard(producer)
            raise faults.translated(failure) from failure
        return positions

    def _discard(self, producer: KafkaProducer) -> None:
        """What it still tries to send would come late, behind the next try; and its sequence numbers have a gap."""
        with self._lock:
            if self._producer is producer:
                self._producer = None
        end(producer, timeout_s=0.0)

    def subscribe(self, group: str, topics: Sequence[str], *, member: str) -> KafkaSubscription:
        """See `EventLog.subscribe`."""
        self._learn_partitions(topics)
        instance = member if self._static_members else None
        with faults.named():
            consumer = self._clients.member(group, instance=instance, session_s=self._session_s)
            try:
                return KafkaSubscription(consumer, topics)
            except BaseException:
                consumer.close(autocommit=False)
                raise

    def read(self, topic: str) -> Iterator[LogRecord]:
        """See `EventLog.read`."""
        starts, ends = self.beginning_offsets([topic]), self.end_offsets([topic])
        with faults.named():
            consumer = self._clients.reader()
            try:
                for place in sorted(ends):
                    if starts[place] == ends[place]:
                        continue
                    consumer.assign([theirs(place)])
                    consumer.seek(theirs(place), starts[place])
                    while (consumer.position(theirs(place)) or 0) < ends[place]:
                        batches = consumer.poll(timeout_ms=int(REQUEST_S_MAX * 1000), max_records=_READ_BATCH)
                        if not batches:
                            raise SystemDownError(f"Kafka gives no records of {topic}.")
                        for record in batches[theirs(place)]:
                            if record.offset < ends[place]:
                                yield log_record(record)
            finally:
                consumer.close(autocommit=False)

    def ensure_topics(self, topics: Sequence[Topic]) -> Sequence[str]:
        """See `EventLog.ensure_topics`. Three replicas where there are three brokers, else one."""
        with self._asking() as admin:
            return broker_topics.create(admin, topics)

    def check_topics(self, topics: Sequence[Topic]) -> Sequence[Problem]:
        """See `EventLog.check_topics`. With fewer than three brokers it says that the log is not durable."""
        with self._asking() as admin:
            return broker_topics.problems(admin, topics)

    def beginning_offsets(self, topics: Sequence[str]) -> Mapping[TopicPartition, int]:
        """See `EventLog.beginning_offsets`."""
        return self._offsets(topics, OffsetSpec.EARLIEST)

    def end_offsets(self, topics: Sequence[str]) -> Mapping[TopicPartition, int]:
        """See `EventLog.end_offsets`."""
        return self._offsets(topics, OffsetSpec.LATEST)

    def committed(self, group: str, topics: Sequence[str]) -> Mapping[TopicPartition, int]:
        """See `EventLog.committed`."""
        places = self._places(topics)
        with self._asking() as admin:
            # type: the stubs leave it out
            found = admin.list_group_offsets({group: [theirs(place) for place in places]})[group]  # type: ignore[no-untyped-call]
        commits = {TopicPartition(*place): commit.offset for place, commit in found.items()}
        return {place: offset for place, offset in commits.items() if offset >= 0}

    def trim(self, topic: str, before_ms: int) -> int:
        """Delete what lies before the first record that is not older; how many records went."""
        starts, ends = self.beginning_offsets([topic]), self.end_offsets([topic])
        kept = self._offsets([topic], before_ms)
        cuts = {place: kept[place] if kept[place] >= 0 else ends[place] for place in ends}
        with self._asking() as admin:
            admin.delete_records({theirs(place): offset for place, offset in cuts.items()})
        return sum(offset - starts[place] for place, offset in cuts.items())

    def check(self) -> Sequence[Problem]:
        """See `EventLog.check`."""
        try:
            with self._asking() as admin:
                admin.describe_cluster()
        except HabeasError as error:
            return [Problem(str(error), "Check the brokers' addresses, the network, and the credentials.")]
        return []

    def close(self) -> None:
        """See `EventLog.close`."""
        with self._lock, faults.named():
            self._closed = True
            producer, admin = self._producer, self._admin
            self._producer = self._admin = None
            if producer is not None:
                end(producer, timeout_s=self._delivery_s)
            if admin is not None:
                admin.close()

    def _offsets(self, topics: Sequence[str], which: OffsetSpec | int) -> Mapping[TopicPartition, int]:
        places = self._places(topics)
        with self._asking() as admin:
            found = admin.list_partition_offsets({theirs(place): which for place in places})
        return {place: found[theirs(place)].offset for place in places}

    def _places(self, topics: Sequence[str]) -> list[TopicPartition]:
        self._learn_partitions(topics)
        return [TopicPartition(topic, partition) for topic in topics for partition in range(self._partitions[topic])]

    def _learn_partitions(self, topics: Sequence[str]) -> None:
        """Ask once: the number never changes. Raises PermanentError for a topic that is not there."""
        unknown = [topic for topic in dict.fromkeys(topics) if topic not in self._partitions]
        if not unknown:
            return
        with self._asking() as admin:
            self._partitions |= broker_topics.partition_counts(admin, unknown)
        for topic in unknown:
            if topic not in self._partitions:
                raise PermanentError(
                    f"There is no topic {topic!r} on the log. `habeas topics create` makes those that Habeas uses."
                )

    def _producing(self) -> KafkaProducer:
        with self._lock, faults.named():
            self._refuse_if_closed()
            if self._producer is None:
                self._producer = self._clients.producer(delivery_s=self._delivery_s)
            return self._producer

    @contextmanager
    def _asking(self) -> Iterator[KafkaAdminClient]:
        with self._lock, faults.named():
            self._refuse_if_closed()
            if self._admin is None:
                self._admin = self._clients.admin()
            yield self._admin

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise SystemDownError("The event log has been closed.")


def _offset(future: FutureRecordMetadata, *, timeout_s: float) -> int:
    metadata = future.get(timeout=timeout_s)  # type: ignore[no-untyped-call]  # the stubs leave it out
    return int(metadata.offset)


def _in_flight_at_once(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """The library has no limit of its own on what waits to be sent."""
    part: list[Message] = []
    size = 0
    for message in messages:
        size += wire_bytes(message.key, message.value, message.headers)
        if part and (size > _IN_FLIGHT_BYTES_MAX or len(part) == _IN_FLIGHT_MESSAGES_MAX):
            yield part
            part, size = [], wire_bytes(message.key, message.value, message.headers)
        part.append(message)
    if part:
        yield part

"""Between the library's shapes and ours."""

from collections.abc import Iterable

from kafka.consumer.fetcher import ConsumerRecord
from kafka.structs import TopicPartition as KafkaPartition

from habeas.eventlog.interface import LogRecord, TopicPartition


def theirs(place: TopicPartition) -> KafkaPartition:
    """Our partition as the library's."""
    return KafkaPartition(place.topic, place.partition)


def ours(places: Iterable[KafkaPartition]) -> frozenset[TopicPartition]:
    """The library's partitions as ours."""
    return frozenset(TopicPartition(each.topic, each.partition) for each in places)


def log_record(record: ConsumerRecord) -> LogRecord:
    """Bytes stay bytes; a header without a value, which only strangers write, becomes an empty one."""
    return LogRecord(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        tuple((name, content or b"") for name, content in record.headers),
    )

"""How records lie in the file, and how they are read from it.

A record's row id is its place (which partition of which topic) in the upper bits and its offset in the lower ones.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson

from habeas.errors import PermanentError
from habeas.eventlog.interface import Headers, LogRecord, TopicPartition

_OFFSET_BITS = 40
_OFFSET_MASK = (1 << _OFFSET_BITS) - 1
_NO_HEADERS = b"[]"


@dataclass(frozen=True, slots=True)
class Place:
    """A partition: its number in the file, its name and the offsets it holds, `start` to `next` exclusive."""

    id: int
    partition: TopicPartition
    start: int
    next: int


def row_id(place_id: int, offset: int) -> int:
    """Where a record lies."""
    return place_id << _OFFSET_BITS | offset


def pack_headers(headers: Headers) -> bytes:
    """Latin-1 takes every byte there and back."""
    if not headers:
        return _NO_HEADERS
    return orjson.dumps([(name, content.decode("latin-1")) for name, content in headers])


def _unpack_headers(packed: bytes) -> Headers:
    if packed == _NO_HEADERS:
        return ()
    return tuple((name, content.encode("latin-1")) for name, content in orjson.loads(packed))


def places_of(db: sqlite3.Connection, topics: Sequence[str]) -> list[Place]:
    """The partitions of the topics as they are now. Raises PermanentError for a topic that is not there."""
    places = []
    for topic in dict.fromkeys(topics):
        rows = db.execute("SELECT id, partition, start, next FROM places WHERE topic = ? ORDER BY partition", (topic,))
        of_topic = [Place(id_, TopicPartition(topic, partition), start, end) for id_, partition, start, end in rows]
        if not of_topic:
            raise unknown_topic(topic)
        places += of_topic
    return places


def unknown_topic(topic: str) -> PermanentError:
    """The error for a topic that nobody has made."""
    return PermanentError(
        f"There is no topic {topic!r} on the log. `habeas topics create` makes those that Habeas uses."
    )


def scan(db: sqlite3.Connection, place: Place, *, first: int, most: int) -> Iterator[LogRecord]:
    """At most so many of a place's records from offset `first` on."""
    topic, partition = place.partition
    rows = db.execute(
        "SELECT id, timestamp_ms, key, value, headers FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
        (row_id(place.id, first), row_id(place.id, place.next), most),
    )
    for id_, timestamp_ms, key, value, headers in rows:
        yield LogRecord(topic, partition, id_ & _OFFSET_MASK, timestamp_ms, key, value, _unpack_headers(headers))

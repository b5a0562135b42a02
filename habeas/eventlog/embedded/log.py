"""The embedded log itself."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from habeas.errors import RetriableError, SystemDownError
from habeas.eventlog.embedded import groups
from habeas.eventlog.embedded.records import Place, pack_headers, places_of, row_id, scan
from habeas.eventlog.embedded.storage import Storage
from habeas.eventlog.embedded.subscription import EmbeddedSubscription
from habeas.eventlog.embedded.wakeups import Wakeups
from habeas.eventlog.interface import LogRecord, Message, TopicPartition
from habeas.eventlog.limits import check_messages
from habeas.eventlog.partitioning import Partitioner
from habeas.ports import Problem
from schemas.topics import Topic

LEASE_S = 30.0
_READ_BATCH = 500


def _wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000


class EmbeddedLog:
    """See `EventLog`. Any number of these, in any number of processes of one machine, may use one file.

    `lease_s` is how long a member of a group may neither poll nor commit before the others take over.
    """

    def __init__(self, path: Path, *, lease_s: float = LEASE_S, now_ms: Callable[[], int] = _wall_clock_ms) -> None:
        self._storage = Storage(path)
        self._wakeups = Wakeups(self._storage)
        self._partitioner = Partitioner()
        self._lease_s = lease_s
        self._now_ms = now_ms

    def append(self, messages: Sequence[Message]) -> Sequence[tuple[TopicPartition, int]]:
        """See `EventLog.append`. All or none; offsets have no gaps."""
        check_messages(messages)
        if not messages:
            return ()
        packed = [pack_headers(message.headers) for message in messages]
        positions: list[tuple[TopicPartition, int]] = []
        rows: list[tuple[int, int, bytes | None, bytes | None, bytes]] = []
        with self._storage.writing() as db:
            places = _by_topic(places_of(db, [message.topic for message in messages]))
            ends = {place.id: place.next for of_topic in places.values() for place in of_topic}
            now_ms = self._now_ms()
            for message, headers in zip(messages, packed, strict=True):
                of_topic = places[message.topic]
                place = of_topic[self._partitioner.choose(message.topic, message.key, len(of_topic))]
                offset = ends[place.id]
                ends[place.id] = offset + 1
                positions.append((place.partition, offset))
                rows.append((row_id(place.id, offset), now_ms, message.key, message.value, headers))
            db.executemany("INSERT INTO records (id, timestamp_ms, key, value, headers) VALUES (?, ?, ?, ?, ?)", rows)
            db.executemany("UPDATE places SET next = ? WHERE id = ?", [(end, id_) for id_, end in ends.items()])
        self._wakeups.announce()
        return positions

    def subscribe(self, group: str, topics: Sequence[str], *, member: str) -> EmbeddedSubscription:
        """See `EventLog.subscribe`. A second member of one name puts out the first."""
        return EmbeddedSubscription(
            self._storage,
            self._wakeups,
            group=group,
            member=member,
            topics=topics,
            lease_s=self._lease_s,
            now_ms=self._now_ms,
        )

    def read(self, topic: str) -> Iterator[LogRecord]:
        """See `EventLog.read`."""
        with self._storage.reading() as db:
            places = places_of(db, [topic])
        for place in places:
            first = place.start
            while first < place.next:
                with self._storage.reading() as db:
                    batch = list(scan(db, place, first=first, most=_READ_BATCH))
                yield from batch
                first = batch[-1].offset + 1 if batch else place.next

    def ensure_topics(self, topics: Sequence[Topic]) -> Sequence[str]:
        """See `EventLog.ensure_topics`."""
        made = []
        with self._storage.writing() as db:
            for topic in topics:
                if db.execute("SELECT 1 FROM places WHERE topic = ?", (topic.name,)).fetchone() is None:
                    places = [(topic.name, partition) for partition in range(topic.partitions)]
                    db.executemany("INSERT INTO places (topic, partition) VALUES (?, ?)", places)
                    made.append(topic.name)
        return made

    def check_topics(self, topics: Sequence[Topic]) -> Sequence[Problem]:
        """See `EventLog.check_topics`."""
        problems = []
        with self._storage.reading() as db:
            for topic in topics:
                found = db.execute("SELECT count(*) FROM places WHERE topic = ?", (topic.name,)).fetchone()[0]
                if not found:
                    problems.append(Problem(f"Topic {topic.name} is missing.", "Run `habeas topics create`."))
                elif found != topic.partitions:
                    what = f"Topic {topic.name} has {found} partitions instead of {topic.partitions}."
                    problems.append(Problem(what, "Begin a new log: with another number the order of requests breaks."))
        return problems

    def beginning_offsets(self, topics: Sequence[str]) -> Mapping[TopicPartition, int]:
        """See `EventLog.beginning_offsets`."""
        with self._storage.reading() as db:
            return {place.partition: place.start for place in places_of(db, topics)}

    def end_offsets(self, topics: Sequence[str]) -> Mapping[TopicPartition, int]:
        """See `EventLog.end_offsets`."""
        with self._storage.reading() as db:
            return {place.partition: place.next for place in places_of(db, topics)}

    def committed(self, group: str, topics: Sequence[str]) -> Mapping[TopicPartition, int]:
        """See `EventLog.committed`."""
        with self._storage.reading() as db:
            commits = groups.commits(db, group)
            return {place.partition: commits[place.id] for place in places_of(db, topics) if place.id in commits}

    def trim(self, topic: str, before_ms: int) -> int:
        """Delete what lies before the first record that is not older; how many records went.

        A group that has not read them yet gets LogTrimmedError.
        """
        deleted = 0
        with self._storage.writing() as db:
            for place in places_of(db, [topic]):
                mine = (row_id(place.id, 0), row_id(place.id, place.next))
                kept = db.execute(
                    "SELECT id FROM records WHERE id >= ? AND id < ? AND timestamp_ms >= ? ORDER BY id LIMIT 1",
                    (*mine, before_ms),
                ).fetchone()
                end = mine[1] if kept is None else int(kept[0])
                deleted += db.execute("DELETE FROM records WHERE id >= ? AND id < ?", (mine[0], end)).rowcount
                db.execute("UPDATE places SET start = ? WHERE id = ?", (end - mine[0], place.id))
        return deleted

    def check(self) -> Sequence[Problem]:
        """See `EventLog.check`."""
        try:
            with self._storage.writing() as db:
                db.execute("UPDATE groups SET name = name WHERE id = 0")
        except (RetriableError, SystemDownError) as error:
            return [Problem(str(error), "Check that the file, its folder and the disk can be written to.")]
        return []

    def close(self) -> None:
        """See `EventLog.close`."""
        self._wakeups.close()
        self._storage.close()


def _by_topic(places: Sequence[Place]) -> dict[str, list[Place]]:
    topics: dict[str, list[Place]] = {}
    for place in places:
        topics.setdefault(place.partition.topic, []).append(place)
    return topics

"""One member of a group, reading."""

import time
from collections.abc import Callable, Mapping, Sequence

from habeas.errors import FencedError, LogTrimmedError
from habeas.eventlog.embedded import groups
from habeas.eventlog.embedded.groups import Membership
from habeas.eventlog.embedded.records import Place, places_of, scan
from habeas.eventlog.embedded.storage import Storage
from habeas.eventlog.embedded.wakeups import Wakeups
from habeas.eventlog.interface import LogRecord, TopicPartition

_LOOK_AT_PEERS_EVERY_S = 2.0
_POLL_BYTES_MAX = 32 * 1024 * 1024
"""No poll returns much more than this, however large its records are."""


class EmbeddedSubscription:
    """See `Subscription`. Polling and committing keep the lease; a process that does neither for `lease_s` is out."""

    def __init__(
        self,
        storage: Storage,
        wakeups: Wakeups,
        *,
        group: str,
        member: str,
        topics: Sequence[str],
        lease_s: float,
        now_ms: Callable[[], int],
    ) -> None:
        self._storage = storage
        self._wakeups = wakeups
        self._group = group
        self._topics = tuple(topics)
        self._lease_s = lease_s
        self._now_ms = now_ms
        self._next: dict[TopicPartition, int] = {}
        self._paused: set[TopicPartition] = set()
        self._generation = -1
        self._turn = 0
        self._closed = False
        self._renew_at = self._look_at = 0.0
        with storage.writing() as db:
            self._ids = {place.partition: place.id for place in places_of(db, topics)}
            self._membership: Membership = groups.join(
                db, group, member, topics, now_ms=now_ms(), lease_ms=self._lease_ms
            )
        self._lease_kept()
        self._names = {id_: partition for partition, id_ in self._ids.items()}
        wakeups.watch()
        wakeups.announce()

    @property
    def _lease_ms(self) -> int:
        return int(self._lease_s * 1000)

    def poll(self, *, max_records: int, timeout_s: float) -> Sequence[LogRecord]:
        """See `Subscription.poll`."""
        until = time.monotonic() + timeout_s
        while True:
            seen = self._wakeups.count
            self._keep_lease()
            records = self._fetch(max_records)
            now = time.monotonic()
            if records or now >= until:
                return records
            self._wakeups.wait(seen, timeout_s=max(0.0, min(until, self._look_at) - now))

    def commit(self, positions: Mapping[TopicPartition, int]) -> None:
        """See `Subscription.commit`."""
        by_place = {self._id(place): position for place, position in positions.items()}
        with self._storage.writing() as db:
            groups.commit(db, self._membership, by_place, now_ms=self._now_ms(), lease_ms=self._lease_ms)
        self._lease_kept()

    def assignment(self) -> frozenset[TopicPartition]:
        """See `Subscription.assignment`."""
        return frozenset(self._next)

    def pause(self, places: Sequence[TopicPartition]) -> None:
        """See `Subscription.pause`."""
        self._paused.update(place for place in places if place in self._next)

    def resume(self, places: Sequence[TopicPartition]) -> None:
        """See `Subscription.resume`."""
        self._paused.difference_update(places)

    def seek(self, place: TopicPartition, offset: int) -> None:
        """See `Subscription.seek`. Raises FencedError for a partition that is not owned."""
        if place not in self._next:
            raise FencedError(f"Partition {place.partition} of {place.topic} is not this member's.")
        self._next[place] = offset

    def close(self) -> None:
        """See `Subscription.close`."""
        if not self._closed:
            self._closed = True
            self._next.clear()
            with self._storage.writing() as db:
                groups.leave(db, self._membership)
            self._wakeups.announce()

    def _id(self, place: TopicPartition) -> int:
        if place not in self._ids:
            raise FencedError(f"Partition {place.partition} of {place.topic} is not this member's.")
        return self._ids[place]

    def _keep_lease(self) -> None:
        """Prolong our own when a third of it has gone, or as soon as somebody else is to be put out."""
        now = time.monotonic()
        if now < self._look_at:
            return
        if now < self._renew_at:
            with self._storage.reading() as db:
                silent = groups.silent(db, self._membership.group, now_ms=self._now_ms())
            self._look_at = now + _LOOK_AT_PEERS_EVERY_S
            if not silent:
                return
        with self._storage.writing() as db:
            others_out = groups.renew(db, self._membership, now_ms=self._now_ms(), lease_ms=self._lease_ms)
        self._lease_kept()
        if others_out:
            self._wakeups.announce()

    def _lease_kept(self) -> None:
        now = time.monotonic()
        self._renew_at = now + self._lease_s / 3
        self._look_at = min(self._renew_at, now + _LOOK_AT_PEERS_EVERY_S)

    def _fetch(self, max_records: int) -> list[LogRecord]:
        with self._storage.reading() as db:
            changed = groups.generation(db, self._membership) != self._generation
        if changed:
            self._take_stock()
        records: list[LogRecord] = []
        read_to: dict[TopicPartition, int] = {}
        room = _POLL_BYTES_MAX
        with self._storage.reading() as db:
            for place in self._in_turn(places_of(db, self._topics)):
                for record in scan(db, place, first=self._position(place), most=max_records - len(records)):
                    records.append(record)
                    read_to[place.partition] = record.offset + 1
                    room -= len(record.value or b"")
                    if room <= 0:
                        break
                else:
                    if len(records) < max_records:
                        read_to[place.partition] = place.next
                        continue
                break
        self._next |= read_to
        return records

    def _position(self, place: Place) -> int:
        position = self._next[place.partition]
        if position < place.start:
            topic, partition = place.partition
            raise LogTrimmedError(
                f"Partition {partition} of {topic} begins at offset {place.start} by now,"
                f" and group {self._group!r} has read only to offset {position}."
            )
        return position

    def _in_turn(self, places: Sequence[Place]) -> list[Place]:
        """The places that have something for us, another one first each time."""
        ready = [
            place
            for place in places
            if place.partition not in self._paused and self._next.get(place.partition, place.next) < place.next
        ]
        if not ready:
            return ready
        self._turn += 1
        first = self._turn % len(ready)
        return ready[first:] + ready[:first]

    def _take_stock(self) -> None:
        """Give up what the heirs wait for, and begin with what is new where the group has got to."""
        with self._storage.reading() as db:
            leaving = groups.holding(db, self._membership).leaving
        if leaving:
            with self._storage.writing() as db:
                groups.give_up(db, self._membership)
            self._wakeups.announce()
        with self._storage.reading() as db:
            holding = groups.holding(db, self._membership)
            commits = groups.commits(db, self._group)
            starts = {place.id: place.start for place in places_of(db, self._topics)}
        owned = {self._names[id_]: commits.get(id_, starts[id_]) for id_ in holding.kept | holding.leaving}
        self._next = {place: self._next.get(place, position) for place, position in owned.items()}
        self._paused &= self._next.keys()
        self._generation = holding.generation

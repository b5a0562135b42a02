"""Reading: from where, in which order, what is waited for, and what is never skipped in silence."""

import threading
import time
from collections.abc import Callable

import pytest

from habeas.errors import FencedError, LogTrimmedError
from habeas.eventlog.interface import EventLog, Message, Subscription, TopicPartition
from habeas.testing.eventlog.engine import Engine, EngineTests, next_offsets, numbered, numbers, settle, take

Join = Callable[[str], Subscription]


class Reading(EngineTests):
    def test_a_new_group_starts_at_the_beginning(self, log: EventLog, topic: str, join: Join) -> None:
        """What was appended before anybody read is read too."""
        log.append(numbered(topic, 100))
        assert sorted(numbers(take(join("a"), 100))) == list(range(100))

    def test_groups_do_not_take_from_each_other(self, log: EventLog, topic: str, join: Join) -> None:
        log.append(numbered(topic, 50))
        other = log.subscribe("another", [topic], member="a")
        assert len(take(other, 50)) == len(take(join("a"), 50)) == 50
        other.close()

    def test_a_poll_without_records_returns_in_time(self, join: Join) -> None:
        """An idle consumer comes back to its other duties when it said it would."""
        member = join("a")
        settle(member, share=12)
        began = time.monotonic()
        assert list(member.poll(max_records=10, timeout_s=0.5)) == []
        assert 0.4 < time.monotonic() - began < 2

    def test_a_waiting_poll_wakes_for_a_record(self, log: EventLog, topic: str, join: Join) -> None:
        """A request does not wait for the next round."""
        member = join("a")
        settle(member, share=12)
        appending = threading.Timer(0.5, log.append, [numbered(topic, 1)])
        appending.start()
        began = time.monotonic()
        assert len(member.poll(max_records=10, timeout_s=20)) == 1
        assert time.monotonic() - began < 5
        appending.join()

    def test_max_records_is_kept_and_order_holds(self, log: EventLog, topic: str, join: Join) -> None:
        """However small the batches, a partition's records come in order and none is skipped."""
        log.append(numbered(topic, 100))
        member = join("a")
        seen: dict[TopicPartition, list[int]] = {}
        while sum(map(len, seen.values())) < 100:
            batch = member.poll(max_records=7, timeout_s=5)
            assert len(batch) <= 7
            for record in batch:
                seen.setdefault(record.place, []).append(record.offset)
        assert all(offsets == list(range(len(offsets))) for offsets in seen.values())

    def test_reading_goes_on_after_the_commit(self, log: EventLog, topic: str, join: Join) -> None:
        """A member that comes after another begins where the commits say, not where the other had polled to."""
        log.append([Message(topic, b"key", b"%d" % n) for n in range(10)])
        first = join("a")
        records = take(first, 10, commit=False)
        first.commit({records[3].place: records[3].offset + 1})
        first.close()
        assert numbers(take(join("b"), 6)) == [4, 5, 6, 7, 8, 9]

    def test_lag_can_be_told_from_offsets(self, log: EventLog, topic: str, group: str, join: Join) -> None:
        """End less commit is what a group has still to read; a partition never committed is not among the commits."""
        log.append([Message(topic, b"key", b"%d" % n) for n in range(10)])
        assert dict(log.committed(group, [topic])) == {}
        member = join("a")
        (place, *_) = {record.place for record in take(member, 10, commit=False)}
        member.commit({place: 7})
        assert dict(log.committed(group, [topic])) == {place: 7}
        assert log.end_offsets([topic])[place] == 10
        assert log.beginning_offsets([topic])[place] == 0
        assert len(log.end_offsets([topic])) == 12

    def test_seek_rereads_and_skips(self, log: EventLog, topic: str, join: Join) -> None:
        """From exactly the offset that was asked for, and on from there."""
        log.append([Message(topic, b"key", b"%d" % n) for n in range(10)])
        member = join("a")
        place = take(member, 10)[0].place
        member.seek(place, 2)
        assert numbers(take(member, 8)) == list(range(2, 10))
        member.seek(place, 8)
        assert numbers(take(member, 2)) == [8, 9]

    def test_seek_elsewhere_is_refused(self, join: Join) -> None:
        """A position in a partition that is somebody else's can't be set."""
        with pytest.raises(FencedError):
            join("a").seek(TopicPartition("elsewhere", 0), 0)

    def test_pause_loses_nothing(self, log: EventLog, topic: str, join: Join) -> None:
        """Paused partitions stay silent while the others go on; resumed, they give everything, in order."""
        member = join("a")
        settle(member, share=12)
        paused = sorted(member.assignment())[:6]
        member.pause(paused)
        log.append(numbered(topic, 240, keys=240))
        quiet = {record.place for record in log.read(topic)} & set(paused)
        assert quiet
        total = sum(record.place not in quiet for record in log.read(topic))
        spoken = take(member, total)
        assert not {record.place for record in spoken} & quiet
        assert list(member.poll(max_records=500, timeout_s=0.5)) == []
        member.resume(paused)
        rest = take(member, 240 - total)
        assert {record.place for record in rest} == quiet
        assert sorted(numbers([*spoken, *rest])) == list(range(240))
        for place in quiet:
            offsets = [record.offset for record in rest if record.place == place]
            assert offsets == list(range(len(offsets)))

    def test_pause_after_a_poll_keeps_what_was_fetched_ahead(self, log: EventLog, topic: str, join: Join) -> None:
        """Pausing in the middle of a backlog holds the rest back and does not drop it."""
        log.append([Message(topic, b"key", b"%d" % n) for n in range(100)])
        member = join("a")
        begun: list[int] = []
        while not begun:
            begun = numbers(member.poll(max_records=10, timeout_s=5))
        place = next(record.place for record in log.read(topic))
        member.pause([place])
        assert list(member.poll(max_records=500, timeout_s=0.5)) == []
        member.resume([place])
        assert begun + numbers(take(member, 100 - len(begun))) == list(range(100))

    def test_a_trimmed_offset_raises(self, engine: Engine, log: EventLog, topic: str, join: Join) -> None:
        """Records that were deleted before the group had read them are an alarm, not a gap."""
        log.append([Message(topic, b"key", b"%d" % n) for n in range(10)])
        first = join("a")
        first.commit(next_offsets(take(first, 10, commit=False)[:4]))
        first.close()
        engine.trim(log, topic)
        log.append([Message(topic, b"key", b"10")])
        second = join("b")
        with pytest.raises(LogTrimmedError):
            take(second, 1)

    def test_trimming_what_was_read_disturbs_nobody(
        self, engine: Engine, log: EventLog, topic: str, join: Join
    ) -> None:
        """Neither a group that has read it all, nor a new one, which starts with what is left."""
        log.append([Message(topic, b"key", b"%d" % n) for n in range(10)])
        reader = join("a")
        place = take(reader, 10)[0].place
        engine.trim(log, topic)
        assert log.beginning_offsets([topic])[place] == log.end_offsets([topic])[place] == 10
        log.append([Message(topic, b"key", b"10")])
        assert numbers(take(reader, 1)) == [10]
        newcomer = log.subscribe("newcomers", [topic], member="a")
        assert numbers(take(newcomer, 1)) == [10]
        newcomer.close()
        assert numbers(list(log.read(topic))) == [10]

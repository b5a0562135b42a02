"""Groups: one owner a partition, while members come and go."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from habeas.errors import FencedError
from habeas.eventlog.interface import EventLog, Subscription
from habeas.testing.eventlog.engine import Engine, EngineTests, next_offsets, numbered, numbers, settle, take

Join = Callable[[str], Subscription]


class Membership(EngineTests):
    def test_members_share_the_partitions_evenly(self, join: Join) -> None:
        """Every partition has one owner, and nobody has more than others."""
        members = [join("a"), join("b"), join("c")]
        settle(*members, share=4)
        owned = [place for member in members for place in member.assignment()]
        assert len(owned) == len(set(owned)) == 12

    def test_each_record_goes_to_one_member(self, log: EventLog, topic: str, join: Join) -> None:
        """Two members do not do the same work."""
        first, second = join("a"), join("b")
        settle(first, second, share=6)
        log.append(numbered(topic, 240, keys=240))
        came: list[int] = []
        until = time.monotonic() + 30
        while len(came) < 240 and time.monotonic() < until:
            for member in (first, second):
                batch = member.poll(max_records=50, timeout_s=0.2)
                assert {record.place for record in batch} <= member.assignment()
                member.commit(next_offsets(batch))
                came += numbers(batch)
        assert sorted(came) == list(range(240))

    def test_a_newcomer_takes_over_without_repeats(self, log: EventLog, topic: str, join: Join) -> None:
        """Handing a partition over in good order repeats no record and skips none."""
        log.append(numbered(topic, 240, keys=240))
        first = join("a")
        came = take(first, 60)
        second = join("b")
        came += settle(first, second, share=6)
        until = time.monotonic() + 30
        while len(came) < 240 and time.monotonic() < until:
            for member in (first, second):
                batch = member.poll(max_records=50, timeout_s=0.2)
                member.commit(next_offsets(batch))
                came += batch
        assert sorted(numbers(came)) == list(range(240))

    def test_the_rest_take_over_at_once_when_one_leaves(self, engine: Engine, join: Join) -> None:
        """Closing hands over without waiting for the silence that a crash takes to be noticed."""
        first, second = join("a"), join("b")
        settle(first, second, share=6)
        began = time.monotonic()
        second.close()
        settle(first, share=12)
        assert time.monotonic() - began < engine.silence_s

    def test_what_another_owns_can_not_be_committed(self, log: EventLog, topic: str, group: str, join: Join) -> None:
        """Only the owner moves a partition's position; a commit that touches another's notes nothing at all."""
        first, second = join("a"), join("b")
        settle(first, second, share=6)
        mine, theirs = min(first.assignment()), min(second.assignment())
        with pytest.raises(FencedError):
            first.commit({mine: 1, theirs: 1})
        assert dict(log.committed(group, [topic])) == {}
        first.commit({mine: 1})
        assert dict(log.committed(group, [topic])) == {mine: 1}

    def test_coming_and_going_loses_nothing(self, log: EventLog, topic: str, group: str) -> None:
        """Members that join and leave all the time handle, together, every record."""
        log.append(numbered(topic, 600, keys=600))
        seen: set[int] = set()
        done = threading.Event()

        def work(worker: int) -> None:
            for life in range(40):
                member = log.subscribe(group, [topic], member=f"{worker}-{life}")
                try:
                    for _ in range(4 + worker):
                        batch = member.poll(max_records=20, timeout_s=0.3)
                        seen.update(numbers(batch))
                        member.commit(next_offsets(batch))
                except FencedError:
                    pass  # what it had and could not commit comes again to another
                finally:
                    member.close()
                if len(seen) == 600:
                    done.set()
                if done.is_set():
                    return

        with ThreadPoolExecutor(3) as threads:
            list(threads.map(work, range(3)))
        assert seen == set(range(600))

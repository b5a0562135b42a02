"""Groups: one owner a partition, while members come and go."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from habeas.errors import FencedError
from habeas.eventlog.interface import EventLog, Subscription
from habeas.testing.eventlog.engine import Engine, EngineTests, next_offsets, numbered, numbers
from habeas.testing.eventlog.workers import Worker, await_shares, await_true, working

Join = Callable[[str], Subscription]


def came(*workers: Worker) -> list[int]:
    return numbers([record for worker in workers for record in worker.came])


class Membership(EngineTests):
    def test_members_share_the_partitions_evenly(self, join: Join) -> None:
        """Every partition has one owner, and nobody has more than others."""
        with working(join("a"), join("b"), join("c")) as workers:
            await_shares(*workers, share=4)
            assert len(frozenset().union(*(worker.owned for worker in workers))) == 12

    def test_each_record_goes_to_one_member(self, log: EventLog, topic: str, join: Join) -> None:
        """Two members do not do the same work, and each does only its own."""
        with working(join("a"), join("b")) as workers:
            await_shares(*workers, share=6)
            log.append(numbered(topic, 240, keys=240))
            await_true(lambda: len(came(*workers)) >= 240, "not all has come")
            assert sorted(came(*workers)) == list(range(240))
            for worker in workers:
                assert {record.place for record in worker.came} <= worker.owned

    def test_a_newcomer_takes_over_without_repeats(self, log: EventLog, topic: str, join: Join) -> None:
        """Handing a partition over in good order repeats no record and skips none, in the middle of the work."""
        log.append(numbered(topic, 2400, keys=240))
        with working(join("a")) as (first,):
            await_true(lambda: len(first.came) >= 60, "nothing has come")
            with working(join("b")) as (second,):
                await_true(lambda: len(came(first, second)) >= 2400, "not all has come")
                await_shares(first, second, share=6)
                log.append(numbered(topic, 240, keys=240, first=2400))
                await_true(lambda: len(came(first, second)) >= 2640, "not all has come")
                assert sorted(came(first, second)) == list(range(2640))
                assert second.came

    def test_the_rest_take_over_at_once_when_one_leaves(self, engine: Engine, join: Join) -> None:
        """Closing hands over without waiting for the silence that a crash takes to be noticed."""
        with working(join("a")) as (first,):
            with working(join("b")) as (second,):
                await_shares(first, second, share=6)
            began = time.monotonic()
            await_shares(first, share=12)
            assert time.monotonic() - began < engine.silence_s

    def test_what_another_owns_can_not_be_committed(self, log: EventLog, topic: str, group: str, join: Join) -> None:
        """Only the owner moves a partition's position; a commit that touches another's notes nothing at all."""
        with working(join("a"), join("b")) as (first, second):
            await_shares(first, second, share=6)
            mine, theirs = min(first.owned), min(second.owned)
            with pytest.raises(FencedError):
                first.do(lambda member: member.commit({mine: 1, theirs: 1}))
            assert dict(log.committed(group, [topic])) == {}
            first.do(lambda member: member.commit({mine: 1}))
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

"""Threads share the work on many files, and what they do together is done for each of them."""

import threading

import pytest

from connectors.customs_files.together import Gathered, Room, share_out
from habeas.testing.installation import await_true


def test_every_item_is_worked_on_once_by_several_at_a_time():
    meeting, done = threading.Barrier(4, timeout=30), []

    def work(item):
        if item < 4:
            meeting.wait()  # would never be reached by one after the other
        done.append(item)

    share_out(range(100), work, hands=4)
    assert sorted(done) == list(range(100))


@pytest.mark.parametrize("hands", [1, 4])
def test_a_failure_is_raised_and_ends_the_work(hands):
    begun = []

    def work(item):
        begun.append(item)
        if item == 3:
            raise ValueError("the third")

    with pytest.raises(ValueError, match="the third"):
        share_out(iter(range(1_000_000)), work, hands=hands)
    assert len(begun) < 1_000_000


def test_a_failure_of_what_is_worked_on_is_raised():
    def items():
        yield 1
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        share_out(items(), lambda _item: None, hands=3)


def test_calls_that_come_while_another_works_are_done_in_one_go():
    batches, first, others = [], threading.Event(), threading.Event()

    def work(batch):
        batches.append(list(batch))
        if len(batches) == 1:
            first.set()
            assert others.wait(30)

    gathered = Gathered(work)
    leader = threading.Thread(target=gathered, args=[0])
    leader.start()
    assert first.wait(30)
    rest = [threading.Thread(target=gathered, args=[number]) for number in range(1, 5)]
    for thread in rest:
        thread.start()
    await_true(lambda: len(gathered._given) == len(rest), timeout_s=30, what="the others to ask")
    others.set()
    for thread in [leader, *rest]:
        thread.join(30)
    assert [sorted(each) for each in batches] == [[0], [1, 2, 3, 4]]


def test_a_failure_reaches_the_caller_and_not_the_next_one():
    def work(batch):
        if "bad" in batch:
            raise ValueError("bad")

    gathered = Gathered(work)
    with pytest.raises(ValueError, match="bad"):
        gathered("bad")
    gathered("good")


def test_one_is_alone_while_all_others_wait():
    room, log, together = Room(), [], threading.Barrier(3, timeout=30)

    def beside():
        with room.shared():
            together.wait()  # would never be reached one after the other
            log.append("together")
        with room.alone():
            log.append("begins")
            log.append("ends")

    threads = [threading.Thread(target=beside) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert log == ["together"] * 3 + ["begins", "ends"] * 3


def test_who_asks_to_be_alone_does_not_wait_for_those_who_come_later():
    room, order, inside, leave = Room(), [], threading.Event(), threading.Event()

    def first():
        with room.shared():
            inside.set()
            assert leave.wait(30)
            order.append("first")

    def alone():
        with room.alone():
            order.append("alone")

    def late():
        with room.shared():
            order.append("late")

    threads = [threading.Thread(target=first), threading.Thread(target=alone), threading.Thread(target=late)]
    threads[0].start()
    assert inside.wait(30)
    threads[1].start()
    await_true(lambda: room._reserved, timeout_s=30, what="somebody to want to be alone")
    threads[2].start()
    leave.set()
    for thread in threads:
        thread.join(30)
    assert order == ["first", "alone", "late"]

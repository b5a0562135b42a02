"""The publisher: everything of the outbox reaches the log, in order, whoever dies or stalls meanwhile."""

import pytest

from habeas.errors import FencedError, RetriableError
from habeas.eventlog.embedded import EmbeddedLog
from habeas.eventlog.interface import Message
from habeas.eventlog.publisher import Publisher
from habeas.storage import outbox
from habeas.testing.clocks import HeldClock
from schemas.topics import REQUESTS, TOPICS

LEASE_S = 30.0


@pytest.fixture
def log(tmp_path):
    log = EmbeddedLog(tmp_path / "log.db")
    log.ensure_topics(TOPICS)
    yield log
    log.close()


class Outbox:
    """An outbox, and publishers of it on one clock."""

    def __init__(self, database, log):
        self.database = database
        self.log = log
        self.clock = HeldClock()

    def add(self, *values, lane="intake"):
        with self.database.transaction() as connection:
            outbox.add(connection, lane, [Message(REQUESTS.name, b"ada", value) for value in values])

    def publisher(self, *lanes, log=None):
        return Publisher(
            lanes or ("intake",), log=log or self.log, database=self.database, clock=self.clock, lease_s=LEASE_S
        )

    def published(self):
        return [record.value for record in self.log.read(REQUESTS.name)]

    def waiting(self):
        with self.database.reading() as connection:
            return outbox.length(connection)


@pytest.fixture
def box(database, log):
    return Outbox(database, log)


class FailingLog:
    """Takes nothing, or takes all and loses the acknowledgement."""

    def __init__(self, log, *, after):
        self._log = log
        self._after = after

    def append(self, messages):
        if self._after:
            self._log.append(messages)
        raise RetriableError("the broker does not answer")


def test_messages_of_one_person_are_published_in_the_order_in_which_they_were_added(box):
    box.add(b"1", b"2")
    box.add(b"3")
    publisher = box.publisher()
    while publisher.step():
        pass
    assert box.published() == [b"1", b"2", b"3"]
    assert box.waiting() == {}


@pytest.mark.parametrize("after", [False, True], ids=["refused", "acknowledgement lost"])
def test_nothing_is_dropped_before_the_log_has_acknowledged_it(box, after):
    """What is appended twice then, consumers drop."""
    box.add(b"1", b"2")
    publisher = box.publisher(log=FailingLog(box.log, after=after))
    with pytest.raises(RetriableError):
        publisher.step()
    assert box.waiting() == {"intake": 2}
    publisher.release()
    assert box.publisher().step() == 2
    assert box.published() == [b"1", b"2"] * (2 if after else 1)


def test_a_lane_has_one_publisher_at_a_time(box):
    """The second one waits until the first has gone or fallen silent."""
    box.add(b"1")
    first, second = box.publisher(), box.publisher()
    assert first.step() == 1
    box.add(b"2")
    assert second.step() == 0
    first.release()
    box.clock.advance(2)
    assert second.step() == 1
    box.add(b"3")
    box.clock.advance(LEASE_S + 1)
    third = box.publisher()
    assert third.step() == 1
    assert box.published() == [b"1", b"2", b"3"]


def test_a_publisher_that_stalled_drops_nothing_that_another_has_taken_over(box):
    """It stood still between the log's acknowledgement and the drop, for longer than its lease."""
    box.add(b"1")
    successor = box.publisher()

    class StallingLog:
        def append(self, messages):
            box.log.append(messages)
            box.clock.advance(LEASE_S + 1)
            assert successor.step() == 1
            box.add(b"2")

    stalled = box.publisher(log=StallingLog())
    with pytest.raises(FencedError):
        stalled.step()
    assert box.waiting() == {"intake": 1}
    assert stalled.step() == 0
    assert successor.step() == 1
    assert box.published() == [b"1", b"1", b"2"]


def test_a_publisher_that_lost_one_lane_goes_on_with_the_others(box):
    """It learns at once which lanes are still its own, instead of appending the same again and again."""
    both = box.publisher("intake", "timekeeper")
    both.step()
    box.clock.advance(LEASE_S / 3 - 1)
    with box.database.transaction() as connection:
        outbox.release(connection, ["intake"], owner=both._owner)
    taker = box.publisher()
    taker.step()
    box.add(b"i")
    box.add(b"t", lane="timekeeper")
    with pytest.raises(FencedError):
        both.step()
    assert both.step() == 1
    assert both.step() == 0
    assert taker.step() == 1
    assert sorted(box.published()) == [b"i", b"i", b"t", b"t"]

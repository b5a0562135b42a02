import threading
from datetime import timedelta
from uuid import uuid4

import pytest

from habeas.domain.requests import Right
from habeas.errors import FencedError
from habeas.eventlog.interface import LogRecord
from habeas.storage import ledger, task_rounds
from habeas.storage.ledger import NewTask
from habeas.testing.clocks import HeldClock

TRIGGER = LogRecord("dsr.requests", 3, 17, 1_700_000_000_000, b"token", b'{"a":1}', (("ce_id", b"\xffraw"),))


class Line:
    """A system's line of tasks, with a clock that the test moves."""

    def __init__(self, database):
        self.database = database
        self.clock = HeldClock()

    def add(self, subject, *, id_=None, right=Right.ACCESS):
        new = NewTask(id_ or str(uuid4()), "crm", str(uuid4()), subject, right, TRIGGER)
        with self.database.transaction() as connection:
            ledger.add(connection, [new], now=self.clock.now())
        return new.id

    def lease(self, owner="worker", *, limit=10, lease_s=60.0):
        with self.database.transaction() as connection:
            return ledger.lease(connection, "crm", owner=owner, now=self.clock.now(), lease_s=lease_s, limit=limit)

    def finish(self, *tasks):
        with self.database.transaction() as connection:
            ledger.finish(connection, tasks, now=self.clock.now())

    def postpone(self, task, seconds, *, uses_attempt=True):
        due_at = self.clock.now() + timedelta(seconds=seconds)
        with self.database.transaction() as connection:
            ledger.postpone(connection, task, due_at=due_at, error_class="RetriableError", uses_attempt=uses_attempt)

    def fail(self, task):
        with self.database.transaction() as connection:
            return ledger.fail(connection, task, error_class="PermanentError")

    def reopen(self, task_id):
        with self.database.transaction() as connection:
            return ledger.reopen(connection, task_id, now=self.clock.now())

    def drop(self, task_id):
        with self.database.transaction() as connection:
            return ledger.drop(connection, task_id, now=self.clock.now())

    def end(self, task_id):
        with self.database.transaction() as connection:
            ledger.end(connection, task_id, now=self.clock.now())

    def forget(self, *tasks):
        with self.database.transaction() as connection:
            ledger.forget(connection, tasks)


@pytest.fixture
def line(database):
    return Line(database)


def test_a_persons_requests_are_carried_out_in_order_and_other_people_do_not_wait(line):
    first, second, other = line.add("ada"), line.add("ada"), line.add("bob")
    taken = line.lease()
    assert [task.id for task in taken] == [first, other]
    assert line.lease() == []
    line.finish(*taken)
    assert [task.id for task in line.lease()] == [second]


def test_an_erasure_never_overtakes_an_access_that_waits_for_its_retry(line):
    access, erasure = line.add("ada"), line.add("ada", right=Right.ERASURE)
    line.postpone(line.lease()[0], 30)
    assert line.lease() == []
    line.clock.advance(31)
    assert [task.id for task in line.lease()] == [access]
    assert erasure not in [task.id for task in line.lease()]


def test_a_failed_task_holds_up_its_own_persons_line_until_it_is_replayed(line):
    failed, waiting = line.add("ada"), line.add("ada")
    line.fail(line.lease()[0])
    assert line.lease() == []
    assert line.reopen(failed) is True
    assert line.reopen(failed) is False
    reopened = line.lease()
    assert [(task.id, task.attempts) for task in reopened] == [(failed, 1)]
    line.finish(*reopened)
    assert [task.id for task in line.lease()] == [waiting]


def test_a_finished_task_is_never_set_going_again(line):
    done = line.add("ada")
    line.finish(*line.lease())
    assert line.reopen(done) is False
    assert line.lease() == []


def test_adding_a_task_twice_adds_it_once(line):
    twice = line.add("ada")
    line.add("ada", id_=twice)
    assert [task.id for task in line.lease()] == [twice]


def test_a_worker_that_lost_its_lease_writes_nothing(line):
    line.add("ada")
    slow = line.lease("slow", lease_s=10)[0]
    line.clock.advance(11)
    quick = line.lease("quick")[0]
    assert quick.epoch > slow.epoch
    for write in (lambda: line.finish(slow), lambda: line.postpone(slow, 1), lambda: line.fail(slow)):
        with pytest.raises(FencedError):
            write()
    line.finish(quick)


def test_a_lease_that_is_renewed_is_not_taken(line):
    line.add("ada")
    held = line.lease("slow", lease_s=10)
    line.clock.advance(9)
    with line.database.transaction() as connection:
        assert ledger.renew(connection, held, now=line.clock.now(), lease_s=10)
    line.clock.advance(9)
    assert line.lease("quick") == []


def test_finishing_several_is_all_or_nothing(line):
    line.add("ada")
    line.add("bob")
    ada, bob = line.lease()
    line.finish(ada)
    line.add("cid")
    cid = line.lease()[0]
    with pytest.raises(FencedError):
        line.finish(cid, ada)
    line.finish(cid, bob)


def test_a_snooze_never_uses_up_an_attempt(line):
    line.add("ada")
    for _ in range(3):
        line.postpone(line.lease()[0], 0, uses_attempt=False)
    assert line.lease()[0].attempts == 1


def test_the_record_that_asked_for_a_task_comes_back_byte_by_byte(line):
    line.add("ada")
    assert line.lease()[0].trigger == TRIGGER


def test_two_workers_never_get_the_same_task(line):
    """Both take from the same line at the same time."""
    ids = {line.add(f"person {number}") for number in range(60)}
    taken: list[str] = []
    start = threading.Barrier(2)

    def work(owner):
        start.wait()
        while tasks := line.lease(owner, limit=5):
            taken.extend(task.id for task in tasks)

    workers = [threading.Thread(target=work, args=(owner,)) for owner in ("one", "two")]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    taken.extend(task.id for task in line.lease())
    assert sorted(taken) == sorted(ids)


def test_a_task_that_nobody_has_begun_can_be_dropped_and_the_next_goes_on(line):
    """Failed or waiting; not twice, and not one that is done."""
    waiting, failing, last = line.add("ada"), line.add("bob"), line.add("bob")
    (_, bobs) = line.lease(lease_s=1)
    line.fail(bobs)
    line.clock.advance(2)
    assert [line.drop(each) for each in (waiting, failing)] == [True, True]
    assert not line.drop(waiting)
    assert [task.id for task in line.lease()] == [last]


def test_a_task_that_has_been_begun_is_not_dropped(line):
    """Neither while a worker is on it, nor once its plan is stored: half an erasure would be worse than a whole one."""
    line.add("ada")
    (task,) = line.lease(lease_s=60)
    assert not line.drop(task.id)
    with line.database.transaction() as connection:
        task_rounds.remember(connection, [(task, 1, str(uuid4()))])
    line.clock.advance(61)
    assert not line.drop(task.id)
    assert [again.id for again in line.lease()] == [task.id]


def test_a_task_that_is_ended_is_never_begun_again_and_the_next_goes_on(line):
    """Waiting, put off or failed, and with a plan; a replay does not bring it back."""
    waiting, put_off, failed = (line.add(person) for person in ("ada", "bob", "eve"))
    following = [line.add(person) for person in ("ada", "bob", "eve")]
    _, bobs, eves = line.lease()
    line.clock.advance(61)
    _, bobs, eves = line.lease()
    with line.database.transaction() as connection:
        task_rounds.remember(connection, [(bobs, 1, str(uuid4()))])
    line.postpone(bobs, 5)
    assert line.fail(eves)
    line.clock.advance(61)
    for each in (waiting, put_off, failed, failed):
        line.end(each)
    assert not line.reopen(failed)
    assert [task.id for task in line.lease()] == following


@pytest.mark.parametrize("ending", ["finish", "fail", "postpone", "crash"])
def test_a_task_that_is_ended_while_a_worker_is_at_it_has_no_further_attempt(line, ending):
    """And what follows in its line waits for the end of this one."""
    ended, following = line.add("ada"), line.add("ada")
    (task,) = line.lease()
    line.end(ended)
    assert line.lease() == []
    if ending == "fail":
        assert not line.fail(task), "no operator need look at it"
    elif ending != "crash":
        {"finish": line.finish, "postpone": lambda task: line.postpone(task, 0)}[ending](task)
    line.clock.advance(61)
    taken = line.lease() or line.lease()
    assert [each.id for each in taken] == [following]
    with pytest.raises(FencedError):
        line.finish(task)


def test_a_task_that_is_forgotten_can_be_asked_for_again(line):
    again = line.add("ada")
    (task,) = line.lease()
    line.forget(task)
    with pytest.raises(FencedError):
        line.forget(task)
    assert line.lease() == []
    line.add("ada", id_=again)
    assert [each.id for each in line.lease()] == [again]

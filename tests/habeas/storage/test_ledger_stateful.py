"""The ledger under any sequence of workers' doings: each person's order holds, and only the last lease writes."""

from datetime import timedelta
from uuid import uuid4

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from habeas.domain.requests import Right
from habeas.errors import FencedError
from habeas.eventlog.interface import LogRecord
from habeas.storage import ledger
from habeas.storage.database import Database
from habeas.storage.ledger import NewTask
from habeas.storage.migrate import migrate
from habeas.storage.tables import tasks
from habeas.testing.clocks import HeldClock

TRIGGER = LogRecord("dsr.requests", 0, 0, 0, b"k", b"{}", ())
LEASE_S = 10.0
PEOPLE = st.sampled_from(["ada", "bob", "cid"])


class Ledger(RuleBasedStateMachine):
    """`leases` are all that were ever given, most of them stale by the time they are used."""

    leases = Bundle("leases")

    @initialize()
    def open(self):
        self.database = Database("sqlite://")
        migrate(self.database)
        self.clock = HeldClock()
        self.lines = {"ada": [], "bob": [], "cid": []}
        self.done, self.failed = [], set()
        self.held = {}  # task id → the last lease of it, while it may write

    def teardown(self):
        if hasattr(self, "database"):
            self.database.close()

    def transaction(self):
        return self.database.transaction()

    @rule(person=PEOPLE, twice=st.booleans())
    def add(self, person, twice):
        id_ = str(uuid4())
        new = NewTask(id_, "crm", str(uuid4()), person, Right.ERASURE, TRIGGER)
        with self.transaction() as connection:
            ledger.add(connection, [new] * (2 if twice else 1), now=self.clock.now())
        self.lines[person].append(id_)

    @rule(target=leases, owner=st.sampled_from(["one", "two"]), limit=st.integers(1, 3))
    def lease(self, owner, limit):
        now = self.clock.now()
        with self.transaction() as connection:
            taken = ledger.lease(connection, "crm", owner=owner, now=now, lease_s=LEASE_S, limit=limit)
        assert len({task.subject for task in taken}) == len(taken)
        for task in taken:
            waiting = [id_ for id_ in self.lines[task.subject] if id_ not in self.done]
            assert task.id == waiting[0], "not the head of its line"
            assert task.id not in self.failed
            before = self.held.get(task.id)
            assert before is None or before[1] < now, "taken from somebody who still has it"
            self.held[task.id] = (task, now + timedelta(seconds=LEASE_S))
        return multiple(*taken)

    @rule(seconds=st.sampled_from([1, 6, 11, 30]))
    def wait(self, seconds):
        self.clock.advance(seconds)

    @rule(task=leases)
    def renew(self, task):
        now = self.clock.now()
        with self.transaction() as connection:
            renewed = ledger.renew(connection, [task], now=now, lease_s=LEASE_S)
        assert renewed == self.owns(task)
        if renewed:
            self.held[task.id] = (task, now + timedelta(seconds=LEASE_S))

    @rule(task=consumes(leases), again=st.booleans())
    def finish(self, task, again):
        for _ in range(2 if again else 1):
            if self.writes(task, lambda connection: ledger.finish(connection, [task], now=self.clock.now())):
                self.done.append(task.id)

    @rule(task=leases, uses_attempt=st.booleans())
    def postpone(self, task, uses_attempt):
        due_at = self.clock.now() + timedelta(seconds=5)
        self.writes(
            task,
            lambda connection: ledger.postpone(
                connection, task, due_at=due_at, error_class="E", uses_attempt=uses_attempt
            ),
        )

    @rule(task=leases)
    def fail(self, task):
        if self.writes(task, lambda connection: ledger.fail(connection, task, error_class="E")):
            self.failed.add(task.id)

    @rule(person=PEOPLE, place=st.integers(0, 5))
    def replay(self, person, place):
        if place < len(self.lines[person]):
            id_ = self.lines[person][place]
            with self.transaction() as connection:
                assert ledger.reopen(connection, id_, now=self.clock.now()) == (id_ in self.failed)
            self.failed.discard(id_)

    def owns(self, task):
        return task.id in self.held and self.held[task.id][0].epoch == task.epoch

    def writes(self, task, write):
        """Whether it wrote, which it must if and only if the lease is the task's last."""
        owned = self.owns(task)
        try:
            with self.transaction() as connection:
                write(connection)
        except FencedError:
            assert not owned
            return False
        assert owned
        del self.held[task.id]
        return True

    @invariant()
    def persons_order_holds(self):
        if hasattr(self, "database"):
            for line in self.lines.values():
                finished = [id_ for id_ in self.done if id_ in line]
                assert finished == line[: len(finished)]

    @invariant()
    def nothing_is_lost(self):
        if hasattr(self, "database"):
            with self.database.reading() as connection:
                states = {row.id: row.state for row in connection.execute(tasks.select())}
            everything = [id_ for line in self.lines.values() for id_ in line]
            expected = {
                id_: "done" if id_ in self.done else "failed" if id_ in self.failed else "pending" for id_ in everything
            }
            assert states == expected


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)

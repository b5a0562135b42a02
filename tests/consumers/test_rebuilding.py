"""The whole log, replayed into an empty database, gives the same cases and asks for nothing anew."""

import pytest

from consumers.aggregator.rebuilding import Rebuilding
from habeas.domain.cases import CaseState, SystemState
from habeas.domain.requests import Right
from habeas.errors import PermanentError, SystemDownError, UserError
from habeas.eventlog.interface import Message
from habeas.roles import groups
from habeas.storage import ledger
from habeas.storage.case_lists import listed
from habeas.storage.cases import fetch_many
from habeas.storage.database import Database
from habeas.storage.dead_letters import Selection, select_letters
from habeas.storage.migrate import migrate
from habeas.testing.notebook import Note, Notebook
from schemas.events import ResponseAssembled, ResponseDelivered, TaskCompleted
from schemas.topics import REQUESTS

DAY_S = 86_400


class Lived:
    """A pipeline in which everything has happened: answers, a replay, a failure, silence, giving up, poison."""

    def __init__(self, new_pipeline, state_url):
        self.crm, self.billing = Notebook(), Notebook()
        for number in range(8):
            self.crm.notes.append(Note(str(number), self.email(number)))
        self.pipeline = new_pipeline({"crm": self.crm, "billing": self.billing}, state_url=state_url)
        submit = self.pipeline.submit
        self.given_up = submit(Right.ERASURE, self.email(0))
        self.billing.before = self._down
        self.pipeline.run()
        self.pipeline.clock.advance(DAY_S + 1)
        self.pipeline.run()
        self.pipeline.clock.advance(20 * DAY_S)
        self.pipeline.run()
        self.billing.before = lambda *_: None
        self.pipeline.clock.advance(60)
        self.pipeline.run()
        self.delivered = [submit(right, self.email(1)) for right in (Right.ACCESS, Right.ERASURE, Right.RESTRICTION)]
        self.pipeline.run()
        self.crm.before = self._refuse
        self.replayed, self.failed = submit(Right.ERASURE, self.email(2)), submit(Right.ERASURE, self.email(3))
        self.behind = submit(Right.ACCESS, self.email(3))
        self.pipeline.run()
        self.crm.before = lambda *_: None
        letters = self.letters(self.pipeline.habeas.database)
        (first,) = [each for each in letters if each.request_id == self.replayed]
        self.pipeline.habeas.replay.replay(Selection(ids=(first.id,)), actor="tester")
        self.pipeline.run()
        self.pipeline.habeas.event_log.append([Message(REQUESTS.name, b"k", b"junk", ())])
        self.silent = submit(Right.RESTRICTION, self.email(4))
        self.crm.before = self._down
        self.pipeline.run()
        self.pipeline.clock.advance(DAY_S + 1)
        self.pipeline.run()
        self.unfinished = submit(Right.ACCESS, self.email(5))
        self.pipeline.run(without={"crm.worker"})

    @staticmethod
    def email(number):
        return f"person{number}@example.org"

    def _down(self, *_):
        raise SystemDownError("refused")

    def _refuse(self, *_):
        raise PermanentError("no")

    @staticmethod
    def letters(database):
        with database.reading() as connection:
            return select_letters(connection, Selection(with_replayed=True))

    def cases(self, database):
        with database.reading() as connection:
            rows = sorted(tuple(map(str, row)) for row in listed(connection, limit=100))
            return rows, fetch_many(connection, [row[0] for row in rows])


@pytest.fixture
def lived(state_url, new_pipeline):
    return Lived(new_pipeline, state_url)


@pytest.fixture
def empty(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/rebuilt.db")
    migrate(database)
    yield database
    database.close()


def rebuild(lived, database):
    pipeline = lived.pipeline
    return Rebuilding(
        event_log=pipeline.habeas.event_log,
        database=database,
        groups=groups(pipeline.habeas.systems),
        clock=pipeline.clock,
    ).run()


def test_the_same_cases_and_dead_letters_come_out(lived, empty):
    """law C30."""
    rebuilt = rebuild(lived, empty)
    original = lived.pipeline.habeas.database
    assert lived.cases(empty) == lived.cases(original)
    assert (rebuilt.cases, rebuilt.unreadable) == (9, 2)
    _, cases = lived.cases(empty)
    assert cases[lived.given_up].systems == {"crm": SystemState.COMPLETED, "billing": SystemState.COMPLETED}
    assert cases[lived.failed].systems["crm"] is SystemState.FAILED
    assert cases[lived.silent].systems["crm"] is SystemState.SILENT

    def shown(database):
        return {
            (
                each.id,
                each.consumer,
                each.system,
                each.task_id,
                each.error_class,
                each.attempts,
                each.replayed_at is None,
            )
            for each in lived.letters(database)
        }

    assert shown(empty) == shown(original)
    assert len(shown(empty)) == 6


def test_nothing_that_was_finished_is_done_or_answered_again(lived, empty, new_pipeline):
    """All roles go on with the rebuilt database, and read the whole log anew besides."""
    pipeline = lived.pipeline
    rebuild(lived, empty)
    before = {kind: len(pipeline.records(kind.topic)) for kind in (ResponseAssembled, TaskCompleted)}
    applied = lived.crm.count("apply").total(), lived.billing.count("apply").total()
    completed = {event.id for event in pipeline.events(TaskCompleted)}
    original = pipeline.habeas.database
    with original.reading() as connection:
        sealed = connection.exec_driver_sql("SELECT count(*) FROM artefacts").scalar()
    assert sealed
    pipeline.habeas.__dict__["database"] = empty
    loops = {loop.name: loop for loop in pipeline.loops_of(pipeline.habeas)}
    for loop in pipeline.loops.values():
        loop.close()
    pipeline.loops = loops
    lived.crm.before = lambda *_: None
    pipeline.clock.advance(3_600)
    pipeline.run()
    assert {event.id for event in pipeline.events(TaskCompleted)} == completed
    assert (lived.crm.count("apply").total(), lived.billing.count("apply").total()) == applied
    assert before[ResponseAssembled] == len(pipeline.records(ResponseAssembled.topic))
    assert len(pipeline.events(ResponseDelivered)) == 6  # two of them of the request that a system came late to
    _, cases = lived.cases(empty)
    assert {cases[each].state for each in lived.delivered} == {CaseState.DELIVERED}
    unfinished = [each for each in lived.letters(empty) if each.request_id in {lived.silent, lived.unfinished}]
    assert {each.error_class for each in unfinished} == {"ArtefactLostError"}


def test_a_persons_line_waits_behind_the_same_failed_task_as_before(lived, empty):
    rebuild(lived, empty)
    with empty.transaction() as connection:
        now = lived.pipeline.clock.now()
        leased = ledger.lease(connection, "crm", owner="x", now=now, lease_s=1, limit=10)
        assert {each.request_id for each in leased} == {lived.silent, lived.unfinished}
        assert ledger.lease(connection, "billing", owner="x", now=now, lease_s=1, limit=10) == []
        assert ledger.lease(connection, "answer", owner="x", now=now, lease_s=1, limit=10) == []
        assert ledger.lease(connection, "delivery", owner="x", now=now, lease_s=1, limit=10) == []


def test_a_database_with_cases_in_it_is_left_alone(lived):
    with pytest.raises(UserError, match="not empty"):
        rebuild(lived, lived.pipeline.habeas.database)

"""An erasure is undone before every system has carried it out: what waits is dropped, what was begun is put back."""

import pytest

from consumers.aggregator.rebuilding import Rebuilding
from habeas import failpoints
from habeas.domain.cases import CaseState, SystemState
from habeas.domain.remainder import Remainder
from habeas.domain.requests import Right
from habeas.errors import PermanentError, RetriableError, SystemDownError, UserError
from habeas.eventlog import cloudevents
from habeas.eventlog.interface import Message
from habeas.roles import groups
from habeas.settings_sections import TimeSettings
from habeas.storage import cases, ledger
from habeas.storage.database import Database
from habeas.storage.dead_letters import Selection, select_letters
from habeas.storage.migrate import migrate
from habeas.testing.notebook import Note, Notebook, UndoableNotebook
from producers.reconciliation import Reconciliation
from schemas.events import ReplayRequested, ResponseAssembled, TaskCompleted, TaskFailed, UndoCompleted, UndoRequested

ADA = "ada@example.org"
DAY_S = 86_400
REQUESTS = UndoRequested.topic


class Waiting:
    """Files are erased; the CRM failed as told, was given up, and Ada has her answer without it."""

    def __init__(self, new_pipeline, failure, *, crm=UndoableNotebook, **options):
        self.crm = crm([Note("1", ADA), Note("2", ADA), Note("3", "bo@example.org")])
        self.files = UndoableNotebook([Note("4", ADA)])
        options.setdefault("time", TimeSettings(erasure_grace_days=30, rescan_after_days=40))
        self.pipeline = new_pipeline({"crm": self.crm, "files": self.files}, **options)
        self.crm.before = failure
        self.request = self.pipeline.submit(Right.ERASURE, ADA)
        self.pipeline.run()
        self.days((self.case().due_on - self.pipeline.clock.today()).days - 10)
        assert self.case().systems["crm"] is SystemState.GIVEN_UP
        assert self.case().remainder.owed == {"crm"}

    def days(self, days):
        self.pipeline.clock.advance(days * DAY_S + 1)
        self.pipeline.run()

    def mend(self):
        self.crm.before = Notebook().before

    def case(self):
        return self.pipeline.case(self.request)

    @property
    def undo(self):
        return self.pipeline.habeas.undo

    def ask(self, **options):
        return self.undo.request(self.request, reason="the wrong Ada", actor="dpo", **options)

    def left(self):
        return sorted(note.key for note in self.crm.notes)

    def letters(self):
        return self.pipeline.habeas.replay.matching(Selection())

    def assert_never_been(self):
        """Nobody was erased, nothing is to come, and the person is promised nothing more."""
        assert (self.left(), [note.key for note in self.files.notes]) == (["1", "2", "3"], ["4"])
        case = self.case()
        assert case.systems == {"crm": SystemState.DROPPED, "files": SystemState.UNDONE}
        assert (case.state, case.remainder) == (CaseState.UNDONE, Remainder())
        assert len(self.pipeline.events(ResponseAssembled)) == 1
        assert len(self.pipeline.events(UndoCompleted)) == 2
        assert list(self.letters()) == []


def _down(_operation, _subject):
    raise SystemDownError("refused")


def _refuse(_operation, _subject):
    raise PermanentError("no")


def _fail_after(done):
    """The first times that this is done a fault follows it."""
    faults = iter([PermanentError("no")])

    def fail(operation, _subject):
        if operation == done and (fault := next(faults, None)):
            raise fault

    return fail


@pytest.fixture
def new_waiting(new_pipeline):
    return lambda *arguments, **options: Waiting(new_pipeline, *arguments, **options)


def test_a_system_that_comes_back_after_the_undoing_erases_nothing_ever(state_url, new_waiting):
    """Not when it is back, nor when its turn to be looked at again would have come, nor after a restored backup."""
    waiting = new_waiting(_down, state_url=state_url)
    planned = {each.system: each for each in waiting.undo.plan(waiting.request).systems}
    assert (planned["crm"].possible, planned["crm"].dropped, planned["files"].dropped) == (True, True, False)
    waiting.ask()
    waiting.pipeline.run()
    assert waiting.case().systems["crm"] is SystemState.UNDOING, "it is down still"
    assert waiting.case().remainder == Remainder(), "nobody waits for what will never be"
    waiting.mend()
    waiting.days(1)
    waiting.assert_never_been()
    waiting.days(100)
    reconciliation = Reconciliation(database=waiting.pipeline.habeas.database, clock=waiting.pipeline.clock)
    assert reconciliation.request("crm", actor="dpo").asked == ()
    waiting.days(1)
    waiting.assert_never_been()
    assert waiting.crm.count("apply").total() == 0
    with pytest.raises(UserError, match="undone already"):
        waiting.ask(systems=["crm"])


def test_its_dead_letter_is_gone_and_no_replay_brings_it_back(state_url, new_waiting):
    waiting = new_waiting(_refuse, state_url=state_url)
    (letter,) = waiting.letters()
    waiting.ask()
    waiting.mend()
    waiting.pipeline.run()
    waiting.assert_never_been()
    assert waiting.pipeline.habeas.replay.replay(Selection(ids=(letter.id,)), actor="dpo") == []
    late = ReplayRequested(
        request_id=waiting.request, at=waiting.pipeline.clock.now(), system="crm", dead_letter=letter.id
    )
    message = cloudevents.to_message(late, key=waiting.case().subject, source="habeas/replay")
    waiting.pipeline.habeas.event_log.append([message])
    waiting.days(1)
    waiting.assert_never_been()


def test_what_was_applied_before_it_failed_is_put_back(state_url, new_waiting):
    waiting = new_waiting(_fail_after("applied"), state_url=state_url)
    assert waiting.left() == ["3"]
    (planned,) = waiting.undo.plan(waiting.request, systems=["crm"]).systems
    assert (planned.dropped, planned.originals) == (True, 2)
    waiting.ask()
    waiting.pipeline.run()
    waiting.assert_never_been()
    assert waiting.case().undoings["crm"].effects == {"notes": {"restored": 2}}
    waiting.days(100)
    waiting.assert_never_been()


def test_what_failed_before_it_changed_anything_needs_no_putting_back(new_waiting):
    waiting = new_waiting(_fail_after("apply"))
    waiting.ask()
    waiting.pipeline.run()
    waiting.assert_never_been()
    assert waiting.case().undoings["crm"].effects == {}


@pytest.mark.parametrize("done", ["apply", "applied"])
def test_what_a_system_without_originals_may_have_done_is_told(new_waiting, done):
    waiting = new_waiting(_fail_after(done), crm=Notebook)
    left = waiting.left()
    waiting.ask()
    waiting.pipeline.run()
    case = waiting.case()
    assert (waiting.left(), case.systems["crm"]) == (left, SystemState.PARTLY_UNDONE)
    (refusal,) = waiting.undo.refusals(case.undoings["crm"], vault=waiting.pipeline.habeas.vault)
    assert "may have been carried out" in refusal.reason
    assert (case.state, case.remainder, list(waiting.letters())) == (CaseState.UNDONE, Remainder(), [])
    with pytest.raises(UserError, match="keeps no originals"):
        waiting.ask(systems=["crm"])
    waiting.days(100)
    assert waiting.left() == left


def test_in_a_database_rebuilt_from_the_log_it_stays_dropped(new_waiting, tmp_path):
    waiting = new_waiting(_refuse)
    waiting.ask()
    waiting.pipeline.run()
    empty = Database(f"sqlite:///{tmp_path}/rebuilt.db")
    migrate(empty)
    parts = waiting.pipeline.habeas
    clock = waiting.pipeline.clock
    Rebuilding(event_log=parts.event_log, database=empty, groups=groups(parts.systems), clock=clock).run()
    with empty.transaction() as connection:
        assert cases.fetch(connection, waiting.request) == waiting.case()
        assert select_letters(connection, Selection()) == []
        assert ledger.lease(connection, "crm", owner="worker", now=clock.now(), lease_s=60, limit=9) == []
    empty.close()


def test_only_the_systems_named_are_dropped(new_waiting):
    waiting = new_waiting(_down)
    waiting.ask(systems=["files"])
    waiting.mend()
    waiting.days(1)
    assert (waiting.left(), waiting.case().systems["crm"]) == (["3"], SystemState.COMPLETED)


def _undone_meanwhile(waiting, then):
    """The undoing is asked for, and has come to the system, while its worker is at the erasure."""

    def before(operation, _subject):
        if operation == "apply" and not waiting.pipeline.events(UndoRequested):
            waiting.ask()
            waiting.pipeline.run(without=frozenset({"crm.worker"}))
        then(operation)

    waiting.crm.before = before


def test_an_erasure_that_is_under_way_is_finished_and_then_undone(state_url, new_waiting):
    waiting = new_waiting(_down, state_url=state_url)
    _undone_meanwhile(waiting, lambda _operation: None)
    waiting.days(1)
    assert [each.system for each in waiting.pipeline.events(TaskCompleted)] == ["files", "crm"]
    assert waiting.left() == ["1", "2", "3"]
    assert waiting.case().systems["crm"] is SystemState.UNDONE
    assert (waiting.case().remainder, len(waiting.pipeline.events(ResponseAssembled))) == (Remainder(), 1)


@pytest.mark.parametrize(
    ("at", "fault"), [("apply", RetriableError), ("apply", SystemDownError), ("applied", PermanentError)]
)
def test_an_erasure_under_way_that_fails_is_not_tried_again_but_undone(new_waiting, at, fault):
    def then(operation):
        if operation == at and not raised:
            raised.append(operation)
            raise fault("no")

    raised = []
    waiting = new_waiting(_down)
    _undone_meanwhile(waiting, then)
    waiting.days(1)
    waiting.days(1)
    assert raised
    waiting.assert_never_been()
    assert waiting.pipeline.events(TaskFailed) == []
    assert waiting.crm.count("apply").total() == (at == "applied")


def test_however_often_the_log_gives_it_it_is_undone_once(new_waiting):
    waiting = new_waiting(_fail_after("applied"))
    waiting.ask()
    for _ in range(2):
        waiting.pipeline.run()
        again = [Message(REQUESTS, each.key, each.value, each.headers) for each in waiting.pipeline.records(REQUESTS)]
        waiting.pipeline.habeas.event_log.append(again)
    waiting.days(1)
    waiting.assert_never_been()
    assert waiting.crm.count("undo").total() == 1


@pytest.mark.parametrize(
    "step",
    ["task.leased", "undo.before", "undo.inside", "undo.after", "outcome.before_commit"],
)
def test_stopped_at_any_step_it_is_put_back_once(new_waiting, monkeypatch, step):
    def stop(reached):
        if reached == step and not stopped:
            stopped.append(reached)
            raise RuntimeError("stopped")

    waiting = new_waiting(_fail_after("applied"))
    waiting.ask(systems=["crm"])
    stopped = []
    monkeypatch.setattr(failpoints, "reach", stop)
    try:
        waiting.pipeline.run()
    except RuntimeError:
        assert step == "task.leased"
    assert stopped
    waiting.days(1)
    assert waiting.left() == ["1", "2", "3"]
    assert waiting.case().undoings["crm"].effects == {"notes": {"restored": 2}}


def test_a_further_answer_that_is_not_written_yet_is_not_written_any_more(new_waiting):
    waiting = new_waiting(_down)
    waiting.mend()
    waiting.pipeline.clock.advance(DAY_S)
    waiting.pipeline.run(without=frozenset({"answer.worker"}))
    assert waiting.case().remainder.ready == {"crm"}
    waiting.ask()
    waiting.days(1)
    assert waiting.left() == ["1", "2", "3"]
    assert len(waiting.pipeline.events(ResponseAssembled)) == 1

"""An erasure is undone before every system has carried it out: what waits is dropped, what was begun is put back."""

import pytest

from consumers.aggregator.rebuilding import Rebuilding
from habeas import failpoints
from habeas.domain.cases import CaseState, SystemState
from habeas.domain.remainder import Remainder
from habeas.errors import PermanentError, SystemDownError, UserError
from habeas.eventlog import cloudevents
from habeas.eventlog.interface import Message
from habeas.roles import groups
from habeas.storage import cases, ledger
from habeas.storage.database import Database
from habeas.storage.dead_letters import Selection, select_letters
from habeas.storage.migrate import migrate
from habeas.testing.notebook import Notebook
from producers.reconciliation import Reconciliation
from schemas.events import ReplayRequested, ResponseAssembled, UndoRequested
from schemas.recipients import RecipientsNamed

ADA = "ada@example.org"
DAY_S = 86_400
REQUESTS = UndoRequested.topic


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


def test_recipients_hear_nothing_of_what_was_broken_off_and_put_back(new_waiting):
    """They never heard that it was erased."""
    waiting = new_waiting(_fail_after("applied"))
    named = waiting.pipeline.events(RecipientsNamed)
    waiting.ask(systems=["crm"])
    waiting.pipeline.run()
    assert waiting.case().undoings["crm"].effects == {"notes": {"restored": 2}}
    assert waiting.pipeline.events(RecipientsNamed) == named


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

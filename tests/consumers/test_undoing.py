"""A wrong erasure is undone: once, in the person's order, with its reason, until the grace time is over."""

from datetime import timedelta

import pytest

from consumers.aggregator.rebuilding import Rebuilding
from habeas.domain.cases import CaseState, SystemState
from habeas.domain.requests import Right
from habeas.errors import NotFoundError, PermanentError, RetriableError, SystemDownError, UserError
from habeas.roles import groups
from habeas.storage import originals
from habeas.storage.cases import fetch
from habeas.storage.database import Database
from habeas.storage.dead_letters import Selection, select_letters
from habeas.storage.migrate import migrate
from habeas.testing.notebook import Note
from schemas.events import UndoCompleted, UndoRequested

ADA = "ada@example.org"
DAY_S = 86_400


def test_what_was_erased_is_put_back_and_told_by_name_where_it_can_not_be(erased_anywhere):
    erased = erased_anywhere
    assert erased.notes() == [("3", "a note")]
    assert erased.case().completions["crm"].undo_until == erased.case().completions["crm"].at + timedelta(days=14)
    planned = {each.system: each for each in erased.undo.plan(erased.request).systems}
    assert (planned["crm"].possible, planned["crm"].erased, planned["crm"].originals) == (True, {"notes": 2}, 2)
    assert planned["billing"].why_not == "it keeps no originals"
    assert erased.notes() == [("3", "a note")], "a plan changes nothing"
    erased.ask()
    erased.pipeline.run()
    assert erased.notes() == erased.before
    assert not erased.billing.notes
    case = erased.case()
    assert case.state is CaseState.UNDONE
    assert case.systems == {"crm": SystemState.UNDONE, "billing": SystemState.COMPLETED}
    assert case.undoings["crm"].effects == {"notes": {"restored": 2}}


def test_who_and_why_are_in_the_audit_trail_and_the_reason_is_on_no_log(erased):
    """law C30."""
    erased.ask(systems=["crm"])
    erased.pipeline.run()
    (noted,) = erased.audited("undo.requested")
    assert (noted.actor, noted.request_id) == ("dpo", erased.request)
    assert (noted.details["reason"], noted.details["systems"]) == ("the wrong Ada", ["crm"])
    assert not any(b"wrong Ada" in (record.value or b"") for record in erased.pipeline.records(UndoRequested.topic))


def test_undoing_twice_does_nothing_twice(erased_anywhere):
    erased = erased_anywhere
    erased.ask()
    with pytest.raises(UserError, match="being undone already"):
        erased.ask()
    erased.pipeline.run()
    with pytest.raises(UserError, match="undone already"):
        erased.ask()
    assert erased.notes() == erased.before
    assert erased.crm.count("undo").total() == 1
    assert len(erased.pipeline.events(UndoCompleted)) == 1


def test_what_can_not_be_undone_is_said_and_nothing_is_asked_for(erased):
    access = erased.pipeline.submit(Right.ACCESS, ADA)
    under_way = erased.pipeline.submit(Right.ERASURE, "bo@example.org")
    with pytest.raises(UserError, match="under way"):
        erased.undo.plan(under_way)
    erased.pipeline.run()
    with pytest.raises(UserError, match="only an erasure"):
        erased.undo.plan(access)
    with pytest.raises(NotFoundError, match="'files'"):
        erased.undo.plan(erased.request, systems=["files"])
    with pytest.raises(UserError, match="billing: it keeps no originals"):
        erased.ask(systems=["billing"])
    with pytest.raises(UserError, match="--reason"):
        erased.undo.request(erased.request, reason=" ", actor="dpo")
    assert erased.pipeline.events(UndoRequested) == []
    assert erased.audited("undo.requested") == []


def test_an_erasure_that_the_person_asked_for_later_is_not_undone_by_undoing_an_earlier_one(erased):
    later = erased.pipeline.submit(Right.ERASURE, ADA)
    with pytest.raises(UserError, match=later):
        erased.undo.plan(erased.request)


def _down(*_):
    raise SystemDownError("refused")


def test_what_somebody_has_changed_since_is_refused_told_and_may_be_tried_again(erased_anywhere):
    erased = erased_anywhere
    erased.crm.notes.append(Note("1", "new@example.org", "a newer note"))
    erased.ask()
    erased.pipeline.run()
    case = erased.case()
    assert case.systems["crm"] is SystemState.PARTLY_UNDONE
    assert case.state is CaseState.UNDONE
    assert (case.undoings["crm"].refused, case.undoings["crm"].effects) == (1, {"notes": {"restored": 1}})
    refused = erased.undo.refusals(case.undoings["crm"], vault=erased.pipeline.habeas.vault)
    assert [(each.place, each.reason) for each in refused] == [("note 1", "another note has its place")]
    erased.crm.notes[:] = [note for note in erased.crm.notes if note.key != "1"]
    erased.ask()
    erased.pipeline.run()
    assert erased.notes() == erased.before
    assert erased.case().systems["crm"] is SystemState.UNDONE


def test_a_failed_undoing_waits_for_an_operator_and_is_replayed(erased):
    erased.crm.before = _refuse
    erased.ask()
    erased.pipeline.run()
    case = erased.case()
    assert (case.state, case.systems["crm"]) == (CaseState.NEEDS_ATTENTION, SystemState.UNDO_FAILED)
    erased.crm.before = lambda *_: None
    assert len(erased.pipeline.habeas.replay.replay(Selection(system="crm"), actor="dpo")) == 1
    erased.pipeline.run()
    assert erased.notes() == erased.before
    assert erased.case().state is CaseState.UNDONE


def _refuse(operation, _subject):
    if operation == "undo":
        raise PermanentError("no")


def test_the_undoing_keeps_its_place_in_the_persons_line(erased):
    """What was asked for before it is done before it, what came later after it."""
    erased.crm.before = _down
    earlier = erased.pipeline.submit(Right.ACCESS, ADA)
    erased.pipeline.run()
    erased.ask()
    later = erased.pipeline.submit(Right.ACCESS, ADA)
    erased.pipeline.run()
    erased.crm.before = lambda *_: None
    erased.days(1)

    def disclosed(id_):
        return sum(line.records for line in erased.pipeline.case(id_).completions["crm"].summary)

    assert (disclosed(earlier), disclosed(later)) == (0, 2)


@pytest.mark.parametrize("operation", ["applied", "undone"])
def test_a_fault_after_the_change_loses_and_repeats_nothing(new_erased, operation):
    """The original stays the first one that was kept, and the effects are counted once."""
    erased = new_erased()
    failures = iter([RetriableError("lost"), RetriableError("lost")])

    def sometimes(name, _subject):
        if name == operation and (error := next(failures, None)):
            raise error

    erased.crm.before = sometimes
    erased.pipeline.run_until(lambda: erased.case().state is CaseState.DELIVERED, step_s=60)
    assert len(erased.originals_stored()) == 2
    erased.ask()
    erased.pipeline.run_until(lambda: erased.case().state is CaseState.UNDONE, step_s=60)
    erased.days(0)
    assert erased.notes() == erased.before
    assert erased.case().undoings["crm"].effects == {"notes": {"restored": 2}}


def test_replayed_into_an_empty_database_the_cases_are_the_same(erased, tmp_path):
    """An undone request, one that failed, and the keys that are to be destroyed in time."""
    pipeline = erased.pipeline
    other = pipeline.submit(Right.ERASURE, "bo@example.org")
    pipeline.run()
    erased.ask()
    pipeline.run()
    erased.crm.before = _refuse
    pipeline.habeas.undo.request(other, reason="another Bo", actor="dpo")
    pipeline.run()
    empty = Database(f"sqlite:///{tmp_path}/rebuilt.db")
    migrate(empty)
    Rebuilding(
        event_log=pipeline.habeas.event_log,
        database=empty,
        groups=groups(pipeline.habeas.systems),
        clock=pipeline.clock,
    ).run()
    with empty.reading() as connection, pipeline.habeas.database.reading() as there:
        for id_ in (erased.request, other):
            assert fetch(connection, id_) == fetch(there, id_)
        assert fetch(connection, other).systems["crm"] is SystemState.UNDO_FAILED
        (letter,) = select_letters(connection, Selection())
        (original,) = select_letters(there, Selection())
        assert (letter.id, letter.task_id) == (original.id, original.task_id)
        known = originals.of_request(connection, other)["crm"]
        assert known.key_id == originals.of_request(there, other)["crm"].key_id
    pipeline.habeas.__dict__["database"] = empty
    pipeline.clock.advance(15 * DAY_S)
    for loop in pipeline.loops_of(pipeline.habeas):
        if loop.name == "expiry":
            loop.step()
    with pytest.raises(PermanentError):
        pipeline.habeas.vault.unlocked([known.key_id])
    empty.close()

"""What the rules leave open is decided by a person, carried out on just these records, and told in a further answer."""

from zipfile import ZipFile

import pytest
from sqlalchemy import select

from consumers.aggregator.rebuilding import Rebuilding
from habeas.domain.cases import CaseState
from habeas.domain.requests import Right
from habeas.domain.reviews import Verdict
from habeas.errors import NotFoundError, PermanentError, UserError
from habeas.roles import groups
from habeas.storage import other_people
from habeas.storage.case_lists import listed
from habeas.storage.cases import fetch_many
from habeas.storage.database import Database
from habeas.storage.dead_letters import Selection, select_letters
from habeas.storage.migrate import migrate
from habeas.storage.tables import tasks
from habeas.testing.notebook import Note
from producers.reviewing import Choice
from schemas.events import ResponseAssembled, ResponseDelivered, TaskCompleted
from schemas.reviews import ReviewCompleted, ReviewDecided

ADA = "ada@example.org"
CLIENT = "Client Ltd"


def test_weak_matches_of_this_person_are_erased_and_those_of_others_left_alone(reviewed):
    assert reviewed.labels() == ["crm:1", "crm:2"]
    assert reviewed.left() == {"1", "2", "3", "4"}
    reviewed.decide("crm:1", Verdict.SAME_PERSON)
    reviewed.pipeline.run()
    assert reviewed.left() == {"2", "3", "4"}
    assert reviewed.pipeline.events(ResponseAssembled) == [reviewed.case().assembled], "something is still open"
    reviewed.decide("crm:2", Verdict.OTHER_PERSON)
    reviewed.pipeline.run()
    assert reviewed.left() == {"2", "3", "4"}
    case = reviewed.case()
    assert (case.state, case.reviews.open_count, case.reviews.untold) == (CaseState.DELIVERED, 0, ())
    (done,) = reviewed.pipeline.events(ReviewCompleted)
    assert (done.effects, done.gone, done.left_over) == ({"notes": {"erased": 1}}, 0, 0)


def test_the_person_is_written_to_again_once_nothing_is_open(reviewed):
    reviewed.decide_all()
    reviewed.pipeline.run()
    _, supplement = reviewed.pipeline.events(ResponseAssembled)
    assert (supplement.supplement, len(supplement.decisions)) == (1, 2)
    assert [each.supplement for each in reviewed.pipeline.events(ResponseDelivered)] == [None, 1]
    page = reviewed.answered("supplement-1")
    assert "Not about you" in page
    assert "Erased" in page
    assert "not complete yet" not in page
    assert "One of us has to check" in reviewed.answered(), "the first answer stays as it was"


def test_nothing_is_told_of_twice(reviewed):
    reviewed.decide_all()
    reviewed.pipeline.run()
    reviewed.instruct(Verdict.DECLINE)
    reviewed.pipeline.run()
    supplements = reviewed.pipeline.events(ResponseAssembled)[1:]
    told = [id_ for each in supplements for id_ in each.decisions]
    assert [each.supplement for each in supplements] == [1, 2]
    assert len(told) == len(set(told)) == 3
    assert CLIENT in reviewed.answered("supplement-2")
    assert "Not about you" not in reviewed.answered("supplement-2")


@pytest.mark.parametrize(("verdict", "left"), [(Verdict.CARRY_OUT, False), (Verdict.DECLINE, True)])
def test_a_client_instructs_about_what_is_held_for_it_alone(reviewed, verdict, left):
    """law C28: carried out on the client's instruction, or left."""
    with pytest.raises(UserError, match="no open item"):
        reviewed.instruct(verdict, client="Another Ltd")
    (decided,) = reviewed.instruct(verdict)
    assert decided.record.key == "3"
    reviewed.pipeline.run()
    assert ("3" in reviewed.left()) is left
    assert "4" in reviewed.left(), "another client's"
    with pytest.raises(UserError, match="no open item"):
        reviewed.instruct(verdict)


def test_who_decided_and_why_is_in_the_audit_trail_and_on_no_log(reviewed):
    reviewed.decide("crm:1", Verdict.SAME_PERSON, reason="the date of birth is Ada's")
    reviewed.pipeline.run()
    (noted,) = reviewed.audited("review.decided")
    assert (noted.actor, noted.request_id) == ("dpo", reviewed.request)
    assert noted.details["reason"] == "the date of birth is Ada's"
    assert (noted.details["items"], noted.details["verdict"]) == (["crm:1"], "same-person")
    values = [record.value or b"" for record in reviewed.pipeline.records(ReviewDecided.topic)]
    assert not any(b"birth" in value or CLIENT.encode() in value for value in values)


def test_what_does_not_fit_is_refused_and_changes_nothing(reviewed):
    with pytest.raises(UserError, match="say why"):
        reviewed.decide("crm:1", Verdict.SAME_PERSON, reason=" ")
    with pytest.raises(NotFoundError, match="crm:77"):
        reviewed.decide("crm:77", Verdict.SAME_PERSON)
    with pytest.raises(NotFoundError, match="crm:3"):
        reviewed.decide("crm:3", Verdict.SAME_PERSON)  # referred, not open
    reviewed.decide("crm:1", Verdict.SAME_PERSON)
    with pytest.raises(NotFoundError, match="crm:1"):
        reviewed.decide("crm:1", Verdict.OTHER_PERSON)
    assert len(reviewed.pipeline.events(ReviewDecided)) == 0, "nothing published yet"
    reviewed.pipeline.run()
    assert len(reviewed.pipeline.events(ReviewDecided)) == 1


def test_a_request_under_way_is_answered_first(reviewed):
    under_way = reviewed.pipeline.submit(Right.ACCESS, ADA)
    reviewed.pipeline.run(without=frozenset({"answer.worker"}))
    with pytest.raises(UserError, match="under way"):
        reviewed.reviewing.decide(under_way, Choice(), Verdict.OTHER_PERSON, reason="no", actor="dpo")


def test_somebody_elses_record_is_not_asked_about_again(reviewed):
    reviewed.decide("crm:2", Verdict.OTHER_PERSON)
    again = reviewed.pipeline.submit(Right.ACCESS, ADA)
    reviewed.pipeline.run()
    case = reviewed.pipeline.case(again)
    assert [item.record.key for item in reviewed.reviewing.items(case)] == ["1"]


def test_a_record_that_is_gone_meanwhile_is_told_of(reviewed):
    reviewed.crm.notes[:] = [note for note in reviewed.crm.notes if note.key != "1"]
    reviewed.decide("crm:1", Verdict.SAME_PERSON)
    reviewed.pipeline.run()
    (done,) = reviewed.pipeline.events(ReviewCompleted)
    assert (done.gone, done.effects) == (1, {})


def test_access_gives_what_was_found_to_be_theirs(reviewed):
    access = reviewed.pipeline.submit(Right.ACCESS, ADA)
    reviewed.pipeline.run()
    choice = Choice(collections=["notes"])
    reviewed.reviewing.decide(access, choice, Verdict.SAME_PERSON, reason="it is her", actor="dpo")
    reviewed.pipeline.run()
    folder = reviewed.answers() / f"access-{access}" / "supplement-1"
    with ZipFile(folder / "answer.zip") as package:
        data = [package.read(name).decode() for name in package.namelist() if name.endswith(".json")]
    assert any("weak two" in each for each in data)


def test_a_failed_decision_waits_for_an_operator_and_is_replayed(reviewed):
    reviewed.crm.before = _refuse
    reviewed.decide_all()
    reviewed.pipeline.run()
    assert reviewed.case().state is CaseState.NEEDS_ATTENTION
    assert len(reviewed.pipeline.events(ResponseAssembled)) == 1
    reviewed.crm.before = lambda *_: None
    assert len(reviewed.pipeline.habeas.replay.replay(Selection(system="crm"), actor="dpo")) == 1
    reviewed.pipeline.run()
    assert reviewed.case().state is CaseState.DELIVERED
    assert len(reviewed.pipeline.events(ResponseAssembled)) == 2
    assert reviewed.left() == {"2", "3", "4"}


def _refuse(operation, _subject):
    if operation == "apply":
        raise PermanentError("no")


def test_what_the_system_can_not_do_is_closed_by_hand(reviewed):
    reviewed.crm.notes.append(Note("8", "bo@example.org", changeable=False))
    request = reviewed.pipeline.submit(Right.ERASURE, "bo@example.org")
    reviewed.pipeline.run()
    with pytest.raises(UserError, match="not-possible"):
        reviewed.reviewing.decide(request, Choice(), Verdict.SAME_PERSON, reason="x", actor="dpo")
    reviewed.reviewing.decide(request, Choice(), Verdict.DONE_BY_HAND, reason="done", actor="dpo")
    reviewed.pipeline.run()
    assert reviewed.pipeline.case(request).reviews.untold == ()
    assert len(reviewed.pipeline.events(ReviewCompleted)) == 0
    assert reviewed.pipeline.events(TaskCompleted, request_id=request)


def test_the_list_of_cases_tells_how_much_is_open(reviewed):
    def open_():
        with reviewed.pipeline.habeas.database.reading() as connection:
            return [row.open_reviews for row in listed(connection)]

    assert open_() == [2]
    assert [case.request_id for case in reviewed.reviewing.cases()] == [reviewed.request]
    reviewed.decide("crm:1", Verdict.SAME_PERSON)
    assert open_() == [1]
    reviewed.decide("crm:2", Verdict.OTHER_PERSON)
    assert (open_(), reviewed.reviewing.cases()) == ([0], [])


def test_an_undoing_puts_back_what_a_decision_has_erased_too(reviewed):
    reviewed.decide_all()
    reviewed.pipeline.run()
    reviewed.pipeline.habeas.undo.request(reviewed.request, reason="the wrong Ada", actor="dpo")
    reviewed.pipeline.run()
    assert reviewed.left() == {"9", "1", "2", "3", "4"}
    assert reviewed.case().reviews.open_count == 0


def test_replayed_into_an_empty_database_the_cases_are_the_same(reviewed_anywhere, tmp_path):
    """One case told in full, one with a decision that failed, one with a further answer still to be made."""
    reviewed, pipeline = reviewed_anywhere, reviewed_anywhere.pipeline
    reviewed.decide_all()
    pipeline.run()
    reviewed.crm.notes.insert(0, Note("7", ADA, weak=True))
    failed = pipeline.submit(Right.ACCESS, ADA)
    pipeline.run()
    reviewed.crm.before = _refuse_find
    reviewed.reviewing.decide(failed, Choice(labels=["crm:0"]), Verdict.SAME_PERSON, reason="her", actor="dpo")
    pipeline.run()
    reviewed.crm.before = lambda *_: None
    reviewed.crm.notes.append(Note("8", "bo@example.org", changeable=False))
    untold = pipeline.submit(Right.ERASURE, "bo@example.org")
    pipeline.run()
    reviewed.reviewing.decide(untold, Choice(), Verdict.DONE_BY_HAND, reason="done", actor="dpo")
    pipeline.run(without=frozenset({"answer.worker"}))
    empty = Database(f"sqlite:///{tmp_path}/rebuilt.db")
    migrate(empty)
    Rebuilding(
        event_log=pipeline.habeas.event_log,
        database=empty,
        groups=groups(pipeline.habeas.systems),
        clock=pipeline.clock,
    ).run()
    ids = [reviewed.request, failed, untold]
    with empty.reading() as connection, pipeline.habeas.database.reading() as there:
        assert fetch_many(connection, ids) == fetch_many(there, ids)
        assert fetch_many(connection, ids)[failed].state is CaseState.NEEDS_ATTENTION
        assert _tasks(connection) == _tasks(there)
        (letter,), (original,) = select_letters(connection, Selection()), select_letters(there, Selection())
        assert (letter.id, letter.task_id) == (original.id, original.task_id)
        subject = reviewed.case().subject
        assert other_people.of(connection, [subject]) == other_people.of(there, [subject]) != {}
    empty.close()


def _tasks(connection):
    return sorted((row.id, row.system, row.state) for row in connection.execute(select(tasks)))


def _refuse_find(operation, _subject):
    if operation == "find":
        raise PermanentError("no")

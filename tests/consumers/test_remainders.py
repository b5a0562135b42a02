"""What an answer left out is told once the system is back: in a further answer, once, and nothing else in it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from consumers.aggregator.rebuilding import Rebuilding
from habeas import failpoints
from habeas.domain.cases import CaseState
from habeas.domain.remainder import Remainder
from habeas.domain.requests import Right
from habeas.domain.reviews import Verdict
from habeas.domain.words import Words
from habeas.errors import PermanentError, SystemDownError
from habeas.eventlog.interface import Message
from habeas.roles import groups
from habeas.roles.aggregator import shredding_of
from habeas.storage.cases import fetch_many
from habeas.storage.database import Database
from habeas.storage.dead_letters import Selection
from habeas.storage.migrate import migrate
from habeas.storage.tables import tasks
from habeas.testing.notebook import Note, Notebook
from producers.reviewing import Choice
from schemas.events import ResponseAssembled, TaskCompleted
from schemas.recipients import RecipientsNamed

ADA = "ada@example.org"
DAY_S = timedelta(days=1).total_seconds()
NO_MORE = Remainder()


def test_each_system_that_comes_back_is_told_of_when_it_does_and_alone(incomplete_anywhere):
    """law C12: what was missing comes without delay, and is not sent a second time."""
    assert incomplete_anywhere.rows() == ["from billing"]
    assert incomplete_anywhere.answers() == ([(None, ("crm", "archive"))], [None])
    incomplete_anywhere.back(incomplete_anywhere.crm)
    assert incomplete_anywhere.answers() == ([(None, ("crm", "archive")), (1, ("archive",))], [None, 1])
    assert incomplete_anywhere.rows("supplement-1") == ["from the crm"]
    incomplete_anywhere.back(incomplete_anywhere.archive, days=20)
    assert incomplete_anywhere.answers()[0][2:] == [(2, ())]
    assert incomplete_anywhere.answers()[1] == [None, 1, 2]
    assert incomplete_anywhere.rows("supplement-2") == ["from the archive"]
    assert (incomplete_anywhere.case().remainder, incomplete_anywhere.case().state) == (NO_MORE, CaseState.DELIVERED)
    assert incomplete_anywhere.rows() == ["from billing"], "the first answer stays as it was"


def test_systems_that_come_back_together_are_told_of_together(incomplete):
    incomplete.back(incomplete.crm, incomplete.archive)
    (_, *further), _ = incomplete.answers()
    assert [without for _, without in further][-1] == ()
    told = [text for number, _ in further for text in incomplete.rows(f"supplement-{number}")]
    assert sorted(told) == ["from the archive", "from the crm"]


def test_the_letter_names_the_first_answer_and_what_is_missing_still(incomplete):
    first = incomplete.case().assembled.answered_on
    incomplete.back(incomplete.crm)
    page = incomplete.package("supplement-1")["index.html"]
    assert f"When we answered you on {first.day} {first:%B %Y}" in page
    assert "This is what has been added since" in page
    assert "did not answer in time" in page, "the archive"
    assert "from billing" not in page
    assert "It should have reached you" not in page
    incomplete.back(incomplete.archive, days=20)
    page = incomplete.package("supplement-2")["index.html"]
    assert "This is what was missing" in page
    assert "not complete yet" not in page
    assert "It should have reached you" in page


def test_what_was_erased_late_is_told_to_the_person_and_to_recipients(new_incomplete):
    erased = new_incomplete(Right.ERASURE)
    named = len(erased.pipeline.events(RecipientsNamed))
    erased.back(erased.crm)
    assert erased.crm.notes == []
    page = erased.package("supplement-1")["index.html"]
    assert "Erased" in page
    assert len(erased.pipeline.events(RecipientsNamed)) == named + 1


def test_a_client_hears_of_what_a_late_system_holds_for_it(new_incomplete):
    """law C28: with the answer that tells the person so."""
    asked = new_incomplete(crm=[Note("1", ADA, client="Client Ltd")])
    assert not (asked.folder / "client-1").exists()
    asked.back(asked.crm, asked.archive)
    assert "Client Ltd" in (asked.folder / "client-1" / "letter.html").read_text()


def test_a_system_that_holds_nothing_is_told_of_too(new_incomplete):
    """The person was promised to hear of it."""
    asked = new_incomplete(crm=[Note("1", "bo@example.org")])
    asked.back(asked.crm, asked.archive)
    number = len(asked.answers()[1]) - 1
    assert asked.case().remainder == NO_MORE
    assert "not complete yet" not in asked.package(f"supplement-{number}")["index.html"]


def test_replayed_and_told_again_it_is_one_answer(incomplete):
    """However often the log gives the late completion."""
    incomplete.back(incomplete.crm)
    for topic in (TaskCompleted.topic, ResponseAssembled.topic):
        records = incomplete.pipeline.records(topic)
        again = [Message(topic, each.key, each.value, each.headers) for each in records]
        incomplete.pipeline.habeas.event_log.append(again)
    incomplete.days(1)
    assert incomplete.answers()[1] == [None, 1]
    with incomplete.pipeline.habeas.database.reading() as connection:
        made = connection.execute(select(tasks.c.id).where(tasks.c.system == "answer")).all()
    assert len(made) == 2


@pytest.mark.parametrize("step", ["answer.before_commit", "answer.after_commit", "delivery.before", "delivery.after"])
def test_stopped_at_any_step_it_is_told_once(incomplete, monkeypatch, step):
    def stop(reached):
        if reached == step and not stopped:
            stopped.append(reached)
            raise RuntimeError("stopped")

    stopped = []
    monkeypatch.setattr(failpoints, "reach", stop)
    incomplete.back(incomplete.crm)
    assert stopped
    incomplete.days(1)
    assert incomplete.answers() == ([(None, ("crm", "archive")), (1, ("archive",))], [None, 1])
    assert incomplete.rows("supplement-1") == ["from the crm"]


def test_a_system_that_fails_when_it_is_back_is_still_owed(incomplete):
    incomplete.back(incomplete.archive)
    incomplete.crm.before = _refuse
    incomplete.days(1)
    assert incomplete.case().remainder == Remainder(frozenset({"crm"}))
    incomplete.mend(incomplete.crm)
    incomplete.pipeline.habeas.replay.replay(Selection(system="crm"), actor="dpo")
    incomplete.pipeline.run()
    assert incomplete.rows("supplement-2") == ["from the crm"]


def _refuse(_operation, _subject):
    raise PermanentError("no")


def _down(_operation, _subject):
    raise SystemDownError("refused")


def test_a_request_that_was_withdrawn_before_the_answer_gets_none_at_all(new_pipeline):
    pipeline = new_pipeline({"crm": (crm := Notebook([Note("1", ADA)])), "billing": Notebook()})
    crm.before = _down
    request = pipeline.submit(Right.ACCESS, ADA)
    pipeline.run()
    pipeline.habeas.correspondence.withdraw(request, Words("no longer"), actor="tester")
    pipeline.run()
    crm.before = Notebook().before
    for _ in range(40):
        pipeline.clock.advance(DAY_S)
        pipeline.run()
    assert pipeline.events(ResponseAssembled) == []
    assert pipeline.case(request).remainder == NO_MORE


def test_what_only_a_name_leads_to_waits_for_a_person_and_is_told_after(new_incomplete):
    asked = new_incomplete(crm=[Note("1", ADA, "perhaps hers", weak=True), Note("4", ADA, "hers")])
    asked.back(asked.crm, asked.archive)
    told = len(asked.answers()[1]) - 1
    assert "perhaps hers" not in {text for number in range(1, told + 1) for text in asked.rows(f"supplement-{number}")}
    asked.pipeline.habeas.reviewing.decide(
        asked.request, Choice(), Verdict.SAME_PERSON, reason="the address", actor="dpo"
    )
    asked.pipeline.run()
    assert asked.rows(f"supplement-{told + 1}") == ["perhaps hers"]
    assert asked.answers()[0][-1] == (told + 1, None)


def test_a_decision_made_at_once_does_not_go_before_what_it_is_about(new_incomplete):
    """The reviewer is quicker than the worker that writes."""
    asked = new_incomplete(crm=[Note("1", ADA, "perhaps hers", weak=True)])
    asked.mend(asked.crm, asked.archive)
    asked.pipeline.clock.advance(DAY_S)
    asked.pipeline.run(without=frozenset({"answer.worker"}))
    asked.pipeline.habeas.reviewing.decide(
        asked.request, Choice(), Verdict.SAME_PERSON, reason="the address", actor="dpo"
    )
    asked.pipeline.run()
    assert asked.answers() == ([(None, ("crm", "archive")), (1, ()), (2, None)], [None, 1, 2])
    assert asked.rows("supplement-1") == ["from the archive"]
    assert asked.rows("supplement-2") == ["perhaps hers"]


@pytest.mark.parametrize(("outcome", "left"), [("upheld", []), ("overridden", [("1", False)])])
def test_an_objection_that_was_weighed_meanwhile_is_weighed_for_the_late_system_too(new_incomplete, outcome, left):
    """law C21: nobody weighs a second time, and nothing stays restricted for ever."""
    objected = new_incomplete(Right.OBJECTION, crm=[_used_for_nothing_else("1")], billing=[_used_for_nothing_else("2")])
    objected.pipeline.habeas.weighing.weigh(objected.request, outcome, Words("our reasons"), actor="dpo")
    objected.back(objected.crm, objected.archive, days=20)
    assert [(note.key, note.restricted) for note in objected.crm.notes] == left
    assert objected.case().remainder == NO_MORE


def _used_for_nothing_else(key):
    return Note(key, ADA, categories=("usage", "usage"))


def test_nothing_is_shredded_while_something_is_owed_or_untold(incomplete):
    def needed():
        with incomplete.pipeline.habeas.database.reading() as connection:
            return shredding_of(incomplete.pipeline.habeas).needed_for(connection, incomplete.request, rest=False)

    assert needed() == ("there is work to do in: archive, crm",)
    incomplete.mend(incomplete.crm, incomplete.archive)
    incomplete.pipeline.clock.advance(DAY_S)
    incomplete.pipeline.run(without=frozenset({"answer.worker"}))
    assert "what archive, crm did is to be told to the person" in needed()
    incomplete.pipeline.run()
    assert needed() == ()


def test_rebuilt_from_the_log_it_goes_on_where_it_was(incomplete_anywhere, tmp_path):
    """One further answer is told, one still to be made."""
    pipeline = incomplete_anywhere.pipeline
    incomplete_anywhere.back(incomplete_anywhere.crm)
    incomplete_anywhere.mend(incomplete_anywhere.archive)
    pipeline.clock.advance(DAY_S)
    pipeline.run(without=frozenset({"answer.worker"}))
    empty = Database(f"sqlite:///{tmp_path}/rebuilt.db")
    migrate(empty)
    Rebuilding(
        event_log=pipeline.habeas.event_log,
        database=empty,
        groups=groups(pipeline.habeas.systems),
        clock=pipeline.clock,
    ).run()
    with empty.reading() as connection, pipeline.habeas.database.reading() as there:
        assert fetch_many(connection, [incomplete_anywhere.request]) == fetch_many(there, [incomplete_anywhere.request])
        assert _tasks(connection) == _tasks(there)
    empty.close()


def _tasks(connection):
    return sorted((row.id, row.system, row.state) for row in connection.execute(select(tasks)))

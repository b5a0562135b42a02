"""What an answer left out is told once the system is back: in a further answer, once, and nothing else in it."""

import json
from datetime import timedelta
from zipfile import ZipFile

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
from schemas.events import ResponseAssembled, ResponseDelivered, TaskCompleted
from schemas.recipients import RecipientsNamed

ADA = "ada@example.org"
DAY_S = timedelta(days=1).total_seconds()
NO_MORE = Remainder()


class Incomplete:
    """Billing answers; the CRM and the archive are down, so that Ada is answered without them."""

    def __init__(self, new_pipeline, right=Right.ACCESS, *, crm=None, billing=None, **options):
        self.crm = Notebook(crm or [Note("1", ADA, "from the crm")])
        self.billing = Notebook(billing or [Note("2", ADA, "from billing")])
        self.archive = Notebook([Note("3", ADA, "from the archive")])
        systems = {"crm": self.crm, "billing": self.billing, "archive": self.archive}
        self.pipeline = new_pipeline(systems, **options)
        self.crm.before = self.archive.before = _down
        self.request = self.pipeline.submit(right, ADA)
        self.pipeline.run()
        self.days((self.case().due_on - self.pipeline.clock.today()).days - 10)

    def days(self, days):
        self.pipeline.clock.advance(days * DAY_S + 1)
        self.pipeline.run()

    def back(self, *systems, days=1):
        for each in systems:
            each.before = _up
        self.days(days)

    def case(self):
        return self.pipeline.case(self.request)

    @property
    def folder(self):
        settings = self.pipeline.settings
        return settings.path(settings.delivery.folder) / f"{self.case().right}-{self.request}"

    def package(self, part="."):
        with ZipFile(self.folder / part / "answer.zip") as package:
            return {name: package.read(name).decode("utf-8", "replace") for name in package.namelist()}

    def rows(self, part="."):
        """The texts of all records in a package."""
        tables = [each for name, each in self.package(part).items() if name.startswith("data/") and name[-4:] == "json"]
        return sorted(row["text"] for each in tables for row in json.loads(each))

    def answers(self):
        """Which answers were put together and without what, and which were delivered."""
        assembled = [(each.supplement, each.without) for each in self.pipeline.events(ResponseAssembled)]
        return assembled, [each.supplement for each in self.pipeline.events(ResponseDelivered)]


def _down(_operation, _subject):
    raise SystemDownError("refused")


def _up(_operation, _subject):
    pass


@pytest.fixture
def incomplete(new_pipeline):
    return Incomplete(new_pipeline)


@pytest.fixture
def anywhere(state_url, new_pipeline):
    """On SQLite and on PostgreSQL."""
    return Incomplete(new_pipeline, state_url=state_url)


def test_each_system_that_comes_back_is_told_of_when_it_does_and_alone(anywhere):
    """law C12: what was missing comes without delay, and is not sent a second time."""
    assert anywhere.rows() == ["from billing"]
    assert anywhere.answers() == ([(None, ("crm", "archive"))], [None])
    anywhere.back(anywhere.crm)
    assert anywhere.answers() == ([(None, ("crm", "archive")), (1, ("archive",))], [None, 1])
    assert anywhere.rows("supplement-1") == ["from the crm"]
    anywhere.back(anywhere.archive, days=20)
    assert anywhere.answers()[0][2:] == [(2, ())]
    assert anywhere.answers()[1] == [None, 1, 2]
    assert anywhere.rows("supplement-2") == ["from the archive"]
    assert (anywhere.case().remainder, anywhere.case().state) == (NO_MORE, CaseState.DELIVERED)
    assert anywhere.rows() == ["from billing"], "the first answer stays as it was"


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


def test_what_was_erased_late_is_told_to_the_person_and_to_recipients(new_pipeline):
    erased = Incomplete(new_pipeline, Right.ERASURE)
    named = len(erased.pipeline.events(RecipientsNamed))
    erased.back(erased.crm)
    assert erased.crm.notes == []
    page = erased.package("supplement-1")["index.html"]
    assert "Erased" in page
    assert len(erased.pipeline.events(RecipientsNamed)) == named + 1


def test_a_system_that_holds_nothing_is_told_of_too(new_pipeline):
    """The person was promised to hear of it."""
    asked = Incomplete(new_pipeline, crm=[Note("1", "bo@example.org")])
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
    incomplete.crm.before = _up
    incomplete.pipeline.habeas.replay.replay(Selection(system="crm"), actor="dpo")
    incomplete.pipeline.run()
    assert incomplete.rows("supplement-2") == ["from the crm"]


def _refuse(_operation, _subject):
    raise PermanentError("no")


def test_a_request_that_was_withdrawn_before_the_answer_gets_none_at_all(new_pipeline):
    pipeline = new_pipeline({"crm": (crm := Notebook([Note("1", ADA)])), "billing": Notebook()})
    crm.before = _down
    request = pipeline.submit(Right.ACCESS, ADA)
    pipeline.run()
    pipeline.habeas.correspondence.withdraw(request, Words("no longer"), actor="tester")
    pipeline.run()
    crm.before = _up
    for _ in range(40):
        pipeline.clock.advance(DAY_S)
        pipeline.run()
    assert pipeline.events(ResponseAssembled) == []
    assert pipeline.case(request).remainder == NO_MORE


def test_what_only_a_name_leads_to_waits_for_a_person_and_is_told_after(new_pipeline):
    asked = Incomplete(new_pipeline, crm=[Note("1", ADA, "perhaps hers", weak=True), Note("4", ADA, "hers")])
    asked.back(asked.crm, asked.archive)
    told = len(asked.answers()[1]) - 1
    assert "perhaps hers" not in {text for number in range(1, told + 1) for text in asked.rows(f"supplement-{number}")}
    asked.pipeline.habeas.reviewing.decide(
        asked.request, Choice(), Verdict.SAME_PERSON, reason="the address", actor="dpo"
    )
    asked.pipeline.run()
    assert asked.rows(f"supplement-{told + 1}") == ["perhaps hers"]
    assert asked.answers()[0][-1] == (told + 1, None)


def test_a_decision_made_at_once_does_not_go_before_what_it_is_about(new_pipeline):
    """The reviewer is quicker than the worker that writes."""
    asked = Incomplete(new_pipeline, crm=[Note("1", ADA, "perhaps hers", weak=True)])
    for each in (asked.crm, asked.archive):
        each.before = _up
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
def test_an_objection_that_was_weighed_meanwhile_is_weighed_for_the_late_system_too(new_pipeline, outcome, left):
    """law C21: nobody weighs a second time, and nothing stays restricted for ever."""
    objected = Incomplete(
        new_pipeline, Right.OBJECTION, crm=[_used_for_nothing_else("1")], billing=[_used_for_nothing_else("2")]
    )
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
    for each in (incomplete.crm, incomplete.archive):
        each.before = _up
    incomplete.pipeline.clock.advance(DAY_S)
    incomplete.pipeline.run(without=frozenset({"answer.worker"}))
    assert "what archive, crm did is to be told to the person" in needed()
    incomplete.pipeline.run()
    assert needed() == ()


def test_rebuilt_from_the_log_it_goes_on_where_it_was(anywhere, tmp_path):
    """One further answer is told, one still to be made."""
    pipeline = anywhere.pipeline
    anywhere.back(anywhere.crm)
    anywhere.archive.before = _up
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
        assert fetch_many(connection, [anywhere.request]) == fetch_many(there, [anywhere.request])
        assert _tasks(connection) == _tasks(there)
    empty.close()


def _tasks(connection):
    return sorted((row.id, row.system, row.state) for row in connection.execute(select(tasks)))

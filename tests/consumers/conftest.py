"""Somebody who was erased by mistake."""

import json
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from habeas.domain.cases import CaseState, SystemState
from habeas.domain.remainder import Remainder
from habeas.domain.requests import Right
from habeas.domain.reviews import Verdict
from habeas.errors import SystemDownError
from habeas.settings_sections import TimeSettings
from habeas.storage.dead_letters import Selection
from habeas.storage.tables import artefacts, audit
from habeas.testing.notebook import Note, Notebook, UndoableNotebook
from producers.reviewing import Choice
from schemas.events import ResponseAssembled, ResponseDelivered, UndoCompleted

ADA = "ada@example.org"
DAY_S = 86_400
SECRET = "a note that nobody may read again"


class Erased:
    """Ada is erased from a CRM that can undo it and from a billing system that can't."""

    def __init__(self, new_pipeline, **options):
        self.crm = UndoableNotebook([Note("1", ADA, SECRET), Note("2", ADA), Note("3", "bo@example.org")])
        self.billing = Notebook([Note("4", ADA)])
        self.pipeline = new_pipeline({"crm": self.crm, "billing": self.billing}, **options)
        self.before = sorted((note.key, note.text) for note in self.crm.notes)
        self.request = self.pipeline.submit(Right.ERASURE, ADA)

    @property
    def undo(self):
        return self.pipeline.habeas.undo

    def ask(self, **options):
        return self.undo.request(self.request, reason="the wrong Ada", actor="dpo", **options)

    def notes(self):
        return sorted((note.key, note.text) for note in self.crm.notes)

    def days(self, days):
        self.pipeline.clock.advance(days * DAY_S + 1)
        self.pipeline.run()

    def case(self):
        return self.pipeline.case(self.request)

    def audited(self, action):
        with self.pipeline.habeas.database.reading() as connection:
            return connection.execute(select(audit).where(audit.c.action == action)).all()

    def originals_stored(self):
        with self.pipeline.habeas.database.reading() as connection:
            sealed = select(artefacts).where(artefacts.c.schema == "habeas.original.v1")
            return connection.execute(sealed).all()


@pytest.fixture
def new_erased(new_pipeline):
    """Makes such an installation; nothing has run yet."""
    return lambda **options: Erased(new_pipeline, **options)


@pytest.fixture
def erased(new_pipeline):
    made = Erased(new_pipeline)
    made.pipeline.run()
    return made


@pytest.fixture
def erased_anywhere(state_url, new_pipeline):
    """The same with the state on either kind of database."""
    made = Erased(new_pipeline, state_url=state_url)
    made.pipeline.run()
    return made


class Reviewed:
    """Ada's erasure is answered: two notes tell only her name, one is held for a client, one for another."""

    def __init__(self, new_pipeline, **options):
        self.crm = UndoableNotebook(
            [
                Note("9", ADA),
                Note("1", ADA, "weak one", weak=True),
                Note("2", ADA, "weak two", weak=True),
                Note("3", ADA, client="Client Ltd"),
                Note("4", ADA, client="Other Ltd"),
            ]
        )
        self.pipeline = new_pipeline({"crm": self.crm}, **options)
        self.request = self.pipeline.submit(Right.ERASURE, ADA)
        self.pipeline.run()

    @property
    def reviewing(self):
        return self.pipeline.habeas.reviewing

    def case(self):
        return self.pipeline.case(self.request)

    def left(self):
        return {note.key for note in self.crm.notes}

    def labels(self):
        return [item.label for item in self.reviewing.items(self.case())]

    def decide(self, label, verdict, *, reason="looked at"):
        return self.reviewing.decide(self.request, Choice(labels=[label]), verdict, reason=reason, actor="dpo")

    def decide_all(self):
        self.decide("crm:1", Verdict.SAME_PERSON)
        self.decide("crm:2", Verdict.OTHER_PERSON)

    def instruct(self, verdict, *, client="Client Ltd"):
        return self.reviewing.decide(self.request, Choice(client=client), verdict, reason="a mail", actor="dpo")

    def answers(self):
        settings = self.pipeline.settings
        return settings.path(settings.delivery.folder)

    def answered(self, part="."):
        with ZipFile(self.answers() / f"erasure-{self.request}" / part / "answer.zip") as package:
            return package.read("index.html").decode()

    def audited(self, action):
        with self.pipeline.habeas.database.reading() as connection:
            return connection.execute(select(audit).where(audit.c.action == action)).all()


@pytest.fixture
def reviewed(new_pipeline):
    return Reviewed(new_pipeline)


@pytest.fixture
def reviewed_anywhere(state_url, new_pipeline):
    """The same on SQLite and on PostgreSQL."""
    return Reviewed(new_pipeline, state_url=state_url)


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

    def mend(self, *systems):
        for each in systems:
            each.before = Notebook().before

    def back(self, *systems, days=1):
        self.mend(*systems)
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


@pytest.fixture
def new_incomplete(new_pipeline):
    """Makes such a request, of any right."""
    return lambda *arguments, **options: Incomplete(new_pipeline, *arguments, **options)


@pytest.fixture
def incomplete(new_pipeline):
    return Incomplete(new_pipeline)


@pytest.fixture
def incomplete_anywhere(state_url, new_pipeline):
    """The same on SQLite and on PostgreSQL."""
    return Incomplete(new_pipeline, state_url=state_url)


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


@pytest.fixture
def new_waiting(new_pipeline):
    """Makes such a request; the CRM fails by what is given as its `before`."""
    return lambda *arguments, **options: Waiting(new_pipeline, *arguments, **options)

"""Somebody who was erased by mistake."""

import pytest
from sqlalchemy import select

from habeas.domain.requests import Right
from habeas.storage.tables import artefacts, audit
from habeas.testing.notebook import Note, Notebook, UndoableNotebook

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

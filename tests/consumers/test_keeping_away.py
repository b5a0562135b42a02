"""A system that keeps somebody away is asked now and then; one that can't be asked keeps nothing from working."""

import pytest
from sqlalchemy import select

from habeas.domain.requests import Right
from habeas.errors import PermanentError, RetriableError, SystemDownError
from habeas.ports import Effects
from habeas.storage.tables import audit
from habeas.testing.notebook import Note, Notebook


class KeepingNotebook(Notebook):
    """Tells what the test says, or raises it."""

    answers: list[Effects | Exception]

    def keep_away(self) -> Effects:
        answer = self.answers.pop(0) if self.answers else Effects()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def let_back(self, addresses) -> int:
        return len(addresses)


def trail(pipeline):
    with pipeline.habeas.database.reading() as connection:
        query = select(audit.c.actor, audit.c.details).where(audit.c.action == "suppression.kept_away")
        return [tuple(row) for row in connection.execute(query)]


def test_what_was_removed_by_itself_is_in_the_audit_trail(state_url, new_pipeline):
    """Nothing is written where nothing was done."""
    notebook = KeepingNotebook([])
    done = Effects()
    done.note("notes", "erased", 2)
    notebook.answers = [Effects(), done, Effects()]
    pipeline = new_pipeline({"crm": notebook}, state_url=state_url)
    for _ in range(3):
        pipeline.loops["crm.keeping_away"].step()
    assert trail(pipeline) == [("habeas", {"system": "crm", "effects": {"notes": {"erased": 2}}})]


@pytest.mark.parametrize("error", [RetriableError("busy"), SystemDownError("down"), PermanentError("refused")])
def test_a_system_that_cant_be_asked_keeps_no_request_waiting(error, new_pipeline):
    """It is asked again the next time."""
    notebook = KeepingNotebook([Note("1", "ada@example.org")])
    notebook.answers = [error]
    pipeline = new_pipeline({"crm": notebook})
    assert pipeline.loops["crm.keeping_away"].step() == 0
    erasure = pipeline.submit(Right.ERASURE, "ada@example.org")
    pipeline.run()
    assert pipeline.case(erasure).completions["crm"].left_over == 0
    assert trail(pipeline) == []

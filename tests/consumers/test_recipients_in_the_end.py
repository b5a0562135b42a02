"""What is held of telling recipients: it comes out of the log again, and goes when its time is over."""

import pytest
from sqlalchemy import select

from consumers.aggregator.rebuilding import Rebuilding
from habeas.domain.custody import Stage
from habeas.domain.recipients import NoticeState
from habeas.domain.requests import Right
from habeas.roles import groups
from habeas.roles.aggregator import shredding_of
from habeas.storage import cases, custody
from habeas.storage.database import Database
from habeas.storage.migrate import migrate
from habeas.storage.tables import artefacts, tasks
from habeas.testing.notebook import Note, Notebook

ADA = "ada@example.org"
SCHEMA = "habeas.recipient-notice.v1"
RECIPIENTS = """
  - id: auditors
    text: {en: Our auditors}
    notify: {email: privacy@auditors.example}
  - id: advisers
    text: {en: Advisers}
"""


@pytest.fixture
def pipeline(state_url, new_pipeline):
    """Ada's erasure is answered; without a mail server the auditors' letter lies ready."""
    return new_pipeline({"crm": Notebook([Note("1", ADA)])}, recipients=RECIPIENTS, state_url=state_url)


@pytest.fixture
def request_id(pipeline):
    request = pipeline.submit(Right.ERASURE, ADA)
    pipeline.run()
    return request


def states(pipeline, request_id):
    return {each.named.recipient: each.state for each in pipeline.case(request_id).notifying.notices}


def sealed(pipeline):
    with pipeline.habeas.database.reading() as connection:
        return len(connection.execute(select(artefacts.c.id).where(artefacts.c.schema == SCHEMA)).all())


def test_whom_was_told_and_who_waits_come_out_of_the_log_again(pipeline, request_id, tmp_path):
    """Nobody is told once more, and who was told by a person stays told."""
    pipeline.habeas.recipients.note_told(request_id, "advisers", actor="dpo")
    pipeline.run()
    assert states(pipeline, request_id) == {"auditors": NoticeState.BY_HAND, "advisers": NoticeState.TOLD}
    empty = Database(f"sqlite:///{tmp_path}/rebuilt.db")
    migrate(empty)
    known = groups(pipeline.habeas.systems)
    Rebuilding(event_log=pipeline.habeas.event_log, database=empty, groups=known, clock=pipeline.clock).run()
    with empty.reading() as connection, pipeline.habeas.database.reading() as there:
        assert cases.fetch(connection, request_id) == cases.fetch(there, request_id)
        assert lines(connection) == lines(there)
    empty.close()


def lines(connection):
    return sorted((row.id, row.system, row.state) for row in connection.execute(select(tasks)))


def test_the_notices_are_shredded_with_the_answer_and_the_record_stays(pipeline, request_id):
    """law C19: whom we have told can be listed also when nothing is left of what they were told."""
    pipeline.habeas.recipients.note_told(request_id, "advisers", actor="dpo")
    pipeline.run()
    assert sealed(pipeline) == 3, "a letter in three forms"
    for days in (101, 2_200):
        pipeline.clock.advance(days * 86_400)
        pipeline.run()
        shredding_of(pipeline.habeas).step()
        assert sealed(pipeline) == 0
        assert states(pipeline, request_id) == {"auditors": NoticeState.BY_HAND, "advisers": NoticeState.TOLD}
    with pipeline.habeas.database.reading() as connection:
        assert custody.fetch(connection, request_id).stage is Stage.GONE

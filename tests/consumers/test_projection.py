"""The aggregator's cases: whoever writes at once and in whatever order events come, nothing is lost."""

import threading
from uuid import UUID, uuid4

import pytest

from consumers.aggregator.projection import projection
from consumers.task_ids import ANSWER, task_id
from habeas.domain.cases import CaseState
from habeas.domain.requests import Right
from habeas.eventlog.interface import LogRecord
from habeas.eventlog.runner import Received
from habeas.storage import cases
from habeas.storage.database import Database
from habeas.storage.migrate import migrate
from habeas.storage.tables import tasks
from habeas.testing.clocks import HeldClock
from habeas.testing.messages import AT, accepted
from schemas.events import RequestReceived, SystemSilent, TaskCompleted

RECORD = LogRecord("dsr.completions", 0, 0, 0, b"k", b"", ())


def received_of(event):
    return RequestReceived(
        request_id=event.request_id,
        at=AT,
        right=event.right,
        subject=event.subject,
        received_on=AT.date(),
        due_on=AT.date(),
        channel="operator",
    )


def completed(event, system):
    return TaskCompleted(
        request_id=event.request_id, at=AT, system=system, right=event.right, plan=(uuid4(),), summary=()
    )


@pytest.mark.postgres
def test_two_members_who_hear_the_last_two_answers_at_once_do_not_both_wait_for_the_other(postgres_url):
    """Each sees one system still missing, unless the second sees what the first has written: the case would be stuck."""
    event = accepted(Right.ACCESS, systems=("crm", "billing"))
    databases = [Database(postgres_url) for _ in range(2)]
    migrate(databases[0])
    with databases[0].transaction() as connection:
        cases.note(connection, [received_of(event), event])
    handle = projection(lane="aggregator", clock=HeldClock())
    last = [completed(event, "crm"), SystemSilent(request_id=event.request_id, at=AT, system="billing", final=True)]
    first_has_written, second_waits = threading.Event(), threading.Event()

    def second():
        first_has_written.wait(30)
        with databases[1].transaction() as connection:
            second_waits.set()
            handle(connection, [Received(last[1], RECORD)])

    thread = threading.Thread(target=second)
    thread.start()
    with databases[0].transaction() as connection:
        handle(connection, [Received(last[0], RECORD)])
        first_has_written.set()
        second_waits.wait(30)
        thread.join(0.5)  # the second must not get ahead of this commit, however long it is given
        assert thread.is_alive()
    thread.join(30)
    with databases[0].reading() as connection:
        assert cases.fetch(connection, str(event.request_id)).state is CaseState.READY
        ids = connection.scalars(tasks.select().with_only_columns(tasks.c.id)).all()
    assert ids == [task_id(UUID(str(event.request_id)), ANSWER)]
    for each in databases:
        each.close()


def test_a_case_that_is_told_of_before_it_is_opened_is_complete_in_the_end(database):
    """As when one topic is read ahead of another."""
    event = accepted(Right.ERASURE)
    handle = projection(lane="aggregator", clock=HeldClock())
    for each in (completed(event, "crm"), event, received_of(event), completed(event, "crm")):
        with database.transaction() as connection:
            handle(connection, [Received(each, RECORD)])
    with database.reading() as connection:
        assert cases.fetch(connection, str(event.request_id)).state is CaseState.READY
        assert len(connection.execute(tasks.select()).all()) == 1

"""Others pay for nobody's failure: a system that is down, one person of a batch, a lease that went to another."""

from collections import Counter
from itertools import pairwise

import pytest

from habeas.domain.cases import CaseState, SystemState
from habeas.domain.requests import Right
from habeas.errors import PermanentError, RetriableError, SystemDownError
from habeas.storage import circuits
from habeas.storage.dead_letters import Selection, select_letters
from habeas.testing.notebook import Note, Notebook


def people(count):
    return [f"person{number}@example.org" for number in range(count)]


def letters(pipeline):
    with pipeline.habeas.database.reading() as connection:
        return select_letters(connection, Selection(with_replayed=True))


def tokens(pipeline, *request_ids):
    return {pipeline.case(each).subject for each in request_ids}


def test_a_system_that_is_down_uses_up_nobodys_attempt(new_pipeline):
    """However long the outage is, everything goes on by itself when the system is back, as a first attempt."""
    crm = Notebook([Note(each, each) for each in people(5)])
    pipeline = new_pipeline({"crm": crm})
    crm.before = lambda _name, _subject: _raise(SystemDownError("refused"))
    ids = [pipeline.submit(Right.ERASURE, each) for each in people(5)]
    pipeline.run()
    for _ in range(12):
        pipeline.clock.advance(4 * 3_600)
        pipeline.run()
    assert letters(pipeline) == []
    assert {pipeline.case(each).state for each in ids} == {CaseState.NEEDS_ATTENTION}
    assert all(pipeline.case(each).systems == {"crm": SystemState.SILENT} for each in ids)
    crm.before = lambda _name, _subject: None
    pipeline.run_until(lambda: all(pipeline.case(each).state is CaseState.DELIVERED for each in ids), step_s=60)
    assert {pipeline.case(each).completions["crm"].attempts for each in ids} == {1}
    assert crm.count("apply").total() == 5


def test_while_a_circuit_is_open_one_task_at_a_time_asks_whether_the_system_is_back(new_pipeline):
    """A system in trouble is not hammered: the pauses between the questions double up to a minute."""
    crm = Notebook()
    pipeline = new_pipeline({"crm": crm})
    asked = []

    def before(_name, _subject):
        asked.append(pipeline.clock.now())
        raise SystemDownError("refused")

    crm.before = before
    for each in people(20):
        pipeline.submit(Right.ACCESS, each)
    for _ in range(200):
        pipeline.run()
        pipeline.clock.advance(1)
    pauses = [(later - earlier).total_seconds() for earlier, later in pairwise(asked)]
    assert pauses[:6] == [1, 2, 4, 8, 16, 32]
    assert set(pauses[6:]) == {60}
    with pipeline.habeas.database.reading() as connection:
        assert [each.system for each in circuits.fetch_all(connection)] == ["crm"]


def test_an_outage_in_the_middle_of_a_batch_counts_once(new_pipeline):
    """One person's fault made the batch go one by one, and then the system went down: nobody pays with an attempt."""
    crm = Notebook([Note(each, each) for each in people(6)])
    pipeline = new_pipeline({"crm": crm})
    ids = [pipeline.submit(Right.ACCESS, each) for each in people(6)]
    finds = []

    def before(_name, subject):
        finds.append(subject.token)
        if len(finds) == 1:
            raise RetriableError("for this one")
        if len(finds) > 3:
            raise SystemDownError("gone")

    crm.before = before
    pipeline.run()
    with pipeline.habeas.database.reading() as connection:
        (circuit,) = circuits.fetch_all(connection)
    assert circuit.failures == 1
    crm.before = lambda _name, _subject: None
    pipeline.run_until(lambda: all(pipeline.case(each).state is CaseState.DELIVERED for each in ids), step_s=5)
    assert Counter(pipeline.case(each).completions["crm"].attempts for each in ids) == {1: 6}


@pytest.mark.parametrize("error", [RetriableError, PermanentError, KeyError])
@pytest.mark.parametrize("right", [Right.ACCESS, Right.ERASURE])
def test_one_persons_failure_in_a_batch_fails_nobody_else(new_pipeline, right, error):
    """All others are answered at the first attempt."""
    crm = Notebook([Note(each, each) for each in people(10)])
    pipeline = new_pipeline({"crm": crm})
    ids = [pipeline.submit(right, each) for each in people(10)]
    (unlucky,) = tokens(pipeline, ids[4])
    crm.before = lambda _name, subject: _raise(error("no")) if subject.token == unlucky else None
    pipeline.run()
    others = [each for each in ids if each != ids[4]]
    assert {pipeline.case(each).state for each in others} == {CaseState.DELIVERED}
    assert {pipeline.case(each).completions["crm"].attempts for each in others} == {1}
    assert "crm" not in pipeline.case(ids[4]).completions
    assert max(crm.count("apply").values(), default=1) == 1


def test_whoever_loses_one_lease_of_a_batch_keeps_the_others(new_pipeline):
    """One task of the batch went to another worker; the rest is not left lying until its leases end."""
    crm = Notebook([Note(each, each) for each in people(4)])
    pipeline = new_pipeline({"crm": crm})
    ids = [pipeline.submit(Right.ERASURE, each) for each in people(4)]
    (lost,) = tokens(pipeline, ids[1])
    taken = []

    def before(name, subject):
        if name == "apply" and not taken:
            with pipeline.habeas.database.transaction() as connection:
                connection.exec_driver_sql(
                    f"UPDATE tasks SET lease_owner = 'another', lease_epoch = lease_epoch + 1 WHERE subject = '{lost}'"
                    " AND system = 'crm'"
                )
            taken.append(subject.token)

    crm.before = before
    pipeline.run()
    done = {each for each in ids if pipeline.case(each).state is CaseState.DELIVERED}
    assert done == set(ids) - {ids[1]}
    pipeline.run_until(lambda: pipeline.case(ids[1]).state is CaseState.DELIVERED, step_s=61)
    assert crm.count("apply").total() == 4


def _raise(error):
    raise error

"""What becomes of tasks that fail: tried again, waiting for their system, or a dead letter; never in silence."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest

from habeas.domain.cases import CaseState, SystemState
from habeas.domain.requests import Right
from habeas.errors import PermanentError, PoisonError, RetriableError, SystemDownError
from habeas.eventlog import dead_letters
from habeas.letters.package import Assembler
from habeas.storage import circuits, ledger
from habeas.storage.dead_letters import Selection, select_letters
from habeas.testing.notebook import Note, Notebook
from schemas.events import ReplayRequested, TaskCompleted, TaskFailed
from schemas.topics import DEAD_LETTERS, REQUESTS

ADA, BOB = "ada@example.org", "bob@example.org"
SECRET = "ada@example.org lives in the data"


def people(count):
    return [f"person{number}@example.org" for number in range(count)]


def letters(pipeline):
    with pipeline.habeas.database.reading() as connection:
        return select_letters(connection, Selection(with_replayed=True))


def tokens(pipeline, *request_ids):
    return {pipeline.case(each).subject for each in request_ids}


def test_a_passing_fault_is_tried_again_with_growing_pauses(new_pipeline):
    """And succeeds without a trace but the number of attempts."""
    crm = Notebook([Note("1", ADA)])
    pipeline = new_pipeline({"crm": crm})
    faults = [RetriableError("one"), RetriableError("two")]
    crm.before = lambda _name, _subject: _raise(faults.pop()) if faults else None
    request_id = pipeline.submit(Right.ERASURE, ADA)
    pipeline.run()
    assert len(faults) == 1
    pipeline.clock.advance(0.9)
    pipeline.run()
    assert len(faults) == 1
    pipeline.clock.advance(1.2)
    pipeline.run()
    assert faults == []
    pipeline.clock.advance(4)
    pipeline.run()
    done = pipeline.case(request_id).completions["crm"]
    assert (done.attempts, done.effects) == (3, {"notes": {"erased": 1}})
    assert letters(pipeline) == []


@pytest.mark.parametrize("operation", ["find", "apply"])
def test_a_fault_of_a_moment_is_ridden_out_within_the_attempt(new_pipeline, operation):
    """And whatever was applied before it came is not applied again."""
    crm = Notebook([Note("1", ADA)])
    pipeline = new_pipeline({"crm": crm}, tries_max=3)
    faults = [RetriableError("one"), RetriableError("two")]
    crm.before = lambda name, _subject: _raise(faults.pop()) if name == operation and faults else None
    request_id = pipeline.submit(Right.ERASURE, ADA)
    pipeline.run()
    done = pipeline.case(request_id).completions["crm"]
    assert (done.attempts, done.effects) == (1, {"notes": {"erased": 1}})
    assert set(crm.count("apply").values()) == {1}


def test_a_fault_that_does_not_pass_becomes_a_dead_letter_after_the_last_attempt(new_pipeline):
    crm = Notebook([Note("1", ADA)])
    pipeline = new_pipeline({"crm": crm})
    crm.before = lambda _name, _subject: _raise(RetriableError("still"))
    request_id = pipeline.submit(Right.ACCESS, ADA)
    pipeline.run_until(lambda: bool(letters(pipeline)), step_s=5)
    (letter,) = letters(pipeline)
    assert (letter.attempts, letter.error_class, letter.system) == (3, "RetriableError", "crm")
    assert pipeline.case(request_id).systems == {"crm": SystemState.FAILED}
    assert pipeline.case(request_id).state is CaseState.NEEDS_ATTENTION


def test_a_dead_letter_on_the_log_is_the_original_record_with_the_reasons_added(new_pipeline):
    """Key, value and every header are byte for byte those of the accepted request."""
    crm = Notebook([Note("1", ADA)])
    pipeline = new_pipeline({"crm": crm})
    crm.before = lambda _name, _subject: _raise(PermanentError(SECRET))
    request_id = pipeline.submit(Right.ACCESS, ADA)
    pipeline.run()
    (record,) = pipeline.records(DEAD_LETTERS.name)
    letter = dead_letters.of_record(record)
    (original,) = [
        each
        for each in pipeline.records(REQUESTS.name)
        if (each.partition, each.offset) == (letter.original.partition, letter.original.offset)
    ]
    assert letter.original == original
    assert (letter.system, letter.error_class, letter.attempts) == ("crm", "PermanentError", 1)
    assert dict(record.headers)["kafka_dlt-exception-fqcn"] == b"habeas.errors.PermanentError"
    (failed,) = pipeline.events(TaskFailed, request_id=request_id)
    assert str(failed.dead_letter) == letter.id == letters(pipeline)[0].id


@pytest.mark.parametrize("error", [KeyError(SECRET), ValueError(SECRET), PermanentError(SECRET), PoisonError(SECRET)])
def test_an_exception_is_kept_by_its_class_alone(new_pipeline, capsys, error):
    """Its text, which may quote what the system holds, is in no log line, no event, no row."""
    crm = Notebook([Note("1", ADA)])
    pipeline = new_pipeline({"crm": crm})
    crm.before = lambda _name, _subject: _raise(error)
    pipeline.submit(Right.ERASURE, ADA)
    pipeline.run_until(lambda: bool(letters(pipeline)), step_s=5)
    assert letters(pipeline)[0].error_class == type(error).__name__
    printed = capsys.readouterr()
    assert type(error).__name__ in printed.out + printed.err
    assert SECRET not in printed.out + printed.err
    everything = b"".join(
        (record.value or b"") + b"".join(value for _, value in record.headers)
        for topic in (DEAD_LETTERS.name, TaskFailed.topic)
        for record in pipeline.records(topic)
    )
    assert SECRET.encode() not in everything


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


def test_time_in_which_a_task_could_not_be_tried_does_not_count_against_it(new_pipeline):
    """It waited for days behind another one, and then its first attempt failed: it is tried again."""
    crm = Notebook([Note("1", ADA)])
    pipeline = new_pipeline({"crm": crm})
    crm.before = lambda _name, _subject: _raise(PermanentError("no"))
    first, second = pipeline.submit(Right.ACCESS, ADA), pipeline.submit(Right.ACCESS, ADA)
    pipeline.run()
    pipeline.clock.advance(timedelta(days=5).total_seconds())
    faults = [RetriableError("passing"), RetriableError("passing")]
    crm.before = lambda _name, _subject: _raise(faults.pop()) if faults else None
    pipeline.habeas.replay.replay(Selection(system="crm"), actor="tester")
    pipeline.run_until(lambda: pipeline.case(second).state is CaseState.DELIVERED, step_s=5)
    assert pipeline.case(first).state is CaseState.DELIVERED
    assert pipeline.case(first).completions["crm"].attempts == 3


def test_a_task_that_is_tried_for_too_long_becomes_a_dead_letter(new_pipeline):
    """Bounded in time as well as in attempts."""
    crm = Notebook([Note("1", ADA)])
    pipeline = new_pipeline({"crm": crm})
    crm.before = lambda _name, _subject: _raise(RetriableError("later"))
    pipeline.submit(Right.ACCESS, ADA)
    pipeline.run()
    pipeline.clock.advance(timedelta(days=2).total_seconds())
    pipeline.run()
    assert [each.attempts for each in letters(pipeline)] == [2]


def test_a_destroyed_key_fails_its_own_request_only(new_pipeline):
    """What was sealed for it is unreadable: a dead letter in every system, and everybody else is served."""
    crm = Notebook([Note("1", ADA), Note("2", BOB)])
    pipeline = new_pipeline({"crm": crm})
    ada, bob = pipeline.submit(Right.ACCESS, ADA), pipeline.submit(Right.ACCESS, BOB)
    pipeline.habeas.vault.destroy_key(ada)
    pipeline.run()
    assert pipeline.case(bob).state is CaseState.DELIVERED
    assert [each.error_class for each in letters(pipeline)] == ["KeyDestroyedError"]
    assert pipeline.case(ada).state is CaseState.NEEDS_ATTENTION


def test_a_failed_answer_is_a_dead_letter_that_can_be_replayed(new_pipeline, monkeypatch):
    """The aggregator's own work fails like any other: it is shown, and done once replayed."""
    pipeline = new_pipeline({"crm": Notebook([Note("1", ADA)])})
    with monkeypatch.context() as broken:
        broken.setattr(Assembler, "assemble", lambda *_: _raise(PermanentError(SECRET)))
        request_id = pipeline.submit(Right.ACCESS, ADA)
        pipeline.run()
    assert [each.system for each in letters(pipeline)] == ["answer"]
    assert pipeline.case(request_id).state is CaseState.NEEDS_ATTENTION
    pipeline.habeas.replay.replay(Selection(system="answer"), actor="tester")
    pipeline.run()
    assert pipeline.case(request_id).state is CaseState.DELIVERED
    assert len(pipeline.events(ReplayRequested)) == len(pipeline.events(TaskCompleted)) == 1


def test_a_renewal_that_comes_late_does_not_delay_the_retry(new_pipeline):
    """A postponed task is nobody's: the lease keeper of the batch can't take hold of it any more."""
    crm = Notebook([Note("1", ADA)])
    pipeline = new_pipeline({"crm": crm})
    pipeline.submit(Right.ACCESS, ADA)
    pipeline.run(without={"crm.worker"})
    database, now = pipeline.habeas.database, pipeline.clock.now()
    with database.transaction() as connection:
        held = ledger.lease(connection, "crm", owner="one", now=now, lease_s=60, limit=1)
        ledger.postpone(connection, held[0], due_at=now, error_class="RetriableError", uses_attempt=True)
        assert not ledger.renew(connection, held, now=now, lease_s=60)
        assert len(ledger.lease(connection, "crm", owner="two", now=now, lease_s=60, limit=1)) == 1


def _raise(error):
    raise error

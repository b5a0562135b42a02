"""What becomes of tasks that fail: tried again, waiting for their system, or a dead letter; never in silence."""

from datetime import timedelta

import pytest

from habeas.domain.cases import CaseState, SystemState
from habeas.domain.requests import Right
from habeas.errors import PermanentError, PoisonError, RetriableError
from habeas.eventlog import dead_letters
from habeas.letters.package import Assembler
from habeas.storage import ledger
from habeas.storage.dead_letters import Selection, select_letters
from habeas.testing.notebook import Note, Notebook
from schemas.events import ReplayRequested, TaskCompleted, TaskFailed
from schemas.topics import DEAD_LETTERS, REQUESTS

ADA, BOB = "ada@example.org", "bob@example.org"
SECRET = "ada@example.org lives in the data"


def letters(pipeline):
    with pipeline.habeas.database.reading() as connection:
        return select_letters(connection, Selection(with_replayed=True))


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

"""One person's requests are carried out in order in every system, and by one worker at a time."""

import pytest

from habeas.domain.cases import CaseState, SystemState
from habeas.domain.requests import Right
from habeas.errors import PermanentError, RetriableError
from habeas.storage.dead_letters import Selection
from habeas.testing.notebook import Note, Notebook
from schemas.events import ResponseAssembled, TaskCompleted

ADA, BOB = "ada@example.org", "bob@example.org"


def notebook():
    return Notebook([Note("1", ADA), Note("2", ADA), Note("3", BOB)])


def failing(operation, error, *, times=10**9):
    """Raises on that operation so many times."""
    left = [times]

    def before(name, _subject):
        if name == operation and left[0]:
            left[0] -= 1
            raise error

    return before


def test_an_erasure_never_overtakes_the_access_request_that_waits_for_its_retry(new_pipeline):
    """law C173: the copy of the data is made before it is gone, in the failing system; the other one goes on."""
    crm, billing = notebook(), notebook()
    pipeline = new_pipeline({"crm": crm, "billing": billing})
    crm.before = failing("find", RetriableError("later"), times=2)
    access, erasure = pipeline.submit(Right.ACCESS, ADA), pipeline.submit(Right.ERASURE, ADA)
    pipeline.run()
    assert pipeline.case(access).systems == {"crm": SystemState.PENDING, "billing": SystemState.COMPLETED}
    assert pipeline.case(erasure).systems == {"crm": SystemState.PENDING, "billing": SystemState.COMPLETED}
    assert len(crm.notes) == 3
    pipeline.run_until(lambda: pipeline.case(erasure).state is CaseState.DELIVERED, step_s=5)
    done = [each for each in pipeline.events(TaskCompleted) if each.system == "crm"]
    assert [str(each.request_id) for each in sorted(done, key=lambda each: each.at)] == [access, erasure]
    assert sum(line.records for line in pipeline.case(access).completions["crm"].summary) == 2
    assert [note.email for note in crm.notes] == [BOB]


def test_a_persons_line_waits_behind_a_dead_letter_and_other_people_do_not(new_pipeline):
    """law C173: until an operator replays it; then both are carried out in their order."""
    crm = notebook()
    pipeline = new_pipeline({"crm": crm})
    crm.before = failing("find", PermanentError("no"), times=1)
    access, erasure = pipeline.submit(Right.ACCESS, ADA), pipeline.submit(Right.ERASURE, ADA)
    pipeline.run()
    bob = pipeline.submit(Right.ERASURE, BOB)
    pipeline.run()
    assert pipeline.case(bob).state is CaseState.DELIVERED
    assert pipeline.case(access).systems == {"crm": SystemState.FAILED}
    assert pipeline.case(access).state is CaseState.NEEDS_ATTENTION
    assert pipeline.case(erasure).systems == {"crm": SystemState.PENDING}
    assert {note.email for note in crm.notes} == {ADA}
    assert len(pipeline.habeas.replay.replay(Selection(system="crm"), actor="tester")) == 1
    pipeline.run()
    assert pipeline.case(access).state is pipeline.case(erasure).state is CaseState.DELIVERED
    assert sum(line.records for line in pipeline.case(access).completions["crm"].summary) == 2
    assert crm.notes == []


@pytest.mark.parametrize(
    ("right", "operation"),
    [
        (right, operation)
        for right in (Right.ACCESS, Right.ERASURE, Right.RESTRICTION)
        for operation in (["find", "apply", "applied", "find again"] if right.changes_data else ["find"])
    ],
)
def test_a_stalled_worker_that_comes_back_writes_nothing(state_url, new_pipeline, operation, right):
    """It stood still for longer than its lease, another worker did the whole task, and then it went on."""
    crm = notebook()
    pipeline = new_pipeline({"crm": crm}, state_url=state_url)
    successor = {loop.name: loop for loop in pipeline.loops_of(pipeline.another())}
    request_id = pipeline.submit(right, ADA)
    pipeline.run(without={"crm.worker"})
    stalls = [operation.removesuffix(" again")] * (2 if "again" in operation else 1)
    took_over = []

    def before(name, _subject):
        if stalls and name == stalls[0]:
            stalls.pop()
            if not stalls:
                pipeline.clock.advance(3_600)
                took_over.append(successor["crm.worker"].step())

    crm.before = before
    assert pipeline.loops["crm.worker"].step() == 1
    assert took_over == [1]
    pipeline.run()
    case = pipeline.case(request_id)
    assert case.state is CaseState.DELIVERED
    verb = {Right.ERASURE: "erased", Right.RESTRICTION: "restricted"}.get(right)
    assert case.completions["crm"].effects == ({"notes": {verb: 2}} if verb else {})
    assert case.completions["crm"].attempts == 2
    assert crm.count("apply").total() == (1 if verb else 0)
    assert len(pipeline.events(TaskCompleted)) == len(pipeline.events(ResponseAssembled)) == 1
    assert len([note for note in crm.notes if note.email == ADA]) == (0 if right is Right.ERASURE else 2)


def test_the_plan_is_stored_before_anything_is_changed(new_pipeline):
    """At the moment of the first change the database already knows what is to be done."""
    crm = notebook()
    pipeline = new_pipeline({"crm": crm})
    pipeline.submit(Right.ERASURE, ADA)
    stored = []

    def before(name, _subject):
        if name == "apply":
            with pipeline.habeas.database.reading() as connection:
                stored.append(connection.exec_driver_sql("SELECT round, effects FROM task_plans").all())

    crm.before = before
    pipeline.run()
    assert stored == [[(1, None)]]


def test_a_retry_carries_out_the_plan_of_the_first_attempt(new_pipeline):
    """What was done before the fault is reported, though it can't be found any more."""
    crm = notebook()
    pipeline = new_pipeline({"crm": crm})
    crm.before = failing("applied", RetriableError("the answer was lost"), times=1)
    request_id = pipeline.submit(Right.ERASURE, ADA)
    pipeline.run_until(lambda: pipeline.case(request_id).state is CaseState.DELIVERED, step_s=5)
    (done,) = pipeline.events(TaskCompleted)
    assert done.effects == {"notes": {"erased": 2}}
    assert [line.records for line in done.summary] == [2]
    assert done.left_over == 0


def test_what_comes_in_while_the_plan_is_carried_out_is_planned_and_done_too(new_pipeline):
    """Looking again finds it; the report has both plans."""
    crm = notebook()
    pipeline = new_pipeline({"crm": crm})
    arriving = [Note("9", ADA)]

    def before(name, _subject):
        if name == "applied" and arriving:
            crm.notes.append(arriving.pop())

    crm.before = before
    request_id = pipeline.submit(Right.ERASURE, ADA)
    pipeline.run()
    done = pipeline.case(request_id).completions["crm"]
    assert done.effects == {"notes": {"erased": 3}}
    assert len(done.plan) == 2
    assert [note.email for note in crm.notes] == [BOB]


def test_what_keeps_coming_back_is_reported_instead_of_chased(new_pipeline):
    """After three rounds the answer says what is left."""
    crm = notebook()
    pipeline = new_pipeline({"crm": crm})

    def before(name, _subject):
        if name == "applied":
            crm.notes.append(Note(f"again {len(crm.done)}", ADA))

    crm.before = before
    request_id = pipeline.submit(Right.ERASURE, ADA)
    pipeline.run()
    done = pipeline.case(request_id).completions["crm"]
    assert (done.left_over, len(done.plan)) == (1, 3)
    assert pipeline.case(request_id).state is CaseState.DELIVERED

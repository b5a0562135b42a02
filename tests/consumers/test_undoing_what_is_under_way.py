"""An erasure is undone while a worker is at it: that attempt is its last, and what it did is put back."""

import pytest

from habeas.domain.cases import SystemState
from habeas.domain.remainder import Remainder
from habeas.errors import PermanentError, RetriableError, SystemDownError
from schemas.events import ResponseAssembled, TaskCompleted, TaskFailed, UndoRequested


def _down(_operation, _subject):
    raise SystemDownError("refused")


def _undone_meanwhile(waiting, then):
    """The undoing is asked for, and has come to the system, while its worker is at the erasure."""

    def before(operation, _subject):
        if operation == "apply" and not waiting.pipeline.events(UndoRequested):
            waiting.ask()
            waiting.pipeline.run(without=frozenset({"crm.worker"}))
        then(operation)

    waiting.crm.before = before


def test_an_erasure_that_is_under_way_is_finished_and_then_undone(state_url, new_waiting):
    waiting = new_waiting(_down, state_url=state_url)
    _undone_meanwhile(waiting, lambda _operation: None)
    waiting.days(1)
    assert [each.system for each in waiting.pipeline.events(TaskCompleted)] == ["files", "crm"]
    assert waiting.left() == ["1", "2", "3"]
    assert waiting.case().systems["crm"] is SystemState.UNDONE
    assert (waiting.case().remainder, len(waiting.pipeline.events(ResponseAssembled))) == (Remainder(), 1)


@pytest.mark.parametrize(
    ("at", "fault"), [("apply", RetriableError), ("apply", SystemDownError), ("applied", PermanentError)]
)
def test_an_erasure_under_way_that_fails_is_not_tried_again_but_undone(new_waiting, at, fault):
    def then(operation):
        if operation == at and not raised:
            raised.append(operation)
            raise fault("no")

    raised = []
    waiting = new_waiting(_down)
    _undone_meanwhile(waiting, then)
    waiting.days(1)
    waiting.days(1)
    assert raised
    waiting.assert_never_been()
    assert waiting.pipeline.events(TaskFailed) == []
    assert waiting.crm.count("apply").total() == (at == "applied")

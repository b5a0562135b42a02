from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from habeas.domain.cases import CaseState, SystemState, derive
from schemas.events import (
    Event,
    ReplayRequested,
    RequestAccepted,
    RequestReceived,
    ResponseAssembled,
    ResponseDelivered,
    SystemSilent,
    TaskCompleted,
    TaskFailed,
    UndoCompleted,
    UndoRequested,
)

REQUEST = uuid4()
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SYSTEMS = ("crm", "billing", "files")


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


RECEIVED = RequestReceived(
    request_id=REQUEST,
    at=at(0),
    right="erasure",
    subject="s",
    received_on=date(2026, 3, 2),
    due_on=date(2026, 4, 2),
    channel="operator",
)
ACCEPTED = RequestAccepted(
    request_id=REQUEST,
    at=at(1),
    right="erasure",
    subject="s",
    systems=SYSTEMS,
    identity=uuid4(),
    identity_check="login",
)
LETTER = uuid4()


def completed(system: str, minutes: int = 5) -> TaskCompleted:
    return TaskCompleted(request_id=REQUEST, at=at(minutes), system=system, right="erasure", plan=(), summary=())


def failed(system: str, letter: UUID = LETTER) -> TaskFailed:
    return TaskFailed(
        request_id=REQUEST, at=at(3), system=system, dead_letter=letter, error_class="PermanentError", attempts=1
    )


def replayed(system: str, letter: UUID = LETTER) -> ReplayRequested:
    return ReplayRequested(request_id=REQUEST, at=at(4), system=system, dead_letter=letter)


def silent(system: str, *, final: bool = False) -> SystemSilent:
    return SystemSilent(request_id=REQUEST, at=at(2), system=system, final=final)


ASSEMBLED = ResponseAssembled(
    request_id=REQUEST, at=at(9), right="erasure", package=uuid4(), letter=uuid4(), size_bytes=1, digest="d"
)
DELIVERED = ResponseDelivered(request_id=REQUEST, at=at(10), channel="folder")
UNDO = uuid4()


def undo(system: str, undo: UUID = UNDO, minutes: int = 11) -> UndoRequested:
    return UndoRequested(request_id=REQUEST, at=at(minutes), system=system, undo=undo)


def undone(system: str, undo: UUID = UNDO, *, refused: int = 0) -> UndoCompleted:
    return UndoCompleted(request_id=REQUEST, at=at(12), system=system, undo=undo, refused=refused)


ALL: list[Event] = [
    RECEIVED,
    ACCEPTED,
    *(completed(system) for system in SYSTEMS),
    failed("crm"),
    replayed("crm"),
    failed("billing", uuid4()),
    silent("files"),
    silent("files", final=True),
    ASSEMBLED,
    DELIVERED,
    undo("crm"),
    undone("crm", refused=1),
    undo("crm", uuid4(), 13),
    undo("billing"),
    failed("billing", uuid4()).model_copy(update={"undo": UNDO}),
]


def state(*events: Event) -> CaseState:
    case = derive(events)
    assert case is not None
    return case.state


@given(st.lists(st.sampled_from(ALL), max_size=30), st.randoms(use_true_random=False))
def test_order_and_duplicates_do_not_matter(events, random):
    shuffled = [*events, *events[: len(events) // 2]]
    random.shuffle(shuffled)
    assert derive(events) == derive(shuffled)


def test_a_case_opens_with_its_request_and_waits_for_proof_of_identity():
    assert derive([ACCEPTED]) is None
    assert state(RECEIVED) is CaseState.RECEIVED


def test_it_is_ready_once_every_system_has_answered_and_not_before():
    assert state(RECEIVED, ACCEPTED, completed("crm"), completed("billing")) is CaseState.IN_PROGRESS
    assert state(RECEIVED, ACCEPTED, *map(completed, SYSTEMS)) is CaseState.READY


def test_a_completion_may_overtake_the_request():
    assert state(*map(completed, SYSTEMS), ACCEPTED, RECEIVED) is CaseState.READY


def test_a_failed_system_needs_attention_until_just_that_failure_is_replayed():
    opened = (RECEIVED, ACCEPTED, failed("crm"))
    assert state(*opened) is CaseState.NEEDS_ATTENTION
    assert state(*opened, replayed("crm", uuid4())) is CaseState.NEEDS_ATTENTION
    assert state(*opened, replayed("crm")) is CaseState.IN_PROGRESS
    assert state(*opened, replayed("crm"), failed("crm", uuid4())) is CaseState.NEEDS_ATTENTION


def test_a_silent_system_is_shown_and_at_last_given_up():
    waiting = (RECEIVED, ACCEPTED, completed("crm"), completed("billing"))
    assert state(*waiting, silent("files")) is CaseState.NEEDS_ATTENTION
    case = derive([*waiting, silent("files"), silent("files", final=True)])
    assert case is not None
    assert (case.state, case.systems["files"]) == (CaseState.READY, SystemState.GIVEN_UP)


def test_an_answer_is_wanted_once():
    ready = (RECEIVED, ACCEPTED, *map(completed, SYSTEMS))
    before, after = derive(ready), derive([*ready, ASSEMBLED])
    assert before is not None
    assert after is not None
    assert (before.wants_answer, after.wants_answer) == (True, False)
    assert state(*ready, ASSEMBLED, DELIVERED) is CaseState.DELIVERED


def test_an_undone_erasure_is_shown_as_such_once_nothing_is_under_way():
    done = (RECEIVED, ACCEPTED, *map(completed, SYSTEMS), ASSEMBLED, DELIVERED)
    assert state(*done, undo("crm")) is CaseState.DELIVERED
    case = derive([*done, undo("crm"), undone("crm")])
    assert case is not None
    assert case.state is CaseState.UNDONE
    assert case.systems == {
        "crm": SystemState.UNDONE,
        "billing": SystemState.COMPLETED,
        "files": SystemState.COMPLETED,
    }
    assert state(*done, undo("crm"), undone("crm"), undo("billing")) is CaseState.DELIVERED


def test_a_failed_undoing_needs_attention_until_just_it_is_replayed():
    done = (RECEIVED, ACCEPTED, *map(completed, SYSTEMS), ASSEMBLED, DELIVERED, undo("crm"))
    gone_wrong = failed("crm").model_copy(update={"undo": UNDO})
    assert state(*done, gone_wrong) is CaseState.NEEDS_ATTENTION
    assert state(*done, failed("crm")) is CaseState.DELIVERED, "the erasure's own failure is over"
    assert state(*done, gone_wrong, replayed("crm")) is CaseState.DELIVERED


def test_what_was_refused_may_be_asked_for_again():
    done = (RECEIVED, ACCEPTED, *map(completed, SYSTEMS), ASSEMBLED, DELIVERED, undo("crm"), undone("crm", refused=2))
    again = uuid4()
    for events, expected in (
        ((), SystemState.PARTLY_UNDONE),
        ((undo("crm", again, 20),), SystemState.UNDOING),
        ((undo("crm", again, 20), undone("crm", again)), SystemState.UNDONE),
    ):
        case = derive([*done, *events])
        assert case is not None
        assert case.systems["crm"] is expected


def test_what_a_system_had_not_done_when_it_was_undone_is_dropped_and_owed_to_nobody():
    """In whatever order its events are read; what it could not put back is told as such."""
    given_up = SystemSilent(request_id=REQUEST, at=at(5), system="files", final=True)
    answer = ResponseAssembled(
        request_id=REQUEST,
        at=at(6),
        right="erasure",
        package=uuid4(),
        letter=uuid4(),
        size_bytes=1,
        digest="d",
        without=("files",),
    )
    undo = UndoRequested(request_id=REQUEST, at=at(7), system="files", undo=uuid4())
    so_far = [RECEIVED, ACCEPTED, given_up, answer, undo]
    assert derive(so_far).systems["files"] is SystemState.UNDOING
    assert derive(so_far).remainder.owed == frozenset()
    whole, part = (
        UndoCompleted(request_id=REQUEST, at=at(8), system="files", undo=undo.undo, refused=refused)
        for refused in (0, 1)
    )
    for done, state in ((whole, SystemState.DROPPED), (part, SystemState.PARTLY_UNDONE)):
        for events in ([*so_far, done], [done, *reversed(so_far)]):
            assert (derive(events).systems["files"], derive(events).state) == (state, CaseState.UNDONE)
    finished = TaskCompleted(
        request_id=REQUEST, at=at(8), system="files", right="erasure", plan=(), summary=(), effects={}
    )
    assert derive([*so_far, finished, whole]).systems["files"] is SystemState.UNDONE
    assert not derive([*so_far, finished]).wants_supplement

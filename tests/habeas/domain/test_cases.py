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

"""A case's time is what the set of its events says, whatever order they come in."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from habeas.domain.case_time import DueTold, Wait
from habeas.domain.cases import Case, CaseState, SystemState, derive
from schemas.correspondence import (
    ClarificationAnswered,
    ClarificationAsked,
    DueSoon,
    ExtensionAnnounced,
    FeeAsked,
    FeePaid,
    IdentityAsked,
    IdentityReceived,
    Overdue,
    RequestRefused,
    RequestWithdrawn,
)
from schemas.events import Event, RequestAccepted, RequestReceived, ResponseAssembled, ResponseDelivered, TaskCompleted

REQUEST, WORDS, ASK = uuid4(), uuid4(), uuid4()
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def on(day: int) -> date:
    return date(2026, 3, 1) + timedelta(days=day - 1)


def at(day: int) -> datetime:
    return START + timedelta(days=day - 2)


def received(jurisdiction: str | None = "GB-EAW") -> RequestReceived:
    return RequestReceived(
        request_id=REQUEST,
        at=at(2),
        right="access",
        subject="s",
        received_on=on(2),
        due_on=date(2026, 4, 2),
        channel="operator",
        jurisdiction=jurisdiction,
    )


def asked(day: int, ask: UUID = ASK) -> ClarificationAsked:
    return ClarificationAsked(request_id=REQUEST, at=at(day), ask=ask, asked_on=on(day), words=WORDS)


def answered(day: int, ask: UUID = ASK) -> ClarificationAnswered:
    return ClarificationAnswered(request_id=REQUEST, at=at(day), ask=ask, answered_on=on(day))


RECEIVED = received()
ACCEPTED = RequestAccepted(
    request_id=REQUEST,
    at=at(2),
    right="access",
    subject="s",
    systems=("crm",),
    identity=uuid4(),
    identity_check="login",
)
EXTENDED = ExtensionAnnounced(request_id=REQUEST, at=at(20), announced_on=on(20), words=WORDS)
COMPLETED = TaskCompleted(request_id=REQUEST, at=at(4), system="crm", right="access", plan=(), summary=())
ASSEMBLED = ResponseAssembled(
    request_id=REQUEST, at=at(9), right="access", package=uuid4(), letter=uuid4(), size_bytes=1, digest="d"
)
DELIVERED = ResponseDelivered(request_id=REQUEST, at=at(10), channel="folder")
REFUSED = RequestRefused(request_id=REQUEST, at=at(8), refused_on=on(8), ground="unfounded", words=WORDS)
WITHDRAWN = RequestWithdrawn(request_id=REQUEST, at=at(8), withdrawn_on=on(8))
ALL: list[Event] = [
    RECEIVED,
    ACCEPTED,
    IdentityAsked(request_id=REQUEST, at=at(3), ask=ASK, asked_on=on(3), words=WORDS),
    IdentityReceived(request_id=REQUEST, at=at(6), ask=ASK, received_on=on(6), identity_check="document"),
    FeeAsked(request_id=REQUEST, at=at(3), ask=ASK, asked_on=on(3), ground="excessive", words=WORDS),
    FeePaid(request_id=REQUEST, at=at(7), ask=ASK, paid_on=on(7)),
    asked(5),
    answered(12),
    EXTENDED,
    DueSoon(request_id=REQUEST, at=at(26), due_on=date(2026, 4, 2)),
    Overdue(request_id=REQUEST, at=at(34), due_on=date(2026, 4, 2)),
    COMPLETED,
    ASSEMBLED,
    DELIVERED,
    REFUSED,
    WITHDRAWN,
]


def case(*events: Event) -> Case:
    derived = derive(events)
    assert derived is not None
    return derived


@settings(deadline=None)  # the first date of a place loads its calendar
@given(st.lists(st.sampled_from(ALL), max_size=30), st.randoms(use_true_random=False))
def test_order_and_duplicates_do_not_matter(events, random):
    shuffled = [*events, *events[: len(events) // 2]]
    random.shuffle(shuffled)
    assert derive(events) == derive(shuffled)


def test_the_due_date_follows_what_has_happened():
    """law B12: the table's last row, and an extension upon it."""
    assert case(RECEIVED).due_on == date(2026, 4, 2)
    assert case(RECEIVED, asked(5), answered(12)).due_on == date(2026, 4, 10)
    assert case(RECEIVED, asked(5), answered(12), EXTENDED).due_on == date(2026, 6, 10)


def test_an_answer_belongs_to_the_question_that_it_names():
    second = uuid4()
    time = case(RECEIVED, asked(5), answered(6), asked(9, second), answered(20, uuid4())).time
    assert time.open == {Wait.CLARIFICATION: second}
    assert time.deadline.stopped_since == on(9)


def test_a_case_of_an_earlier_version_names_no_place_and_follows_england_and_wales():
    time = case(received(None), EXTENDED).time
    assert (time.jurisdiction, time.deadline.due_on) == ("GB-EAW", date(2026, 6, 2))


def test_a_place_of_a_later_version_gives_no_more_time_than_was_stated():
    time = case(received("ZZ"), asked(5), EXTENDED).time
    assert (time.deadline.due_on, time.deadline.stopped_since) == (date(2026, 4, 2), None)


def test_what_was_told_of_another_due_date_says_nothing_of_this_one():
    soon = DueSoon(request_id=REQUEST, at=at(26), due_on=date(2026, 4, 2))
    assert case(RECEIVED, soon).time.told is DueTold.SOON
    assert case(RECEIVED, soon, EXTENDED).time.told is None


def test_no_answer_is_put_together_while_a_question_is_open():
    ready = (RECEIVED, ACCEPTED, COMPLETED)
    assert case(*ready).wants_answer
    assert case(*ready, asked(5)).state is CaseState.WAITING
    assert case(*ready, asked(5), answered(12)).wants_answer


def test_a_refused_or_withdrawn_request_is_closed_and_asks_no_system_any_more():
    for end, state in [(REFUSED, CaseState.REFUSED), (WITHDRAWN, CaseState.WITHDRAWN)]:
        ended = case(RECEIVED, ACCEPTED, end)
        assert (ended.state, ended.state.closed, ended.wants_answer) == (state, True, False)
        assert ended.systems == {"crm": SystemState.DROPPED}
        assert case(RECEIVED, ACCEPTED, end, COMPLETED).systems == {"crm": SystemState.COMPLETED}


def test_what_is_said_after_the_answer_takes_nothing_back():
    assert case(RECEIVED, ACCEPTED, COMPLETED, ASSEMBLED, WITHDRAWN).state is CaseState.ANSWERED
    assert case(RECEIVED, ACCEPTED, COMPLETED, ASSEMBLED, DELIVERED, REFUSED).state is CaseState.DELIVERED

"""A complaint is the set of its events, and its last day that of the law where there is one."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.domain.case_time import DueTold
from habeas.domain.cases import CaseState, derive
from habeas.domain.complaints import acknowledge_by, derive_complaint, is_law
from habeas.domain.jurisdictions import jurisdiction
from schemas.complaints import ComplaintAcknowledged, ComplaintClosed, ComplaintProgressed, ComplaintReceived
from schemas.correspondence import DueSoon, Overdue
from schemas.events import ReplayRequested, TaskFailed
from schemas.letters import LetterAssembled, LetterDelivered, LetterDue

ID, DEAD_LETTER, LETTER = uuid4(), uuid4(), uuid4()
AT = datetime(2026, 7, 2, 9, tzinfo=UTC)
DUE = date(2026, 8, 3)


def common(hours):
    return {"request_id": ID, "at": AT + timedelta(hours=hours)}


RECEIVED = ComplaintReceived(
    **common(0),
    subject="t",
    language="en",
    received_on=AT.date(),
    due_on=DUE,
    channel="operator",
    jurisdiction="GB-EAW",
    identity=UUID(int=1),
    words=UUID(int=2),
)
LIFE = [
    RECEIVED,
    DueSoon(**common(1), due_on=DUE),
    Overdue(**common(2), due_on=DUE),
    ComplaintAcknowledged(**common(3), acknowledged_on=date(2026, 8, 4), by_letter=True),
    TaskFailed(**common(4), system="letters", dead_letter=DEAD_LETTER, error_class="PermanentError", attempts=1),
    ReplayRequested(**common(5), system="letters", dead_letter=DEAD_LETTER),
    ComplaintProgressed(**common(6), informed_on=date(2026, 8, 5), words=UUID(int=3)),
    LetterDue(**common(7), kind="standing", since=AT),
    ComplaintClosed(**common(8), closed_on=date(2026, 8, 6), outcome="partly", words=UUID(int=4), by_letter=True),
    LetterAssembled(
        **common(9),
        letter=LETTER,
        kind="outcome",
        number=1,
        right="complaint",
        pdf=LETTER,
        html=LETTER,
        text=LETTER,
        digest="0",
    ),
    LetterDelivered(**common(10), letter=LETTER, kind="outcome", number=1, channel="folder"),
]
STANDS = [
    CaseState.RECEIVED,
    CaseState.RECEIVED,
    CaseState.RECEIVED,
    CaseState.IN_PROGRESS,
    CaseState.NEEDS_ATTENTION,
    CaseState.IN_PROGRESS,
    CaseState.IN_PROGRESS,
    CaseState.IN_PROGRESS,
    CaseState.ANSWERED,
    CaseState.ANSWERED,
    CaseState.DELIVERED,
]


def test_each_event_leads_to_the_next_state():
    assert [derive_complaint(LIFE[: count + 1]).state for count in range(len(LIFE))] == STANDS


def test_what_was_told_of_the_day_and_since_when_nothing_was_heard():
    told = [derive_complaint(LIFE[: count + 1]) for count in range(len(LIFE))]
    assert [each.due_told for each in told[:4]] == [None, DueTold.SOON, DueTold.OVERDUE, DueTold.CLOSED]
    heard = [each.letters.silence.since if each.letters.silence else None for each in told]
    hours = [None, None, None, 3, 3, 3, 6, 7, None, None, None]
    assert heard == [None if hour is None else AT + timedelta(hours=hour) for hour in hours]
    assert told[-1].acknowledged_late


@given(st.lists(st.sampled_from(LIFE)), st.permutations(LIFE))
def test_order_and_repetition_change_nothing(more, shuffled):
    assert derive_complaint([*more, *shuffled]) == derive_complaint(LIFE)


def test_a_complaint_is_no_request():
    assert derive(LIFE) is None
    assert derive_complaint(LIFE[1:]) is None


@pytest.mark.parametrize(
    ("place", "received_on", "last"),
    [
        ("GB-EAW", date(2026, 7, 2), date(2026, 8, 3)),  # 1 August is a Saturday
        ("GB-SCT", date(2026, 7, 2), date(2026, 8, 4)),  # where the Monday is a bank holiday
        ("GB-EAW", date(2026, 11, 25), date(2026, 12, 29)),  # Christmas Day, and Boxing Day on the Monday
        ("GB-EAW", date(2026, 6, 19), date(2026, 7, 20)),  # a Sunday
        ("SE", date(2026, 7, 6), date(2026, 8, 5)),
    ],
)
def test_thirty_days_from_the_day_after_and_never_a_holiday(place, received_on, last):
    """law C164: section 164A, as the ICO counts it."""
    assert acknowledge_by(jurisdiction(place), received_on) == last


@pytest.mark.parametrize(
    ("place", "received_on", "law"),
    [("GB-NIR", date(2026, 6, 19), True), ("GB-NIR", date(2026, 6, 18), False), ("SE", date(2026, 7, 2), False)],
)
def test_the_thirty_days_are_law_in_the_united_kingdom_alone(place, received_on, law):
    """law C164: since 19 June 2026; elsewhere they are what we aim at."""
    assert is_law(jurisdiction(place), received_on) is law

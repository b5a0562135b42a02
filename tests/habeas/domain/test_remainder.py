"""What a person is still owed follows from the set of the events."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from habeas.domain.accountability import accountability
from habeas.domain.cases import derive
from habeas.domain.remainder import Remainder
from schemas.correspondence import RequestWithdrawn
from schemas.events import (
    RequestAccepted,
    RequestReceived,
    ResponseAssembled,
    ResponseDelivered,
    SystemSilent,
    TaskCompleted,
)

REQUEST = uuid4()
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SYSTEMS = ("crm", "billing", "archive")


def when(days):
    return {"request_id": REQUEST, "at": START + timedelta(days=days)}


def done(system, days):
    return TaskCompleted(**when(days), system=system, right="access", plan=(), summary=())


def answer(days, *, without=None, supplement=None):
    sealed = {"package": uuid4(), "letter": uuid4(), "size_bytes": 1, "digest": "0"}
    return ResponseAssembled(**when(days), right="access", **sealed, without=without, supplement=supplement)


def delivered(days, supplement=None):
    return ResponseDelivered(**when(days), channel="folder", supplement=supplement)


RECEIVED = RequestReceived(
    **when(0), right="access", subject="s", received_on=START.date(), due_on=date(2026, 4, 2), channel="operator"
)
ACCEPTED = RequestAccepted(
    **when(0), right="access", subject="s", systems=SYSTEMS, identity=UUID(int=1), identity_check="login"
)
ANSWERED = (
    RECEIVED,
    ACCEPTED,
    done("billing", 1),
    SystemSilent(**when(20), system="crm", final=True),
    SystemSilent(**when(20), system="archive", final=True),
    answer(20, without=("crm", "archive")),
    delivered(20),
)
LIVED = (
    *ANSWERED,
    done("crm", 22),
    answer(22, without=("archive",), supplement=1),
    delivered(22, 1),
    answer(23, supplement=2),
    done("archive", 40),
)


def owed(*systems, ready=()):
    return Remainder(frozenset(systems), frozenset(ready))


def test_what_came_after_the_answer_is_owed_until_an_answer_tells_of_it():
    assert (derive(ANSWERED).remainder, derive(ANSWERED).wants_supplement) == (owed("crm", "archive"), False)
    back = derive((*ANSWERED, done("crm", 22)))
    assert (back.remainder, back.wants_supplement) == (owed("crm", "archive", ready=["crm"]), True)
    assert (derive(LIVED).remainder, derive(LIVED).wants_supplement) == (owed("archive", ready=["archive"]), True)
    told = derive((*LIVED, answer(40, without=(), supplement=3)))
    assert (told.remainder, told.wants_supplement) == (owed(), False)


def test_a_completion_that_the_answer_knew_is_not_owed_whatever_the_clocks_say():
    """By what the answer says of itself: the clocks of two machines differ."""
    late = derive((RECEIVED, ACCEPTED, *(done(each, 30) for each in SYSTEMS), answer(20, without=())))
    assert (late.remainder, late.wants_supplement) == (owed(), False)


def test_nothing_is_owed_of_a_request_that_was_withdrawn():
    assert not derive((*LIVED, RequestWithdrawn(**when(19), withdrawn_on=START.date()))).wants_supplement


@given(st.permutations(LIVED), st.lists(st.sampled_from(LIVED)))
def test_order_and_repetition_do_not_matter(shuffled, repeated):
    assert derive([*shuffled, *repeated]) == derive(LIVED)


def test_the_record_tells_what_each_answer_left_out_and_what_it_added():
    """law C30: shown from the events alone."""
    events = [*LIVED, answer(41, without=(), supplement=3), delivered(41, 3)]
    told = accountability(derive(events), events).answers
    assert [(each.without, each.adds) for each in told] == [
        (("crm", "archive"), ()),
        (("archive",), ("crm",)),
        ((), ()),
        ((), ("archive",)),
    ]

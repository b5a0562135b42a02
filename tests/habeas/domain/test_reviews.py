"""What is open follows from the set of the events: no order, no repetition, no further delivery changes it."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from habeas.domain.cases import CaseState, derive
from habeas.domain.outcomes import Reason
from habeas.domain.reviews import Group, Verdict
from schemas.events import (
    RequestAccepted,
    RequestReceived,
    ResponseAssembled,
    ResponseDelivered,
    SummaryLine,
    TaskCompleted,
)
from schemas.reviews import DecidedItem, ReviewCompleted, ReviewDecided

REQUEST, PLAN, FIRST, SECOND = uuid4(), uuid4(), uuid4(), uuid4()
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(minutes):
    return START + timedelta(minutes=minutes)


def line(outcome, reason, records, collection="people"):
    return SummaryLine(collection=collection, outcome=outcome, reason=reason, records=records)


def decided(decision, verdict, lines, *, reason="weak-match", minutes=10):
    items = tuple(DecidedItem(line=each, collection="people", reason=reason) for each in lines)
    return ReviewDecided(
        request_id=REQUEST,
        at=at(minutes),
        right="erasure",
        system="crm",
        decision=decision,
        verdict=verdict,
        plan=PLAN,
        items=items,
    )


def assembled(supplement=None, decisions=None, minutes=5):
    return ResponseAssembled(
        request_id=REQUEST,
        at=at(minutes),
        right="erasure",
        package=uuid4(),
        letter=uuid4(),
        size_bytes=1,
        digest="0",
        supplement=supplement,
        decisions=decisions,
    )


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
    systems=("crm",),
    identity=UUID(int=1),
    identity_check="x",
)
DONE = TaskCompleted(
    request_id=REQUEST,
    at=at(2),
    system="crm",
    right="erasure",
    plan=(PLAN,),
    summary=(
        line("review", "weak-match", 3),
        line("refer", "art-28-3-e", 2),
        line("refer", "other-controller", 4),
        line("review", "unmapped-copy", 50, "log.text"),
    ),
)
CARRIED = ReviewCompleted(
    request_id=REQUEST,
    at=at(11),
    system="crm",
    decision=FIRST,
    right="erasure",
    plan=(uuid4(),),
    summary=(line("erase", "art-17-1", 1), line("review", "not-possible", 1)),
)
OPENED = (RECEIVED, ACCEPTED, DONE, assembled(), ResponseDelivered(request_id=REQUEST, at=at(6), channel="folder"))
LIVED = (*OPENED, decided(FIRST, "same-person", (0, 1)), CARRIED, decided(SECOND, "other-person", (2,), minutes=12))


def open_of(*events):
    return {(each.collection, each.reason): n for each, n in derive(events).reviews.open.items()}


def test_a_place_with_copies_is_one_question_and_another_controllers_data_none():
    assert open_of(*OPENED) == {("people", "weak-match"): 3, ("log.text", "unmapped-copy"): 1}
    assert derive(OPENED).reviews.referred == {Group("crm", "people", "art-28-3-e"): 2}


def test_what_a_decision_leaves_open_is_open():
    assert open_of(*LIVED) == {("people", "not-possible"): 1, ("log.text", "unmapped-copy"): 1}


@given(st.permutations(LIVED), st.lists(st.sampled_from(LIVED)))
def test_order_and_repetition_do_not_matter(shuffled, repeated):
    assert derive([*shuffled, *repeated]) == derive(LIVED)


def test_the_person_is_told_once_nothing_is_open_and_all_is_done():
    last = decided(uuid4(), "done-by-hand", (9,), reason="not-possible", minutes=13)
    copies = replace_plan(decided(uuid4(), "done-by-hand", (3,), reason="unmapped-copy", minutes=14), "log.text")
    everything = (*LIVED, last, copies)
    assert not derive(LIVED).wants_supplement
    assert derive(everything).wants_supplement
    assert not derive([each for each in everything if each is not CARRIED]).wants_supplement
    told = assembled(1, tuple(each.decision for each in derive(everything).reviews.untold), minutes=20)
    after = derive((*everything, told))
    assert (after.wants_supplement, after.state, after.assembled.supplement) == (False, CaseState.DELIVERED, None)


def replace_plan(event, collection):
    items = tuple(item.model_copy(update={"collection": collection}) for item in event.items)
    return event.model_copy(update={"plan": None, "items": items})


def test_a_further_answer_has_an_id_of_its_own_and_the_first_keeps_its():
    first, second, third = assembled(), assembled(1, ()), assembled(2, ())
    assert len({first.id, second.id, third.id}) == 3
    assert first.id == ResponseAssembled.model_validate({**dict(first), "digest": "1"}).id


@given(st.sampled_from(Verdict), st.sampled_from(Reason))
def test_only_a_client_decides_about_what_is_held_for_it(verdict, reason):
    if verdict is Verdict.UPHELD:
        assert not verdict.fits(reason)  # an objection is weighed as a whole
    elif reason is Reason.PROCESSOR:
        assert verdict.fits(reason) is verdict.is_the_clients
    elif verdict.is_carried_out or verdict is Verdict.OTHER_PERSON:
        assert verdict.fits(reason) is (reason is Reason.WEAK_MATCH and verdict is not Verdict.CARRY_OUT)

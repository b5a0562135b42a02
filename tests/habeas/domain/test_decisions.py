from datetime import date
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.domain.decisions import decide, is_done, plan_item
from habeas.domain.outcomes import Disclose, Erase, Outcome, Reason, Refer, Restrict, Retain, Review, Withhold
from habeas.domain.plans import PlannedRecord, from_lines, to_line
from habeas.domain.records import Field, Match, Record, Unsearched
from habeas.domain.register import Controller, Register, RetentionRule
from habeas.domain.requests import Right
from habeas.domain.subjects import IdentifierKind
from habeas.domain.wishes import Wish

TODAY = date(2026, 3, 2)
SIX_YEARS = RetentionRule(
    id="customer-basics",
    categories=frozenset({"contact", "identity", "financial", "transaction"}),
    relations=frozenset({"customer"}),
    years=6,
    anchor="customer_ceased",
    legal_basis="tax law",
    text={"en": "six years"},
)
TEN_YEARS = SIX_YEARS.model_copy(update={"id": "books", "categories": frozenset({"transaction"}), "years": 10})


def register(*rules: RetentionRule) -> Register:
    controller = Controller(
        name="Example Customs Ltd", address=("1 Quay",), email="dpm@example.org", data_protection_manager="DPM"
    )
    return Register(
        controller=controller, regulators=(), notice_version=date(2018, 7, 16), categories={}, retention=rules
    )


def record(*fields: Field, relation: str | None = "customer", **changes: object) -> Record:
    defaults: dict[str, object] = {
        "collection": "customers",
        "key": "1",
        "match": Match.STRONG,
        "matched_by": (IdentifierKind.EMAIL,),
        "anchors": {"customer_ceased": date(2023, 5, 1)},
    }
    return Record(fields=fields, relation=relation, **(defaults | changes))  # type: ignore[arg-type]


NAME = Field("name", "Ada Example", "identity")
TASTE = Field("interests", "tariffs", "profile")


def test_a_former_customers_basics_are_kept_six_years_and_the_rest_of_the_row_is_erased():
    """law A10, law C17."""
    decisions = decide(record(NAME, TASTE), Wish(Right.ERASURE), register(SIX_YEARS), TODAY)
    fates = {name: each.outcome for each in decisions for name in each.fields}
    assert fates == {
        "name": Retain("customer-basics", date(2029, 5, 1), anchor="customer_ceased"),
        "interests": Erase(),
    }


@pytest.mark.parametrize(
    ("ceased", "today", "kept"),
    [
        (date(2020, 3, 2), TODAY, True),  # the last day
        (date(2020, 3, 1), TODAY, False),  # the day after it
        (date(2020, 2, 29), date(2026, 2, 28), True),  # no 29 February in 2026: the 28th is the last day
        (date(2020, 2, 29), date(2026, 3, 1), False),
        (None, TODAY, True),  # still a customer: the six years have not begun
    ],
)
def test_the_hold_ends_with_its_last_day(ceased, today, kept):
    decisions = decide(
        record(NAME, anchors={"customer_ceased": ceased}), Wish(Right.ERASURE), register(SIX_YEARS), today
    )
    assert isinstance(decisions[0].outcome, Retain) is kept


@pytest.mark.parametrize("relation", ["prospect", "supplier", None])
def test_whoever_never_was_a_customer_is_erased(relation):
    """law A4."""
    decisions = decide(record(NAME, TASTE, relation=relation), Wish(Right.ERASURE), register(SIX_YEARS), TODAY)
    assert [each.outcome for each in decisions] == [Erase()]


def test_the_longest_hold_wins_and_is_named():
    """law D8."""
    payment = Field("amount", 12, "transaction")
    decisions = decide(record(payment), Wish(Right.ERASURE), register(SIX_YEARS, TEN_YEARS), TODAY)
    assert decisions[0].outcome == Retain("books", date(2033, 5, 1), anchor="customer_ceased")


@pytest.mark.parametrize("right", Right)
def test_a_name_alone_is_left_to_a_person_whatever_is_asked(right):
    decisions = decide(record(NAME, match=Match.WEAK), Wish(right), register(SIX_YEARS), TODAY)
    assert [each.outcome for each in decisions] == [Review(Reason.WEAK_MATCH)]


@pytest.mark.parametrize("right", Right)
def test_a_clients_data_is_referred_to_the_client_whatever_is_asked(right):
    """law C28."""
    decisions = decide(record(NAME, client="Northern Bolts Ltd"), Wish(right), register(SIX_YEARS), TODAY)
    assert [each.outcome for each in decisions] == [Refer("Northern Bolts Ltd")]


def test_access_discloses_neither_credentials_nor_other_people():
    """law A12, law C15."""
    fields = (
        NAME,
        Field("password_hash", "x", "profile", secret=True),
        Field("agent", "B", "identity", other_person=True),
    )
    decisions = decide(record(*fields), Wish(Right.ACCESS), register(), TODAY)
    fates = {name: each.outcome for each in decisions for name in each.fields}
    assert fates == {
        "name": Disclose(),
        "password_hash": Withhold(Reason.CREDENTIAL),
        "agent": Withhold(Reason.OTHERS_RIGHTS),
    }


def test_restriction_takes_the_whole_record_out_of_use():
    """law A5."""
    assert decide(record(NAME, TASTE), Wish(Right.RESTRICTION), register(), TODAY)[0].outcome == Restrict()


_fields = st.lists(
    st.builds(
        Field,
        st.text("abcdef", min_size=1, max_size=6),
        st.none() | st.text(max_size=5) | st.integers(-(2**63), 2**63),
        st.sampled_from(["contact", "identity", "profile", "transaction", "usage"]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=8,
    unique_by=lambda each: each.name,
)
_records = st.builds(
    lambda fields, match, relation, ceased, restricted, client: record(
        *fields,
        relation=relation,
        match=match,
        anchors={"customer_ceased": ceased},
        restricted=restricted,
        client=client,
    ),
    _fields,
    st.sampled_from(Match),
    st.sampled_from(["customer", "prospect", None]),
    st.none() | st.dates(date(2015, 1, 1), date(2026, 1, 1)),
    st.booleans(),
    st.none() | st.just("Client Ltd"),
)


@given(_records, st.sampled_from(Right))
def test_every_field_meets_exactly_one_fate(found, right):
    """law A3."""
    decisions = decide(found, Wish(right), register(SIX_YEARS, TEN_YEARS), TODAY)
    whole = [each for each in decisions if not each.fields]
    named = sorted(name for each in decisions for name in each.fields)
    undecided = right in {Right.RECTIFICATION, Right.AUTOMATED_DECISIONS} and not decisions
    assert (len(decisions) == 1 and whole) or undecided or named == sorted(each.name for each in found.fields)
    assert all(isinstance(each.outcome, get_args(Outcome)) for each in decisions)


@given(_records, st.sampled_from(Right))
def test_a_plan_reads_back_as_it_was_written(found, right):
    planned = plan_item(found, Wish(right), register(SIX_YEARS, TEN_YEARS), TODAY)
    assert list(from_lines([to_line(planned), to_line(Unsearched("a", "b"))])) == [planned, Unsearched("a", "b")]


@pytest.mark.parametrize(("value", "told"), [(2**64, str(2**64)), (-(2**70), str(-(2**70))), ("a\ud800b", "a?b")])
def test_what_json_can_not_carry_is_told_as_text(value, told):
    planned = plan_item(record(Field("amount", value, "transaction")), Wish(Right.ACCESS), register(), TODAY)
    read = next(from_lines([to_line(planned)]))
    assert isinstance(read, PlannedRecord)
    assert read.record.fields[0].value == told


@given(_records)
def test_a_plan_to_change_data_holds_no_copy_of_it(found):
    planned = plan_item(found, Wish(Right.ERASURE), register(SIX_YEARS), TODAY)
    assert isinstance(planned, PlannedRecord)
    assert all(each.value is None for each in planned.record.fields)


def test_looking_again_tells_what_has_not_been_done():
    rules = register(SIX_YEARS)
    before = plan_item(record(NAME, TASTE), Wish(Right.ERASURE), rules, TODAY, keep_values=True)
    after = plan_item(
        record(NAME, Field("interests", None, "profile"), restricted=True),
        Wish(Right.ERASURE),
        rules,
        TODAY,
        keep_values=True,
    )
    assert isinstance(before, PlannedRecord)
    assert isinstance(after, PlannedRecord)
    assert (is_done(before), is_done(after)) == (False, True)

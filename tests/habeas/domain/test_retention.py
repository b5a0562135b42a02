"""Every row of the holds that the law and the notices want (law D1 to law D8), and that the longest wins."""

from datetime import date, timedelta
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.domain.decisions import decide
from habeas.domain.outcomes import Erase, Reason, Refer, Retain
from habeas.domain.records import Field, Match, Record
from habeas.domain.register import Affiliate, Matter, Register, RetentionRule, load_register
from habeas.domain.requests import Right
from habeas.domain.retention import Accounting
from habeas.domain.subjects import IdentifierKind
from habeas.domain.wishes import Wish

TODAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def ccg() -> Register:
    with resources.as_file(resources.files("habeas.sample") / "register.yaml") as path:
        return load_register(Path(path))


def record(category: str = "transaction", relation: str | None = "customer", **changes) -> Record:
    defaults = {"collection": "invoices", "key": "42", "match": Match.STRONG, "matched_by": (IdentifierKind.EMAIL,)}
    return Record(fields=(Field("it", "x", category),), relation=relation, **(defaults | changes))


def erasure(found: Record, register: Register, today: date = TODAY, system: str = "billing"):
    (decision,) = decide(found, Wish(Right.ERASURE), register, today, system=system)
    return decision.outcome


ROWS = [
    # hold, where it is law, its anchor, the anchor's day, the last day of the hold
    ("customer-basics", "GB", "customer_ceased", date(2021, 5, 4), date(2027, 5, 4)),
    ("uk-customs-records", "GB", "customs_acceptance", date(2024, 1, 31), date(2028, 1, 31)),
    ("uk-customs-records", "GB", "customs_discharge", date(2025, 6, 30), date(2029, 6, 30)),
    ("uk-vat-records", "GB", "issued", date(2023, 5, 4), date(2029, 6, 30)),
    ("uk-company-accounts", "GB", "issued", date(2023, 5, 4), date(2029, 12, 31)),
    ("eu-customs-records", "DE", "customs_acceptance", date(2024, 1, 31), date(2027, 12, 31)),
    ("sweden-accounts", "SE", "issued", date(2023, 5, 4), date(2030, 12, 31)),
    ("sweden-customs-records", "SE", "customs_acceptance", date(2024, 1, 31), date(2029, 12, 31)),
    ("turkey-customs-records", "TR", "customs_acceptance", date(2024, 1, 31), date(2029, 12, 31)),
    ("turkey-commercial-records", "TR", "issued", date(2023, 5, 4), date(2033, 12, 31)),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[2]}")
def test_each_hold_of_the_law_lasts_as_long_as_it_says(ccg, row):
    """CCG basics, UK customs (acceptance, or discharge), VAT, company accounts, EU, Sweden, Türkiye.

    law D1, law D2, law D3, law D4, law D5, law D6, law D7.
    """
    rule_id, country, anchor, day, last = row
    only = ccg.model_copy(
        update={
            "retention": (ccg.rule(rule_id),),
            "jurisdiction": {"GB": "GB-EAW"}.get(country, country),
            "establishments": frozenset(),
        }
    )
    found = record(anchors={anchor: day})
    assert erasure(found, only) == Retain(rule_id, last, anchor=anchor)
    assert isinstance(erasure(found, only, last), Retain)
    assert erasure(found, only, last + timedelta(days=1)) == Erase()


def test_basics_are_kept_six_years_after_ceasing_to_be_a_customer_and_the_rest_is_not(ccg):
    """law A10: contact, identity, financial, transaction; not profile, marketing, technical, usage; customers only."""
    kept = {
        category: isinstance(erasure(record(category, anchors={"customer_ceased": date(2024, 1, 1)}), ccg), Retain)
        for category in ccg.categories
    }
    assert {category for category, is_kept in kept.items() if is_kept} == {
        "contact",
        "identity",
        "financial",
        "transaction",
    }
    for relation in ("prospect", "supplier", None):
        assert erasure(record(relation=relation, anchors={"customer_ceased": date(2024, 1, 1)}), ccg) == Erase()


@pytest.mark.parametrize(("relation", "erased"), [(None, True), ("visitor", True), ("customer", False)])
def test_what_lies_in_client_files_is_removed_unless_it_must_be_kept_for_a_customer(ccg, relation, erased):
    """law A15: permission withdrawn, the data goes; what is kept of customers' basics goes before."""
    found = record("identity", relation, collection="declarations", anchors={"customs_acceptance": date(2025, 1, 31)})
    assert isinstance(erasure(found, ccg, system="customs_files"), Erase) is erased


def test_the_longest_hold_wins_and_the_plan_says_which_and_from_which_date(ccg):
    """law D8: the longest wins; rule and anchor are stored."""
    ceased, issued = date(2020, 9, 24), date(2025, 3, 3)
    found = record(anchors={"customer_ceased": ceased, "issued": issued, "paid": issued})
    assert erasure(found, ccg) == Retain("uk-company-accounts", date(2031, 12, 31), anchor="issued")
    still = record(anchors={"customer_ceased": None, "issued": issued})
    assert erasure(still, ccg) == Retain("customer-basics", None, anchor="customer_ceased")


def test_goods_under_temporary_admission_count_from_their_discharge_and_not_before(ccg):
    """law D2: UK customs records, temporary admission: discharge. Until it has come the hold has no end."""
    anchors = {"customs_acceptance": date(2015, 1, 1), "customs_discharge": None}
    assert erasure(record("identity", anchors=anchors), ccg) == Retain(
        "uk-customs-records", None, anchor="customs_discharge"
    )
    anchors["customs_discharge"] = date(2023, 2, 28)
    assert erasure(record("identity", anchors=anchors), ccg).until == date(2027, 2, 28)


def test_a_rule_binds_only_where_the_controller_is_established(ccg):
    found = record(anchors={"issued": date(2014, 1, 1)})
    assert erasure(found, ccg) == Erase()
    abroad = ccg.model_copy(update={"establishments": frozenset({"GB", "TR"})})
    assert erasure(found, abroad, date(2024, 1, 1)) == Retain(
        "turkey-commercial-records", date(2024, 12, 31), anchor="issued"
    )


@pytest.mark.parametrize(
    ("periods", "day", "counted_from", "last"),
    [
        (("12-31", 3, 12), date(2023, 12, 31), "end-of-financial-year", date(2023, 12, 31)),
        (("03-31", 3, 3), date(2023, 4, 1), "end-of-financial-year", date(2024, 3, 31)),
        (("02-29", 3, 3), date(2023, 2, 28), "end-of-financial-year", date(2023, 2, 28)),
        (("02-29", 3, 3), date(2023, 3, 1), "end-of-financial-year", date(2024, 2, 29)),
        (("12-31", 3, 1), date(2023, 11, 1), "end-of-vat-period", date(2024, 1, 31)),
        (("12-31", 1, 12), date(2024, 2, 3), "end-of-vat-period", date(2024, 2, 29)),
        (("12-31", 12, 3), date(2024, 4, 1), "end-of-vat-period", date(2025, 3, 31)),
        (("12-31", 3, 12), date(2024, 2, 3), "end-of-calendar-year", date(2024, 12, 31)),
    ],
)  # fmt: skip
def test_periods_of_accounts_end_when_the_controller_says(periods, day, counted_from, last):
    """law D3, law D4."""
    year_ends, months, ends_in = periods
    accounting = Accounting(year_ends=year_ends, vat_period_months=months, vat_period_ends_in=ends_in)
    assert accounting.end(day, counted_from) == last


def rule(**changes) -> RetentionRule:
    defaults = {"id": "r", "categories": {"c"}, "anchor": "a", "legal_basis": "law", "text": {"en": "kept"}}
    return RetentionRule(**(defaults | changes))


@pytest.mark.parametrize(
    ("ground", "reason"),
    [
        ("expression", "art-17-3-a"),
        ("legal-obligation", "art-17-3-b"),
        ("public-task", "art-17-3-b-task"),
        ("public-health", "art-17-3-c"),
        ("archiving", "art-17-3-d"),
        ("legal-claims", "art-17-3-e"),
    ],
)
def test_a_rule_keeps_on_the_ground_that_it_states(ccg, ground, reason):
    """law C17: each of the grounds on which erasure may be refused."""
    kept = rule(id="kept", categories={"usage"}, years=1, anchor="ceased", ground=ground)
    register = ccg.model_copy(update={"retention": (kept,)})
    outcome = erasure(record("usage", anchors={"ceased": TODAY}), register)
    assert outcome == Retain("kept", date(2027, 3, 2), Reason(reason), anchor="ceased")


@pytest.mark.parametrize(
    ("start", "period", "last"),
    [
        (date(2020, 2, 29), {"years": 6}, date(2026, 2, 28)),  # no 29th: the 28th, not a day longer than six years
        (date(2020, 2, 29), {"years": 4}, date(2024, 2, 29)),
        (date(2021, 2, 28), {"years": 3}, date(2024, 2, 28)),
        (date(2024, 1, 31), {"months": 1}, date(2024, 2, 29)),
        (date(2024, 1, 31), {"years": 1, "months": 1, "days": 1}, date(2025, 3, 1)),
        (date(2024, 1, 31), {"days": 30}, date(2024, 3, 1)),
        (date(9990, 1, 1), {"years": 100}, date.max),
    ],
)
def test_periods_end_on_the_same_date_or_the_last_of_the_month(start, period, last):
    """law D1, 29 February: the choice."""
    assert rule(**period).until(start) == last


@given(
    st.fixed_dictionaries(
        {"years": st.integers(0, 100), "months": st.integers(0, 1200), "days": st.integers(0, 36_600)}
    ),
    st.sampled_from(["day", "end-of-calendar-year", "end-of-financial-year", "end-of-vat-period"]),
    st.dates(),
    st.dates(),
)
def test_a_hold_never_ends_before_it_begins_and_a_later_date_never_ends_it_sooner(period, counted_from, day, other):
    found = rule(**period, counted_from=counted_from)
    first, second = sorted((day, other))
    assert first <= found.until(first) <= found.until(second)


MATTER = Matter(id="m", title="M", opened=date(2026, 1, 1), records=("billing/*",), text={"en": "a dispute"})


@pytest.mark.parametrize(
    ("changes", "system", "held"),
    [
        ({}, "billing", True),
        ({}, "crm", False),
        ({"records": ("billing/invoices/42",)}, "billing", True),
        ({"records": ("billing/invoices/4",)}, "billing", False),
        ({"records": (), "categories": frozenset({"usage"})}, "crm", True),
        ({"records": (), "categories": frozenset({"contact"})}, "crm", False),
        ({"relations": frozenset({"supplier"})}, "billing", False),
        ({"released": date(2026, 3, 2)}, "billing", True),
        ({"released": date(2026, 3, 1)}, "billing", False),
    ],
)
def test_what_a_matter_needs_stays_until_it_is_released(ccg, changes, system, held):
    """law C17: legal claims; a legal hold by matter."""
    register = ccg.model_copy(update={"matters": (MATTER.model_copy(update=changes),)})
    outcome = erasure(record("usage", anchors={}), register, system=system)
    assert outcome == (Retain("m", changes.get("released"), Reason.LEGAL_CLAIMS) if held else Erase())


def test_data_of_an_affiliate_or_a_client_is_referred_by_record(ccg):
    """law A20: a role per record; not the controller where an affiliate holds the contract: route there."""
    roles = [
        {"role": "controller", "system": "portal", "collection": "users", "relations": ["authorised-user"]},
        {"role": "processor", "system": "portal", "client": "Acme Ltd"},
        {"role": "affiliate", "system": "crm_*", "affiliate": "uk"},
    ]
    affiliate = Affiliate(id="uk", name="Example UK Ltd", email="a@example.org", text={"en": "UK contracts"})
    raw = ccg.model_dump() | {"roles": roles, "affiliates": [affiliate.model_dump()]}
    register = Register.model_validate(raw)
    users = record("usage", "authorised-user", collection="users")
    assert erasure(users, register, system="portal") == Erase()
    assert erasure(record("usage", collection="users"), register, system="portal") == Refer("Acme Ltd")
    assert erasure(record("usage"), register, system="crm_uk") == Refer("Example UK Ltd", Reason.OTHER_CONTROLLER)
    assert erasure(record("usage", client="uk"), register) == Refer("Example UK Ltd", Reason.OTHER_CONTROLLER)
    assert erasure(record("usage", client="Other Ltd"), register, system="crm_uk") == Refer("Other Ltd")

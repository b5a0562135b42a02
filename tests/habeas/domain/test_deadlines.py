"""When an answer is due, by the law of each place (law B1 to law B12)."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habeas.domain.deadlines import Asked, Course, deadline
from habeas.domain.jurisdictions import jurisdiction, jurisdictions
from habeas.domain.requests import Right
from habeas.errors import UserError

ENGLAND, SCOTLAND, ULSTER = (jurisdiction(code) for code in ("GB-EAW", "GB-SCT", "GB-NIR"))
SWEDEN, TURKEY = jurisdiction("SE"), jurisdiction("TR")
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
PLACES = st.sampled_from(sorted(jurisdictions())).map(jurisdiction)


def day(text):
    return date.fromisoformat(text)


def due(where, start, **course):
    return deadline(where, Course(day(start), **{"right": Right.ACCESS, **course})).due_on


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2024-11-25", "2024-12-27"),  # Christmas and Boxing Day
        ("2024-01-31", "2024-02-29"),
        ("2026-01-31", "2026-03-02"),
        ("2026-03-03", "2026-04-07"),  # Easter
    ],
)
def test_the_table_for_england_and_wales(start, expected):
    """law B2, law B8, law B9, law B10, law B11: same date, month's last day, weekend or holiday."""
    assert due(ENGLAND, start) == day(expected)


def test_the_table_s_extension_and_clarification():
    """law B10, law B12: extended to 30 April 2026; asked on the 5th and answered on the 12th, 10 April 2026."""
    assert due(ENGLAND, "2026-01-31", extension_announced_on=day("2026-02-20")) == day("2026-04-30")
    asked = Asked(day("2026-03-05"), day("2026-03-12"))
    assert due(ENGLAND, "2026-03-02", clarification=(asked,)) == day("2026-04-10")


def test_the_period_starts_on_the_day_of_receipt_even_if_that_is_no_working_day():
    """law B1: UK, start on the actual day of receipt. Sunday 1 March, not Monday the 2nd."""
    assert due(ENGLAND, "2026-03-01") == day("2026-04-01")


@pytest.mark.parametrize(
    ("identity", "fee", "expected"),
    [
        ((), (), "2026-06-01"),
        ((Asked(day("2026-05-05"), day("2026-05-11")),), (), "2026-06-11"),
        ((), (Asked(day("2026-05-05"), day("2026-05-13")),), "2026-06-15"),
        ((Asked(day("2026-05-05"), day("2026-05-11")),), (Asked(day("2026-05-05"), day("2026-05-07")),), "2026-06-11"),
        ((Asked(day("2026-06-20"), day("2026-06-30")),), (), "2026-06-01"),  # too late to start anything
    ],
)
def test_the_month_is_counted_from_the_latest_of_receipt_identity_and_fee(identity, fee, expected):
    """law B1: UK, one month from the latest of receipt, requested identity information, charged fee."""
    assert due(ENGLAND, "2026-05-01", identity=identity, fee=fee) == day(expected)


def test_an_extension_counts_from_the_original_start_and_only_if_announced_in_month_one():
    """law A9, law B3: notice within the first month, else it is none."""
    last = deadline(ENGLAND, Course(day("2026-03-03"), Right.ERASURE)).notice_by
    assert last == day("2026-04-07")
    assert due(ENGLAND, "2026-03-03", extension_announced_on=last) == day("2026-06-03")
    assert due(ENGLAND, "2026-03-03", extension_announced_on=last + timedelta(days=1)) == last


def test_stopped_days_are_not_of_the_notice_window_either():
    """law B4: clarification, neither the period nor the notice window; the extension is lengthened too."""
    asked = (Asked(day("2026-03-05"), day("2026-03-12")),)
    announced = {"clarification": asked, "extension_announced_on": day("2026-04-09")}
    assert due(ENGLAND, "2026-03-02", **announced) == day("2026-06-10")
    assert due(ENGLAND, "2026-03-02", extension_announced_on=day("2026-04-09")) == day("2026-04-02")
    standing = deadline(ENGLAND, Course(day("2026-03-02"), Right.ACCESS, clarification=(Asked(day("2026-03-30")),)))
    assert standing.allows_notice(day("2026-05-20"))


@pytest.mark.parametrize("right", [Right.ERASURE, Right.RESTRICTION])
def test_clarification_stops_the_clock_of_access_only(right):
    """law B4: access only."""
    asked = (Asked(day("2026-03-05"), day("2026-03-12")),)
    assert due(ENGLAND, "2026-03-02", right=right, clarification=asked) == day("2026-04-02")


@pytest.mark.parametrize(
    ("stops", "expected"),
    [
        ([("2026-05-05", "2026-05-05")], "2026-06-02"),  # asked and answered on one day: that day
        ([("2026-05-05", "2026-05-08"), ("2026-05-07", "2026-05-10")], "2026-06-08"),  # 7 June is a Sunday
        ([("2026-06-20", "2026-06-30")], "2026-06-01"),  # asked when the time had run out
        ([("2026-05-30", "2026-06-09"), ("2026-06-11", "2026-06-12")], "2026-06-15"),  # the second within the first's
    ],
)
def test_several_stops_count_each_day_once(stops, expected):
    """law B4: the days from the ask to the answer, both included."""
    asked = tuple(Asked(day(first), day(last)) for first, last in stops)
    assert due(ENGLAND, "2026-05-01", clarification=asked) == day(expected)


def test_while_the_person_has_not_answered_the_clock_stands_still():
    """The date given is the earliest it can be, and what is left does not change by waiting."""
    standing = deadline(ENGLAND, Course(day("2026-03-02"), Right.ACCESS, clarification=(Asked(day("2026-03-05")),)))
    assert (standing.stopped_since, standing.due_on) == (day("2026-03-05"), day("2026-04-07"))
    waiting = deadline(ENGLAND, Course(day("2026-03-02"), Right.ERASURE, identity=(Asked(day("2026-03-05")),)))
    assert (waiting.stopped_since, waiting.due_on) == (day("2026-03-05"), day("2026-04-07"))


@pytest.mark.parametrize(
    ("where", "start", "expected"),
    [
        (SWEDEN, "2026-04-01", "2026-05-04"),  # 1 May is a Friday and a holiday
        (SWEDEN, "2026-05-06", "2026-06-08"),  # Saturday 6 June, the National Day
        (jurisdiction("DE"), "2026-09-02", "2026-10-02"),
        (jurisdiction("FR"), "2026-06-14", "2026-07-15"),
        (jurisdiction("PL"), "2026-01-31", "2026-03-02"),
    ],
)
def test_member_states_of_the_eu_by_regulation_1182_71(where, start, expected):
    """law B5: EU, the day of the event excluded, same date, next working day of the Member State."""
    assert due(where, start) == day(expected)


def test_the_eu_extends_by_two_months_and_stops_for_identity_only():
    """law B5: Article 12(3), two further months; EDPB Guidelines 01/2022 for identity."""
    assert due(SWEDEN, "2026-04-01", extension_announced_on=day("2026-04-20")) == day("2026-07-01")
    asked = (Asked(day("2026-04-07"), day("2026-04-13")),)
    assert due(SWEDEN, "2026-04-01", identity=asked) == day("2026-05-13")
    assert due(SWEDEN, "2026-04-01", clarification=asked, fee=asked) == day("2026-05-04")


def test_turkey_has_thirty_days_and_neither_extension_nor_stop():
    """law B6: Turkey, 30 days, no extension. 31 March to 30 April; 29 October is a holiday."""
    asked = (Asked(day("2026-04-01"), day("2026-04-10")),)
    assert due(TURKEY, "2026-03-31") == day("2026-04-30")
    assert due(TURKEY, "2026-09-29") == day("2026-10-30")
    everything = {"identity": asked, "fee": asked, "clarification": asked, "extension_announced_on": day("2026-04-02")}
    assert due(TURKEY, "2026-03-31", **everything) == day("2026-04-30")


def test_turkey_wants_turkish_and_limits_the_complaint():
    """law B6: Turkey, answer in Turkish, complaint within 30 days of the answer and 60 of the application."""
    assert TURKEY.law.language == "tr"
    until = TURKEY.law.complaint.last_day
    assert until(received_on=day("2026-03-01"), answered_on=day("2026-03-11")) == day("2026-04-10")
    assert until(received_on=day("2026-03-01"), answered_on=day("2026-04-20")) == day("2026-04-30")


@pytest.mark.parametrize(
    ("start", "england", "scotland", "ulster"),
    [
        ("2025-12-02", "2026-01-02", "2026-01-05", "2026-01-02"),  # 2 January
        ("2026-02-17", "2026-03-17", "2026-03-17", "2026-03-18"),  # St Patrick's Day
        ("2026-03-06", "2026-04-07", "2026-04-06", "2026-04-07"),  # Easter Monday
        ("2026-07-31", "2026-09-01", "2026-08-31", "2026-09-01"),  # the summer bank holiday
    ],
)
def test_the_parts_of_the_united_kingdom_have_calendars_of_their_own(start, england, scotland, ulster):
    """law B7: England and Wales, Scotland, Northern Ireland differ."""
    assert [due(where, start) for where in (ENGLAND, SCOTLAND, ULSTER)] == [day(england), day(scotland), day(ulster)]


def test_every_member_state_has_a_calendar():
    """law B7: calendars per jurisdiction; of each, Christmas Day is none of its working days."""
    eu = [each for each in jurisdictions().values() if each.law.name == "the GDPR"]
    assert len(eu) == 27 + 3
    assert not any(each.calendar.is_working(day("2026-12-25")) for each in eu)


def test_a_place_that_is_not_known_is_told():
    with pytest.raises(UserError, match="'XX' is none of the jurisdictions AT, BE"):
        jurisdiction("XX")


@settings(deadline=None)  # the first date of a place loads its calendar
@given(PLACES, DAYS, st.lists(st.integers(0, 120), max_size=4), st.lists(st.integers(0, 40), max_size=4), st.booleans())
def test_it_is_always_due_on_a_working_day_and_never_before_the_period_is_over(where, start, asks, lengths, extended):
    """law B2: whatever was asked, and however long the answers took."""
    asked = tuple(
        Asked(start + timedelta(days=first), start + timedelta(days=first + length))
        for first, length in zip(asks, lengths, strict=False)
    )
    announced = start + timedelta(days=10) if extended else None
    course = Course(start, Right.ACCESS, asked[:1], asked[1:2], asked[2:], announced)
    standing = deadline(where, course)
    assert where.calendar.is_working(standing.due_on)
    assert standing.due_on >= where.working(where.law.period.end(start))
    if standing.extended:
        assert standing.due_on >= standing.notice_by


@settings(deadline=None)  # the first date of a place loads its calendar
@given(PLACES, DAYS, st.integers(0, 400), st.booleans())
def test_who_asks_later_is_not_answered_earlier(where, start, later, extended):
    received = [start, start + timedelta(days=later)]
    first, second = (
        deadline(where, Course(each, Right.ACCESS, extension_announced_on=each if extended else None)).due_on
        for each in received
    )
    assert first <= second


@settings(deadline=None)  # the first date of a place loads its calendar
@given(PLACES, DAYS, st.integers(0, 25), st.integers(0, 60), st.integers(0, 60))
def test_an_answer_that_comes_later_never_brings_the_deadline_forward(where, start, asked, took, longer):
    """Nor does asking at all; so the date that is shown while the clock stands still is never too late."""
    ask = start + timedelta(days=asked)
    answers = [None, ask, ask + timedelta(days=took), ask + timedelta(days=took + longer)]
    courses = [Course(start, Right.ACCESS, clarification=(Asked(ask, each),)) for each in answers]
    dates = [deadline(where, each).due_on for each in (Course(start, Right.ACCESS), *courses)]
    assert dates == sorted(dates)

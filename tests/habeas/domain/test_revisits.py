"""When a system is looked at again, and what is decided then (law C 17, C 18, D, backups; notice A 10)."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from uuid import UUID, uuid4

import pytest

from habeas.domain.outcomes import Erase, Reason, Restrict, Retain, Review
from habeas.domain.records import Field, Match, Record
from habeas.domain.register import Controller, Register, RetentionRule
from habeas.domain.requests import Right
from habeas.domain.revisits import LOOK_AGAIN, Revisit, decide_again, next_revisits
from habeas.domain.subjects import IdentifierKind
from habeas.domain.wishes import Wish
from schemas.event import SummaryLine
from schemas.events import RequestAccepted, RequestReceived, TaskCompleted, UndoRequested
from schemas.revisits import RescanDue, RetentionExpired, RevisitCompleted

REQUEST = UUID("3f0f8f5e-8a55-4c39-9b1e-0a6b2f6d7c01")
DONE = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def kept(until, reason="art-17-3-b"):
    return SummaryLine(collection="customers", outcome="retain", reason=reason, rule="six", until=until, records=1)


def opened(right="erasure"):
    when = {"request_id": REQUEST, "at": DONE - DAY, "right": right, "subject": "s"}
    received = RequestReceived(**when, received_on=DONE.date(), due_on=DONE.date(), channel="operator")
    return [received, RequestAccepted(**when, systems=("crm",), identity=uuid4(), identity_check="login")]


def completed(*lines, erased=0, right="erasure"):
    effects = {"customers": {"erased": erased}} if erased else {}
    return TaskCompleted(
        request_id=REQUEST, at=DONE, system="crm", right=right, plan=(), summary=lines, effects=effects
    )


def revisited(asked, *lines, at, erased=0):
    effects = {"customers": {"erased": erased}} if erased else {}
    return RevisitCompleted(
        request_id=REQUEST,
        at=at,
        system="crm",
        revisit=UUID(asked.id),
        cause="retention",
        plan=(),
        summary=lines,
        effects=effects,
    )


def expired(on):
    return RetentionExpired(request_id=REQUEST, at=datetime(on.year, on.month, on.day, tzinfo=UTC), system="crm", on=on)


ENDS = date(2032, 1, 14)
EXPIRED = expired(date(2032, 1, 15))
LATER = datetime(2032, 1, 15, 9, tzinfo=UTC)
RETENTION = "retention"


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([completed()], []),
        ([completed(kept(ENDS))], [(RETENTION, date(2032, 1, 15))]),  # the day after the last
        ([completed(kept(ENDS), kept(date(2030, 12, 31)))], [(RETENTION, date(2031, 1, 1))]),  # the soonest
        ([completed(kept(None))], [(RETENTION, DONE.date() + LOOK_AGAIN)]),  # a customer still, an open matter
        ([completed(kept(date.max))], []),
        ([completed(erased=1)], [("rescan", DONE.date())]),
        ([completed(kept(ENDS), erased=1)], [(RETENTION, date(2032, 1, 15)), ("rescan", DONE.date())]),
        ([completed(kept(ENDS)), EXPIRED], []),  # under way
        ([completed(kept(ENDS)), EXPIRED, revisited(EXPIRED, at=LATER, erased=1)], [("rescan", LATER.date())]),
        (
            [completed(kept(ENDS)), EXPIRED, revisited(EXPIRED, kept(date(2034, 1, 1)), at=LATER)],
            [(RETENTION, date(2034, 1, 2))],  # a longer hold has come
        ),
        (
            [
                completed(erased=1),
                RescanDue(request_id=REQUEST, at=DONE + 30 * DAY, system="crm", on=date(2026, 4, 1)),
            ],
            [],
        ),
        (
            [completed(kept(ENDS)), UndoRequested(request_id=REQUEST, at=LATER, system="crm", undo=uuid4())],
            [],  # the erasure was wrong: nothing of it is done again
        ),
    ],
)
def test_what_is_to_be_looked_at_again(events, expected):
    """Law D: each hold to its last day. The order in which events come plays no part."""
    told = [*opened(), *events]
    for order in list(permutations(told))[:24]:
        assert next_revisits(order) == tuple(Revisit("crm", cause, on) for cause, on in expected)


def test_a_right_that_erases_nothing_asks_for_no_second_look():
    assert next_revisits([*opened("restriction"), completed(kept(ENDS), right="restriction")]) == ()


RULE = RetentionRule(
    id="six",
    categories=frozenset({"identity"}),
    anchor="ceased",
    years=6,
    legal_basis="tax law",
    text={"en": "six years"},
)


@pytest.fixture
def register():
    controller = Controller(
        name="Example Customs Ltd", address=("1 Quay",), email="dpm@example.org", data_protection_manager="DPM"
    )
    return Register(
        controller=controller, regulators=(), notice_version=date(2018, 7, 16), categories={}, retention=(RULE,)
    )


def record(**options):
    return Record(
        collection="customers",
        key="1",
        match=options.pop("match", Match.STRONG),
        matched_by=(IdentifierKind.EMAIL,),
        fields=options.pop("fields", (Field("name", "Ada", "identity"), Field("note", None, "profile"))),
        anchors={"ceased": date(2026, 1, 14)},
        restricted=True,
        **options,
    )


NAME, NOTE = frozenset({"name"}), frozenset({"note"})


@pytest.mark.parametrize(
    ("today", "before", "restricted", "outcomes"),
    [
        (date(2032, 1, 14), NOTE, False, [Retain("six", ENDS, anchor="ceased")]),  # D: to the last day
        (date(2032, 1, 15), NOTE, False, [Erase()]),  # A 10, C 17: the day after
        (date(2032, 1, 15), NOTE, True, [Restrict()]),  # C 18: no retention delete while restricted
        (date(2032, 1, 15), NAME, False, [Erase(Reason.REAPPEARED)]),  # backups: erased again
        (date(2032, 1, 15), NAME, True, [Restrict()]),
        (date(2032, 1, 15), None, False, [Review(Reason.NEW_SINCE)]),  # the person came back
        (date(2030, 1, 1), None, False, [Review(Reason.NEW_SINCE)]),
    ],
)
def test_what_is_decided_then(register, today, before, restricted, outcomes):
    decided = decide_again(
        record(), Wish(Right.ERASURE), register, today, system="crm", erased_before=before, restricted=restricted
    )
    assert list(dict.fromkeys(each.outcome for each in decided)) == outcomes


def test_a_namesake_and_a_clients_record_stay_what_they_were(register):
    """Law C 28: what came since for a client is the client's to decide."""
    options = {"system": "crm", "erased_before": None, "restricted": False}
    wish, today = Wish(Right.ERASURE), date(2032, 1, 15)
    (weak,) = decide_again(record(match=Match.WEAK), wish, register, today, **options)
    (referred,) = decide_again(record(client="Client Ltd"), wish, register, today, **options)
    assert (weak.outcome.reason, referred.outcome.reason) == (Reason.WEAK_MATCH, Reason.PROCESSOR)

"""The proof tells what was found, done and kept, over all visits to a system."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from habeas.domain.cases import derive
from habeas.domain.erasure_report import Kept, report
from schemas.event import SummaryLine
from schemas.events import RequestAccepted, RequestReceived, SystemSilent, TaskCompleted
from schemas.revisits import RevisitCompleted

REQUEST = UUID("3f0f8f5e-8a55-4c39-9b1e-0a6b2f6d7c01")
START, LATER = datetime(2026, 3, 2, tzinfo=UTC), datetime(2032, 1, 15, tzinfo=UTC)
ENDS = date(2032, 1, 14)


def line(outcome, records, **options):
    return SummaryLine(collection="customers", outcome=outcome, reason="art-17-1", records=records, **options)


def told():
    when = {"request_id": REQUEST, "at": START}
    yield RequestReceived(
        **when, right="erasure", subject="s", received_on=START.date(), due_on=START.date(), channel="operator"
    )
    systems = ("crm", "list", "old")
    yield RequestAccepted(
        **when, right="erasure", subject="s", systems=systems, identity=uuid4(), identity_check="login"
    )
    summary = (line("erase", 3), line("retain", 2, rule="six", until=ENDS), line("refer", 1))
    done = {"customers": {"erased": 3, "restricted": 2}}
    yield TaskCompleted(**when, system="crm", right="erasure", plan=(), summary=summary, effects=done, unsearched=1)
    yield TaskCompleted(**when, system="list", right="erasure", plan=(), summary=())
    yield SystemSilent(**when, system="old", final=True)
    yield RevisitCompleted(
        request_id=REQUEST,
        at=LATER,
        system="crm",
        revisit=uuid4(),
        cause="retention",
        plan=(),
        summary=(
            line("erase", 1),
            SummaryLine(collection="customers", outcome="erase", reason="reappeared", records=1),
            line("retain", 1, rule="ten", until=date(2036, 1, 1)),
        ),
        effects={"customers": {"erased": 2}},
        unverified=1,
    )


def test_each_system_is_told_over_all_visits():
    events = list(told())
    crm, mailing_list, old = report(derive(events), events)
    assert crm.decided == {"erase": 3, "retain": 2, "refer": 1}
    assert crm.done == {"erased": 5, "restricted": 2}
    assert crm.kept == (Kept("ten", "art-17-1", date(2036, 1, 1), 1),)
    assert (crm.reappeared, crm.unverified, crm.unsearched, crm.left_over) == (1, 1, 0, 0)
    assert crm.looked_on == (START.date(), LATER.date())
    assert (mailing_list.nothing_found, mailing_list.unreachable) == (True, False)
    assert (old.unreachable, old.state, old.looked_on) == (True, "given up", ())

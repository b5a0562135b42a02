"""The timekeeper tells of each due date once when it is near and once when it has passed."""

from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from habeas.domain.case_time import DueTold
from habeas.domain.cases import derive
from habeas.domain.requests import IdentityCheck, RefusalGround, Right
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.domain.words import Words
from habeas.testing.notebook import Notebook
from producers.intake import Submission
from schemas.correspondence import DueSoon, Overdue
from schemas.events import EVENTS

WHY = Words("because of this")


class Office:
    """Requests that wait for proof of identity, so that time goes by without an answer. It is 2 March 2026."""

    def __init__(self, new_pipeline, **options):
        self.pipeline = new_pipeline({"crm": Notebook()}, **options)
        self.clock = self.pipeline.clock

    def submit(self, *, check=None):
        who = (identifier(IdentifierKind.EMAIL, "ada@example.org"),)
        receipt = self.pipeline.habeas.intake.submit([Submission(Right.ACCESS, who, check)], actor="tester")[0]
        self.pipeline.run()
        return receipt.request_id

    def day(self, text):
        """Let time go by up to a day, on which the timekeeper looks twice."""
        days = (type(self.clock.today()).fromisoformat(text) - self.clock.today()).days
        self.clock.advance(timedelta(days=days).total_seconds())
        self.pipeline.run()
        self.pipeline.run()

    def told(self):
        """All that was told on the log, by kind and date."""
        events = [*self.pipeline.events(DueSoon), *self.pipeline.events(Overdue)]
        return [(type(each).__name__, each.due_on.isoformat()) for each in events]

    def say(self, method, request_id, *details):
        on = self.clock.today()
        getattr(self.pipeline.habeas.correspondence, method)(request_id, *details, on=on, actor="operator")
        self.pipeline.run()


@pytest.fixture
def office(state_url, new_pipeline):
    return Office(new_pipeline, state_url=state_url)


@pytest.fixture
def quick(new_pipeline):
    """On SQLite alone."""
    return Office(new_pipeline)


def gauge(due):
    return REGISTRY.get_sample_value("habeas_open_requests", {"due": due})


def test_a_date_is_told_when_it_is_near_and_when_it_has_passed_and_once_each(office):
    """law A9: answer in one month; the last day itself is not late."""
    request_id = office.submit()
    office.day("2026-03-25")
    assert office.told() == []
    office.day("2026-03-26")
    office.day("2026-04-02")
    assert office.told() == [("DueSoon", "2026-04-02")]
    assert office.pipeline.case(request_id).time.told is DueTold.SOON
    office.day("2026-04-03")
    office.day("2026-04-20")
    assert office.told() == [("DueSoon", "2026-04-02"), ("Overdue", "2026-04-02")]
    assert office.pipeline.case(request_id).time.told is DueTold.OVERDUE
    assert len(office.pipeline.records("dsr.requests")) == 4  # it came in, and a receipt was due


def test_another_due_date_is_told_of_anew(office):
    """law B3: extended; the person is owed the answer by the new date."""
    request_id = office.submit()
    office.day("2026-03-27")
    office.say("extend", request_id, WHY)
    office.day("2026-05-01")
    assert office.told() == [("DueSoon", "2026-04-02")]
    assert office.pipeline.case(request_id).time.told is None
    office.day("2026-05-26")
    office.day("2026-06-03")
    assert office.told()[1:] == [("DueSoon", "2026-06-02"), ("Overdue", "2026-06-02")]


def test_a_clock_that_stands_still_is_never_due(quick):
    """law B4: the clock waits for the person, however long, and then goes on."""
    request_id = quick.submit()
    quick.day("2026-03-05")
    quick.say("ask_clarification", request_id, WHY)
    quick.day("2026-07-01")
    assert quick.told() == []
    assert (gauge("stopped"), gauge("overdue")) == (1, 0)
    quick.say("answer_clarification", request_id, None)
    quick.day("2026-07-23")
    assert quick.told() == [("DueSoon", "2026-07-30")]


def test_what_is_answered_refused_or_withdrawn_is_not_due_any_more(quick):
    answered, refused, withdrawn = quick.submit(check=IdentityCheck.LOGIN), quick.submit(), quick.submit()
    quick.say("refuse", refused, RefusalGround.UNFOUNDED, WHY)
    quick.say("withdraw", withdrawn, None)
    assert {quick.pipeline.case(each).time.told for each in (answered, refused, withdrawn)} == {DueTold.CLOSED}
    quick.day("2026-05-01")
    assert quick.told() == []


def test_the_open_requests_are_counted_by_how_they_stand(quick):
    ids = [quick.submit() for _ in range(3)]
    quick.say("extend", ids[0], WHY)
    quick.say("ask_identity", ids[1], WHY)
    quick.day("2026-03-28")
    counted = {due: gauge(due) for due in ("in time", "due soon", "overdue", "stopped")}
    assert counted == {"in time": 1, "due soon": 1, "overdue": 0, "stopped": 1}
    quick.day("2026-04-03")
    assert (gauge("due soon"), gauge("overdue")) == (0, 1)


def test_a_rebuilt_database_knows_every_date_and_stop(quick):
    """The case is what its events say: on the log there is enough for the same due date."""
    request_id = quick.submit()
    quick.say("ask_clarification", request_id, WHY)
    quick.day("2026-03-06")
    quick.say("answer_clarification", request_id, None)
    quick.say("extend", request_id, WHY)
    case = quick.pipeline.case(request_id)
    on_the_log = [each for kind in EVENTS for each in quick.pipeline.events(kind, request_id=request_id)]
    assert derive(on_the_log) == case
    assert case.due_on.isoformat() == "2026-06-08"  # 2 June and five days, of which the last is a Sunday

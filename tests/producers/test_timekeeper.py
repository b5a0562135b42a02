"""The timekeeper: a system that keeps silent is shown as such, and the answer is given without it in the end."""

from datetime import timedelta

import pytest

from habeas.domain.cases import CaseState, SystemState
from habeas.domain.requests import IdentityCheck, Right
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.domain.words import Words
from habeas.errors import SystemDownError
from habeas.eventlog import cloudevents
from habeas.letters.package import Assembler
from habeas.testing.notebook import Note, Notebook
from producers.intake import Submission
from producers.timekeeper import Timekeeper
from schemas.events import ResponseAssembled, ResponseDelivered, SystemSilent, TaskCompleted
from schemas.topics import REQUESTS

ADA = "ada@example.org"
DAY_S = timedelta(days=1).total_seconds()


class Silent:
    """Two systems: billing answers, the CRM is down until it is told to be back."""

    def __init__(self, new_pipeline, **options):
        self.crm, self.billing = Notebook([Note("1", ADA)]), Notebook([Note("2", ADA)])
        self.pipeline = new_pipeline({"crm": self.crm, "billing": self.billing}, **options)
        self.crm.before = self._refuse

    def _refuse(self, _name, _subject):
        raise SystemDownError("refused")

    def back(self):
        self.crm.before = lambda _name, _subject: None

    def days(self, days):
        self.pipeline.clock.advance(days * DAY_S + 1)
        self.pipeline.run()

    def until(self, days, *, before_due_of):
        due_on = self.pipeline.case(before_due_of).due_on
        self.days((due_on - self.pipeline.clock.today()).days - days)


@pytest.fixture
def silent(state_url, new_pipeline):
    return Silent(new_pipeline, state_url=state_url)


def test_a_silent_system_is_shown_after_a_day_and_told_once(silent):
    """However often the timekeeper looks."""
    request_id = silent.pipeline.submit(Right.ACCESS, ADA)
    silent.pipeline.run()
    assert silent.pipeline.case(request_id).state is CaseState.IN_PROGRESS
    silent.days(1)
    case = silent.pipeline.case(request_id)
    assert case.systems == {"crm": SystemState.SILENT, "billing": SystemState.COMPLETED}
    assert case.state is CaseState.NEEDS_ATTENTION
    for _ in range(5):
        silent.days(1)
    told = [
        each for each in silent.pipeline.records(REQUESTS.name) if dict(each.headers)["ce_type"].endswith(b"silent.v1")
    ]
    assert len(told) == 1


def test_a_system_that_answers_late_but_in_time_is_in_the_answer(silent):
    request_id = silent.pipeline.submit(Right.ACCESS, ADA)
    silent.pipeline.run()
    silent.days(3)
    silent.back()
    silent.days(1)
    case = silent.pipeline.case(request_id)
    assert case.state is CaseState.DELIVERED
    assert set(case.systems.values()) == {SystemState.COMPLETED}


def test_the_answer_is_given_without_a_system_that_never_answers_and_says_so(silent, monkeypatch):
    answers = []
    assemble = Assembler.assemble

    def watching(self, answer, target):
        answers.append(answer)
        return assemble(self, answer, target)

    monkeypatch.setattr(Assembler, "assemble", watching)
    request_id = silent.pipeline.submit(Right.ERASURE, ADA)
    silent.pipeline.run()
    silent.days(1)
    silent.until(11, before_due_of=request_id)
    assert silent.pipeline.case(request_id).systems["crm"] is SystemState.SILENT
    silent.days(1)
    case = silent.pipeline.case(request_id)
    assert case.state is CaseState.DELIVERED
    assert case.systems == {"crm": SystemState.GIVEN_UP, "billing": SystemState.COMPLETED}
    (answer,) = answers
    assert {each.system: each.status for each in answer.systems} == {"crm": "silent", "billing": "completed"}
    assert [each.final for each in silent.pipeline.events(SystemSilent)] == [False, True]


def test_a_completion_after_the_answer_is_shown_and_told_in_a_further_one(silent):
    """The system is back weeks later and carries the erasure out; the first answer stays as it was."""
    request_id = silent.pipeline.submit(Right.ERASURE, ADA)
    silent.pipeline.run()
    silent.until(10, before_due_of=request_id)
    (first,) = silent.pipeline.events(ResponseAssembled)
    assert first.without == ("crm",)
    silent.back()
    silent.days(1)
    case = silent.pipeline.case(request_id)
    assert case.systems["crm"] is SystemState.COMPLETED
    assert case.completions["crm"].effects == {"notes": {"erased": 1}}
    assert case.state is CaseState.DELIVERED
    assert silent.pipeline.events(ResponseAssembled)[:-1] == [first]
    assert [each.supplement for each in silent.pipeline.events(ResponseDelivered)] == [None, 1]
    assert len(silent.pipeline.events(TaskCompleted)) == 2


def test_an_extension_gives_the_silent_system_more_time_too(silent):
    """The answer goes out incomplete only when there is no time left to wait."""
    request_id = silent.pipeline.submit(Right.ACCESS, ADA)
    silent.pipeline.run()
    silent.days(20)
    silent.pipeline.habeas.correspondence.extend(request_id, Words("many systems"), actor="tester")
    silent.pipeline.run()
    silent.days(30)
    assert silent.pipeline.case(request_id).systems["crm"] is SystemState.SILENT
    silent.until(10, before_due_of=request_id)
    assert silent.pipeline.case(request_id).systems["crm"] is SystemState.GIVEN_UP


def test_no_system_is_given_up_for_the_time_that_somebody_took_to_prove_who_they_are(silent):
    """Weeks pass before the request is accepted: each system has its day all the same."""
    who = (identifier(IdentifierKind.EMAIL, ADA),)
    (receipt,) = silent.pipeline.habeas.intake.submit([Submission(Right.ACCESS, who, None)], actor="tester")
    silent.pipeline.run()
    silent.days(40)
    correspondence = silent.pipeline.habeas.correspondence
    correspondence.receive_identity(receipt.request_id, IdentityCheck.DOCUMENT, actor="tester")
    silent.pipeline.run(without={"crm.worker"})
    silent.days(0)
    assert silent.pipeline.events(SystemSilent) == []
    silent.back()
    silent.days(0.1)
    case = silent.pipeline.case(receipt.request_id)
    assert case.state is CaseState.DELIVERED
    assert set(case.systems.values()) == {SystemState.COMPLETED}


def test_what_is_told_is_told_once_even_while_the_aggregator_stands_still(silent):
    """Otherwise the log would fill with the same news, second by second."""
    silent.pipeline.submit(Right.ACCESS, ADA)
    silent.pipeline.run()
    silent.pipeline.clock.advance(2 * DAY_S)
    for _ in range(10):
        silent.pipeline.run(without={"aggregator.consumer"})
        silent.pipeline.clock.advance(1)
    told = [cloudevents.decode(record).type for record in silent.pipeline.records(REQUESTS.name)]
    assert SystemSilent.type in told
    assert len(told) == len(set(told))


def test_all_cases_are_looked_at_however_many_older_ones_wait(silent):
    """Step by step, from the oldest, and from the start again."""
    pipeline = silent.pipeline
    silent.billing.before = silent._refuse
    ids = [pipeline.submit(Right.ACCESS, f"person{number}@example.org") for number in range(7)]
    keeper = Timekeeper(
        silent_after=timedelta(days=1),
        give_up_before_due=timedelta(days=10),
        database=pipeline.habeas.database,
        clock=pipeline.clock,
        cases_max=3,
    )
    pipeline.clock.advance(2 * DAY_S)
    assert [keeper.step() for _ in range(5)] == [6, 6, 2, 0, 0]
    assert all(set(pipeline.case(each).systems.values()) == {SystemState.SILENT} for each in ids)
    pipeline.clock.advance(20 * DAY_S)
    assert sum(keeper.step() for _ in range(6)) == 14
    assert all(set(pipeline.case(each).systems.values()) == {SystemState.GIVEN_UP} for each in ids)

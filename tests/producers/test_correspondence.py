"""What is asked of a person, announced or refused before the answer; what the law allows of it, and what it does."""

from datetime import timedelta

import pytest

from habeas.domain.case_time import Wait
from habeas.domain.cases import CaseState, SystemState
from habeas.domain.requests import FeeGround, IdentityCheck, RefusalGround, Right
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.domain.words import Words
from habeas.errors import NotFoundError, PermanentError, UserError
from habeas.storage import artefacts
from habeas.storage.tables import audit
from habeas.testing.notebook import Note, Notebook
from producers.intake import Submission
from schemas.correspondence import ExtensionAnnounced, IdentityReceived, RequestWithdrawn
from schemas.events import RequestAccepted, ResponseAssembled
from schemas.topics import REQUESTS

ADA = "ada@example.org"
SECRET = "Ada's brother Charles wrote to us"


class Desk:
    """A pipeline whose requests wait for proof of identity, and an operator who writes to the person."""

    def __init__(self, new_pipeline, more=None, **options):
        self.crm = Notebook([Note("1", ADA)])
        self.pipeline = new_pipeline({"crm": self.crm, **(more or {})}, **options)
        self.letters = self.pipeline.habeas.correspondence

    def submit(self, right=Right.ACCESS, *, check=None, jurisdiction=None):
        who = (identifier(IdentifierKind.EMAIL, ADA),)
        submission = Submission(right, who, check, jurisdiction=jurisdiction)
        receipt = self.pipeline.habeas.intake.submit([submission], actor="tester")[0]
        self.pipeline.run()
        return receipt.request_id

    def tell(self, method, request_id, *details):
        """Say it today, and let the roles do what follows."""
        on = self.pipeline.clock.today()
        getattr(self.letters, method)(request_id, *details, on=on, actor="operator")
        self.pipeline.run()
        return self.pipeline.case(request_id)

    def days(self, days):
        self.pipeline.clock.advance(timedelta(days=days).total_seconds())


@pytest.fixture
def desk(state_url, new_pipeline):
    return Desk(new_pipeline, state_url=state_url)


@pytest.fixture
def quick(new_pipeline):
    """On SQLite alone, for what no database could change."""
    return Desk(new_pipeline)


WHY = Words("because of this")


def test_nothing_is_done_before_the_identity_is_proven_and_the_month_starts_then(desk):
    """law A8, law C11, law C12: identity is asked on doubt, and the clock starts with it (law B1)."""
    request_id = desk.submit()
    assert desk.pipeline.case(request_id).state is CaseState.RECEIVED
    case = desk.tell("ask_identity", request_id, WHY)
    assert (case.state, set(case.time.open)) == (CaseState.WAITING, {Wait.IDENTITY})
    desk.days(10)
    assert desk.crm.count("find").total() == 0
    case = desk.tell("receive_identity", request_id, IdentityCheck.DOCUMENT)
    assert case.state is CaseState.DELIVERED
    assert case.time.deadline.starts_on.isoformat() == "2026-03-12"
    assert case.due_on.isoformat() == "2026-04-13"  # 12 April is a Sunday
    (accepted,) = desk.pipeline.events(RequestAccepted)
    assert accepted.identity_check == "document"


def test_an_identity_that_had_not_been_asked_for_moves_nothing(quick):
    """law C12: identity asked only on doubt; otherwise the month runs from receipt."""
    request_id = quick.submit()
    quick.days(3)
    case = quick.tell("receive_identity", request_id, IdentityCheck.CALLBACK)
    assert (case.state, case.due_on.isoformat()) == (CaseState.DELIVERED, "2026-04-02")


def test_a_fee_is_announced_first_and_the_person_can_withdraw(desk):
    """law C12, law A7: a fee is announced first so that the person can withdraw; nothing is done meanwhile."""
    request_id = desk.submit()
    desk.tell("ask_fee", request_id, FeeGround.EXCESSIVE, Words("the fifth this year", "25.00 GBP"))
    case = desk.tell("receive_identity", request_id, IdentityCheck.CALLBACK)
    assert (case.state, desk.crm.count("find").total()) == (CaseState.WAITING, 0)
    case = desk.tell("withdraw", request_id, None)
    assert (case.state, case.systems) == (CaseState.WITHDRAWN, {})
    assert desk.pipeline.events(RequestAccepted) == []


def test_a_paid_fee_sets_the_request_going_and_starts_the_month(quick):
    """law B1: the latest of receipt, identity and charged fee."""
    request_id = quick.submit()
    quick.tell("ask_fee", request_id, FeeGround.FURTHER_COPY, WHY)
    quick.tell("receive_identity", request_id, IdentityCheck.CALLBACK)
    quick.days(7)
    case = quick.tell("pay_fee", request_id)
    assert (case.state, case.due_on.isoformat()) == (CaseState.DELIVERED, "2026-04-09")


def test_the_answer_waits_for_clarification_and_its_days_are_not_counted(quick):
    """law B12: the table's last row, through the whole pipeline: asked on the 5th, answered on the 12th."""
    request_id = quick.submit(check=None)
    quick.days(3)
    case = quick.tell("ask_clarification", request_id, Words("which years?"))
    assert case.time.deadline.stopped_since.isoformat() == "2026-03-05"
    quick.tell("receive_identity", request_id, IdentityCheck.LOGIN)
    assert quick.crm.count("find").total() == 0
    quick.days(7)
    case = quick.tell("answer_clarification", request_id, Words("all since 2024"))
    assert (case.state, case.due_on.isoformat()) == (CaseState.DELIVERED, "2026-04-10")


def test_an_extension_is_announced_with_reasons_and_counts_from_the_start(quick):
    """law A9, law B3, law C30: longer if complex, notified within the month; three months from the original start."""
    request_id = quick.submit(Right.ERASURE)
    quick.days(31)
    case = quick.tell("extend", request_id, WHY)
    assert (case.due_on.isoformat(), case.time.deadline.extended) == ("2026-06-02", True)
    (event,) = quick.pipeline.events(ExtensionAnnounced)
    assert event.announced_on.isoformat() == "2026-04-02"
    with quick.pipeline.habeas.database.reading() as connection:
        rows = connection.execute(audit.select().where(audit.c.action == "extension.announced")).all()
    assert [(row.actor, row.request_id) for row in rows] == [("operator", request_id)]


def test_a_refusal_closes_the_request_and_keeps_its_reasons_for_the_letter(quick):
    """law A4, law A7, law C12: refused with reasons; law C11: the person can't be identified."""
    request_id = quick.submit(Right.ERASURE)
    case = quick.tell("refuse", request_id, RefusalGround.NOT_IDENTIFIED, Words("we can't tell who you are"))
    assert case.state is CaseState.REFUSED
    with quick.pipeline.habeas.database.reading() as connection:
        sealed = artefacts.fetch_under(connection, request_id)
    (reasons,) = [each for each in sealed if each.schema == "habeas.words.v1"]
    vault = quick.pipeline.habeas.vault
    assert Words.of_bytes(vault.unseal(reasons)) == Words("we can't tell who you are")
    with pytest.raises(UserError, match=r"is closed \(refused\)"):
        quick.tell("receive_identity", request_id, IdentityCheck.LOGIN)


def test_what_is_typed_is_never_on_the_log_nor_in_the_state_in_the_clear(quick):
    """Words may name anybody."""
    request_id = quick.submit()
    quick.tell("ask_identity", request_id, Words(SECRET))
    quick.tell("refuse", request_id, RefusalGround.UNFOUNDED, Words(SECRET))
    data = quick.pipeline.settings.root / "data"
    found = [path.name for path in data.rglob("*") if path.is_file() and b"Charles" in path.read_bytes()]
    assert found == []
    assert len(quick.pipeline.records(REQUESTS.name)) == 3


def test_a_withdrawn_request_is_taken_off_the_line_where_nobody_has_begun(desk):
    """And the person's next request goes on, though the system had failed before it came to this one."""
    desk.crm.before = lambda name, _subject: (_ for _ in ()).throw(PermanentError("no")) if name == "find" else None
    request_id = desk.submit(Right.ERASURE, check=IdentityCheck.LOGIN)
    assert desk.pipeline.case(request_id).state is CaseState.NEEDS_ATTENTION
    case = desk.tell("withdraw", request_id, Words("changed my mind"))
    assert (case.state, case.systems) == (CaseState.WITHDRAWN, {"crm": SystemState.DROPPED})
    desk.crm.before = lambda _name, _subject: None
    following = desk.submit(Right.ACCESS, check=IdentityCheck.LOGIN)
    assert desk.pipeline.case(following).state is CaseState.DELIVERED
    assert [str(each.request_id) for each in desk.pipeline.events(ResponseAssembled)] == [following]
    assert desk.crm.count("apply").total() == 0


def refused(desk, method, request_id, *details):
    with pytest.raises(UserError) as raised:
        desk.tell(method, request_id, *details)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_no_extension_after_month_one(quick):
    """law A9, law B3: notice within month one."""
    request_id = quick.submit()
    quick.days(32)
    assert refused(quick, "extend", request_id, WHY) == (
        "an extension could be announced until 02 April 2026, not on 03 April 2026: the answer is due by 02 April 2026"
    )
    assert quick.pipeline.events(ExtensionAnnounced) == []


def test_no_extension_in_turkey_where_the_answer_is_in_turkish(quick):
    """law B6: Turkey, 30 days, no extension, answer in Turkish."""
    request_id = quick.submit(jurisdiction="TR")
    assert quick.pipeline.case(request_id).language == "tr"
    assert refused(quick, "extend", request_id, WHY) == (
        "the KVKK allows no extension: the answer is due by 01 April 2026"
    )
    with pytest.raises(UserError, match="the KVKK wants the answer in 'tr', not 'en'"):
        quick.pipeline.habeas.intake.submit(
            [Submission(Right.ACCESS, (identifier(IdentifierKind.EMAIL, ADA),), None, "en", jurisdiction="TR")],
            actor="tester",
        )


def test_no_extension_twice(quick):
    """law B3: two further months, once."""
    request_id = quick.submit()
    quick.tell("extend", request_id, WHY)
    assert "extended already: the answer is due by 02 June 2026" in refused(quick, "extend", request_id, WHY)


def test_an_erasure_does_not_wait_for_clarification(quick):
    """law B4: access only."""
    request_id = quick.submit(Right.ERASURE)
    assert "only a request for access can wait for clarification" in refused(
        quick, "ask_clarification", request_id, WHY
    )


def test_what_makes_no_sense_is_told_in_one_line(quick):
    request_id = quick.submit()
    assert "has not been asked for clarification" in refused(quick, "answer_clarification", request_id, None)
    assert "has not been asked for a fee" in refused(quick, "pay_fee", request_id)
    assert "say it in words" in refused(quick, "extend", request_id, Words(" "))
    quick.tell("ask_identity", request_id, WHY)
    assert "has not answered yet" in refused(quick, "ask_identity", request_id, WHY)
    quick.tell("receive_identity", request_id, IdentityCheck.LOGIN)
    assert quick.pipeline.events(RequestWithdrawn) == []
    assert len(quick.pipeline.events(IdentityReceived)) == 1
    today = quick.pipeline.clock.today()
    with pytest.raises(NotFoundError):
        quick.letters.withdraw("5ce722c6-5819-483d-bdf7-7e83ed718dfb", None, on=today, actor="operator")


def test_days_that_can_not_be_are_told(quick):
    request_id = quick.submit()
    today = quick.pipeline.clock.today()
    for on, message in [(today + timedelta(days=1), "still to come"), (today - timedelta(days=1), "came in on")]:
        with pytest.raises(UserError, match=message):
            quick.letters.extend(request_id, WHY, on=on, actor="operator")


def test_an_erasure_that_a_system_has_carried_out_can_not_be_refused(new_pipeline):
    """Only what is not done can be refused; an answer has been given or will be."""
    desk = Desk(new_pipeline, more={"billing": Notebook()})
    desk.crm.before = lambda _name, _subject: (_ for _ in ()).throw(PermanentError("no"))
    request_id = desk.submit(Right.ERASURE, check=IdentityCheck.LOGIN)
    assert "carried out already in billing" in refused(desk, "refuse", request_id, RefusalGround.EXCESSIVE, WHY)

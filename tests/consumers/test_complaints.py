"""Complaints are cases of their own: acknowledged, looked into, answered; by letters, and in time."""

from datetime import date, timedelta

import pytest

from habeas.domain.case_time import DueTold
from habeas.domain.cases import CaseState
from habeas.domain.complaints import Outcome
from habeas.domain.requests import IdentityCheck, Right
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.domain.words import Words
from habeas.errors import NotFoundError, PermanentError, UserError
from habeas.eventlog.interface import Message
from habeas.storage import case_lists, complaints
from habeas.storage.dead_letters import Selection
from habeas.testing.notebook import Note, Notebook
from producers.complaints import Grievance
from producers.intake import Submission
from schemas.complaints import ComplaintReceived
from schemas.correspondence import DueSoon, Overdue
from schemas.letters import LetterAssembled

ADA = "ada@example.org"
WHO = (identifier(IdentifierKind.EMAIL, ADA), identifier(IdentifierKind.NAME, "Ada Sample"))
COMPLAINT = Words("Charles laughed at my request.")
WHY = Words("Charles has apologised.")


class Desk:
    """A pipeline, and somebody who takes Ada's complaints. It is Monday, 2 March 2026."""

    def __init__(self, new_pipeline, **options):
        self.pipeline = new_pipeline({"crm": Notebook([Note("1", ADA)])}, **options)
        self.word = self.pipeline.habeas.complaints

    def open(self, *, acknowledge=True, **more):
        grievance = Grievance(COMPLAINT, **({"identifiers": WHO} | more))
        complaint = self.word.open(grievance, acknowledge=acknowledge, actor="dpo")
        self.pipeline.run()
        return complaint.request_id

    def say(self, method, complaint_id, *words, **on):
        getattr(self.word, method)(complaint_id, *words, actor="dpo", **on)
        self.pipeline.run()

    def after(self, days):
        self.pipeline.clock.advance(timedelta(days=days).total_seconds())
        self.pipeline.run()

    def stands(self, complaint_id):
        with self.pipeline.habeas.database.reading() as connection:
            return complaints.fetch(connection, complaint_id)

    def letters(self, complaint_id):
        """The text of each letter that lies in the complaint's folder, by its folder's name."""
        found = self.pipeline.settings.root.glob(f"answers/complaint-{complaint_id}/*/letter.txt")
        return {path.parent.name: " ".join(path.read_text().split()) for path in found}


@pytest.fixture
def desk(new_pipeline):
    return Desk(new_pipeline)


@pytest.fixture
def anywhere(state_url, new_pipeline):
    return Desk(new_pipeline, state_url=state_url)


def test_a_complaint_is_acknowledged_looked_into_and_answered(anywhere):
    """law C164: acknowledged at once, kept informed, told the outcome with reasons."""
    id_ = anywhere.open()
    assert anywhere.stands(id_).state is CaseState.IN_PROGRESS
    anywhere.say("inform", id_, Words("We have asked Charles."))
    anywhere.say("close", id_, Outcome.UPHELD, WHY)
    letters = anywhere.letters(id_)
    assert set(letters) == {"acknowledgement", "standing", "outcome"}
    assert all("Dear Ada Sample" in text and id_ in text for text in letters.values())
    assert "We have asked Charles." in letters["standing"]
    assert "you were right" in letters["outcome"]
    assert WHY.text in letters["outcome"]
    complaint = anywhere.stands(id_)
    assert (complaint.state, complaint.outcome) == (CaseState.DELIVERED, Outcome.UPHELD)


def test_what_was_said_is_on_no_log_and_nowhere_in_the_clear_but_in_the_letters(desk):
    id_ = desk.open()
    desk.say("close", id_, Outcome.UPHELD, WHY)
    root = desk.pipeline.settings.root
    clear = [path.relative_to(root) for path in root.rglob("*") if path.is_file() and b"Charles" in path.read_bytes()]
    assert {path.parts[:2] for path in clear} == {("answers", f"complaint-{id_}")}
    assert {path.parent.name for path in clear} == {"outcome"}, "the complaint itself is not repeated"


def test_a_complaint_about_a_request_is_of_its_person_and_names_it(desk):
    """Who complains is known from the request, and so is the language."""
    (receipt,) = desk.pipeline.habeas.intake.submit(
        [Submission(Right.ACCESS, WHO, IdentityCheck.LOGIN, "sv")], actor="tester"
    )
    desk.pipeline.run()
    id_ = desk.open(about=receipt.request_id, identifiers=())
    text = desk.letters(id_)["acknowledgement"]
    assert receipt.request_id in text
    assert "din begäran om en kopia" in text
    assert "Ada Sample" in text
    assert desk.stands(id_).subject == desk.pipeline.case(receipt.request_id).subject


def test_somebody_without_an_address_can_complain_and_nobody_can_not(desk):
    """A name is enough: nothing is disclosed on a complaint."""
    id_ = desk.open(identifiers=WHO[1:])
    assert "Ada Sample" in desk.letters(id_)["acknowledgement"]
    with pytest.raises(UserError, match="say who complains"):
        desk.open(identifiers=())
    with pytest.raises(NotFoundError):
        desk.open(about="e3a4a1f5-93c5-4f5c-8b0a-6f1d2f6e9e3a")


def test_the_last_day_for_acknowledging_is_told_when_it_is_near_and_when_it_has_passed(anywhere):
    """law C164: thirty days from the day after it came in; 1 April 2026 is a Wednesday."""
    id_ = anywhere.open(acknowledge=False)
    assert anywhere.stands(id_).due_on == date(2026, 4, 1)
    assert anywhere.stands(id_).state is CaseState.RECEIVED
    anywhere.after(29)
    anywhere.after(3)
    assert [each.due_on for each in anywhere.pipeline.events(DueSoon)] == [date(2026, 4, 1)]
    assert [each.due_on for each in anywhere.pipeline.events(Overdue)] == [date(2026, 4, 1)]
    assert anywhere.stands(id_).due_told is DueTold.OVERDUE
    anywhere.say("acknowledge", id_)
    assert anywhere.stands(id_).acknowledged_late
    assert set(anywhere.letters(id_)) == {"acknowledgement"}


def test_an_outcome_within_the_time_needs_no_acknowledgement(desk):
    id_ = desk.open(acknowledge=False)
    desk.say("close", id_, Outcome.NOT_UPHELD, WHY)
    assert set(desk.letters(id_)) == {"outcome"}
    desk.after(60)
    assert desk.pipeline.events(Overdue) == []
    assert not desk.stands(id_).acknowledged_late


def test_whoever_complains_hears_every_thirty_days_that_it_is_looked_into(anywhere):
    """law C164: kept informed; until there is an outcome, and not before it is acknowledged."""
    id_, silent = anywhere.open(), anywhere.open(acknowledge=False)
    anywhere.after(20)
    anywhere.say("inform", id_, WHY)
    anywhere.after(20)
    assert set(anywhere.letters(id_)) == {"acknowledgement", "standing"}
    anywhere.after(10)
    anywhere.after(1)
    assert "We are still looking into it" in anywhere.letters(id_)["standing-2"]
    anywhere.say("close", id_, Outcome.PARTLY, WHY)
    anywhere.after(29)
    anywhere.after(30)
    assert set(anywhere.letters(silent)) == set()
    assert len([each for each in anywhere.pipeline.events(LetterAssembled) if each.kind == "standing"]) == 2


def test_who_was_told_otherwise_gets_no_letter(desk):
    today = desk.pipeline.clock.today()
    id_ = desk.open(acknowledge=False)
    desk.say("acknowledge", id_, on=today)
    desk.say("inform", id_, WHY, on=today)
    desk.say("close", id_, Outcome.PARTLY, WHY, on=today)
    assert desk.pipeline.events(LetterAssembled) == []
    assert desk.stands(id_).state is CaseState.ANSWERED


def test_what_makes_no_sense_is_refused(desk):
    id_ = desk.open(acknowledge=False, received_on=date(2026, 2, 27))
    with pytest.raises(UserError, match="acknowledge it first"):
        desk.say("inform", id_, WHY)
    with pytest.raises(UserError, match="came in on 27 February 2026"):
        desk.say("acknowledge", id_, on=date(2026, 2, 26))
    with pytest.raises(UserError, match="still to come"):
        desk.say("acknowledge", id_, on=date(2026, 3, 3))
    with pytest.raises(UserError, match="in words"):
        desk.say("close", id_, Outcome.UPHELD, Words(" "))
    desk.say("acknowledge", id_)
    with pytest.raises(UserError, match="already on 02 March 2026"):
        desk.say("acknowledge", id_)
    desk.say("close", id_, Outcome.UPHELD, WHY)
    for method, *words in (("acknowledge",), ("inform", WHY), ("close", Outcome.PARTLY, WHY)):
        with pytest.raises(UserError, match="was closed on"):
            desk.say(method, id_, *words)
    with pytest.raises(UserError, match="after today"):
        desk.open(received_on=date(2026, 3, 3))


def test_complaints_are_listed_apart_from_requests(desk):
    open_, closed = desk.open(), desk.open()
    desk.say("close", closed, Outcome.UPHELD, WHY)
    request = desk.pipeline.submit(Right.ACCESS, ADA)
    desk.pipeline.run()
    with desk.pipeline.habeas.database.reading() as connection:
        assert [row.request_id for row in case_lists.listed(connection)] == [request]
        assert {each.request_id for each in complaints.listed(connection)} == {open_, closed}
        assert [each.request_id for each in complaints.listed(connection, due=True)] == [open_]


def test_a_complaint_holds_up_no_erasure(desk):
    """It is not a request for a copy."""
    desk.open(acknowledge=False)
    request = desk.pipeline.submit(Right.ERASURE, ADA)
    desk.pipeline.run()
    assert desk.pipeline.case(request).state is CaseState.DELIVERED


def test_a_letter_that_could_not_be_written_waits_for_an_operator(desk, monkeypatch):
    def fail(*_):
        raise PermanentError("no")

    with monkeypatch.context() as faulty:
        faulty.setattr("consumers.aggregator.letters.write_notice", fail)
        id_ = desk.open()
    assert desk.stands(id_).state is CaseState.NEEDS_ATTENTION
    desk.pipeline.habeas.replay.replay(Selection(system="letters"), actor="dpo")
    desk.pipeline.run()
    assert set(desk.letters(id_)) == {"acknowledgement"}
    assert desk.stands(id_).state is CaseState.IN_PROGRESS


def test_a_letter_is_written_once_however_often_it_is_told(anywhere):
    id_ = anywhere.open()
    log = anywhere.pipeline.habeas.event_log
    for topic in ("dsr.requests", "dsr.responses"):
        again = anywhere.pipeline.records(topic)
        log.append([Message(topic, each.key, each.value, each.headers) for each in again])
    anywhere.pipeline.run()
    assert len(anywhere.pipeline.events(ComplaintReceived)) == 1
    assert [each.number for each in anywhere.stands(id_).letters.written] == [1]

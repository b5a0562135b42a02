"""What is said before the answer is written, delivered once, and in the person's language."""

from datetime import timedelta

import pytest

from habeas.domain.cases import CaseState
from habeas.domain.requests import FeeGround, IdentityCheck, RefusalGround, Right
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.domain.words import Words
from habeas.errors import PermanentError, SystemDownError, UserError
from habeas.eventlog.interface import Message
from habeas.storage.dead_letters import Selection
from habeas.testing.notebook import Note, Notebook
from producers.intake import Submission
from schemas.correspondence import IdentityAsked
from schemas.letters import LetterAssembled

ADA = "ada@example.org"
WHY = Words("Because Charles said so.")
SAYINGS = {
    "identity": ("ask_identity", (WHY,)),
    "clarification": ("ask_clarification", (WHY,)),
    "extension": ("extend", (WHY,)),
    "fee": ("ask_fee", (FeeGround.EXCESSIVE, Words(WHY.text, "25.00 GBP"))),
    "refusal": ("refuse", (RefusalGround.UNFOUNDED, WHY)),
    "withdrawn": ("withdraw", (None,)),
}


class Desk:
    """A pipeline, and an operator who writes to Ada."""

    def __init__(self, new_pipeline, more=None, **options):
        self.crm = Notebook([Note("1", ADA)])
        self.pipeline = new_pipeline({"crm": self.crm, **(more or {})}, **options)
        self.word = self.pipeline.habeas.correspondence

    def submit(self, right=Right.ACCESS, check=None, language=None, *, wait=False):
        if wait:
            self.crm.before = _down
        who = (identifier(IdentifierKind.EMAIL, ADA), identifier(IdentifierKind.NAME, "Ada Sample"))
        receipt = self.pipeline.habeas.intake.submit([Submission(right, who, check, language)], actor="tester")
        self.pipeline.run()
        return receipt[0].request_id

    def say(self, kind, request_id, **on):
        method, words = SAYINGS[kind]
        getattr(self.word, method)(request_id, *words, actor="dpo", **on)
        self.pipeline.run()

    def after(self, **time):
        self.pipeline.clock.advance(timedelta(**time).total_seconds())
        self.pipeline.run()

    def letters(self, request_id):
        """The text of each letter that lies in the request's folder, by its folder's name."""
        found = self.pipeline.settings.root.glob(f"answers/*-{request_id}/*/letter.txt")
        return {path.parent.name: " ".join(path.read_text().split()) for path in found}


@pytest.fixture
def desk(new_pipeline):
    return Desk(new_pipeline)


@pytest.fixture
def anywhere(state_url, new_pipeline):
    return Desk(new_pipeline, state_url=state_url)


def test_what_is_said_is_a_letter_in_the_folder_in_three_forms_with_the_words_that_were_sealed(desk):
    """law C12: what is said before the answer reaches the person, in their language."""
    for kind in SAYINGS:
        request_id = desk.submit()
        desk.say(kind, request_id)
        letters = desk.letters(request_id)
        assert list(letters) == [kind]
        assert "Dear Ada Sample" in letters[kind]
        assert (WHY.text in letters[kind]) is (kind != "withdrawn")
        (folder,) = desk.pipeline.settings.root.glob(f"answers/access-{request_id}/{kind}")
        assert sorted(path.name for path in folder.iterdir()) == ["letter.html", "letter.pdf", "letter.txt"]
        assert (folder / "letter.pdf").read_bytes().startswith(b"%PDF")
    swedish = desk.submit(language="sv")
    desk.say("identity", swedish)
    assert "artikel 12.6" in desk.letters(swedish)["identity"]


def test_a_letter_is_written_and_delivered_once_however_often_it_is_told(anywhere):
    """Every record comes again, as after a crash before its offsets were committed."""
    request_id = anywhere.submit()
    anywhere.say("identity", request_id)
    log = anywhere.pipeline.habeas.event_log
    for topic in ("dsr.requests", "dsr.responses"):
        again = anywhere.pipeline.records(topic)
        log.append([Message(topic, each.key, each.value, each.headers) for each in again])
    anywhere.after(minutes=1)
    assert len(anywhere.pipeline.events(IdentityAsked)) == 1
    assert len({each.pdf for each in anywhere.pipeline.events(LetterAssembled)}) == 1
    letters = anywhere.pipeline.case(request_id).letters
    assert [(each.kind, each.number) for each in letters.written] == [("identity", 1)]
    assert letters.delivered == {each.letter for each in letters.written}


def test_a_second_letter_of_a_kind_lies_beside_the_first(desk):
    request_id = desk.submit()
    desk.say("clarification", request_id)
    desk.word.answer_clarification(request_id, None, actor="dpo")
    desk.say("clarification", request_id)
    assert set(desk.letters(request_id)) == {"clarification", "clarification-2"}


def test_who_was_told_otherwise_gets_no_letter(desk):
    """The operator says on which day they told the person themselves."""
    for kind in ("identity", "extension", "refusal"):
        request_id = desk.submit()
        desk.say(kind, request_id, on=desk.pipeline.clock.today())
    desk.after(hours=2)
    assert desk.pipeline.events(LetterAssembled) == []


def test_an_extension_tells_both_days(desk):
    """law A9: with reasons, and the day that was promised first."""
    request_id = desk.submit()
    desk.say("extension", request_id)
    text = desk.letters(request_id)["extension"]
    assert "by 2 April 2026" in text
    assert "by 2 June 2026 at the latest" in text


def test_a_withdrawal_before_anybody_began_says_that_nothing_was_done(desk):
    desk.crm.before = _refuse
    request_id = desk.submit(Right.ERASURE, IdentityCheck.LOGIN)
    desk.say("withdrawn", request_id)
    assert "Nothing has been disclosed to anybody or changed" in desk.letters(request_id)["withdrawn"]


def test_a_withdrawal_after_a_system_is_done_says_so(new_pipeline):
    desk = Desk(new_pipeline, more={"billing": Notebook(before=_refuse)})
    request_id = desk.submit(Right.ERASURE, IdentityCheck.LOGIN)
    desk.say("withdrawn", request_id)
    for _ in range(3):
        desk.after(minutes=1)
    assert "A system had begun with it already" in desk.letters(request_id)["withdrawn"]


def _refuse(*_):
    raise PermanentError("no")


def _down(*_):
    raise SystemDownError("refused")


def test_reasons_are_on_no_log_and_nowhere_in_the_clear_but_in_the_letter(desk):
    request_id = desk.submit()
    desk.say("refusal", request_id)
    root = desk.pipeline.settings.root
    clear = [path.relative_to(root) for path in root.rglob("*") if path.is_file() and b"Charles" in path.read_bytes()]
    assert sorted(path.name for path in clear) == ["letter.html", "letter.txt"]
    assert all(path.parts[0] == "answers" for path in clear)


def test_a_letter_that_can_not_be_written_waits_for_an_operator_and_holds_up_no_answer(desk, monkeypatch):
    """The case says so, and the letter goes out once the fault is mended."""
    request_id = desk.submit(check=IdentityCheck.LOGIN, wait=True)
    with monkeypatch.context() as faulty:
        faulty.setattr("consumers.aggregator.letters.write_notice", _refuse)
        desk.say("extension", request_id)
        assert desk.pipeline.case(request_id).state is CaseState.NEEDS_ATTENTION
        desk.crm.before = lambda *_: None
        desk.after(minutes=20)
    assert desk.pipeline.case(request_id).delivered is not None
    assert desk.letters(request_id) == {}
    desk.pipeline.habeas.replay.replay(Selection(system="letters"), actor="dpo")
    desk.pipeline.run()
    assert set(desk.letters(request_id)) == {"extension"}
    assert desk.pipeline.case(request_id).state is CaseState.DELIVERED


def test_an_erasure_does_not_overtake_a_copy_whose_letter_failed(desk, monkeypatch):
    """A request for a copy that waits for an operator waits all the same."""
    request_id = desk.submit()
    monkeypatch.setattr("consumers.aggregator.letters.write_notice", _refuse)
    desk.say("identity", request_id)
    assert desk.pipeline.case(request_id).state is CaseState.NEEDS_ATTENTION
    with pytest.raises(UserError, match="for a copy goes first"):
        desk.submit(Right.ERASURE, IdentityCheck.LOGIN)
    desk.say("refusal", request_id)
    with pytest.raises(UserError, match="is closed"):
        desk.say("refusal", request_id)
    desk.submit(Right.ERASURE, IdentityCheck.LOGIN)

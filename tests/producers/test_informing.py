"""Nobody waits in silence: when a receipt goes out, and how people are kept informed during an extension."""

from datetime import timedelta

import pytest

from habeas.domain.requests import IdentityCheck, Right
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.domain.words import Words
from habeas.errors import SystemDownError
from habeas.settings_sections import LettersSettings
from habeas.testing.notebook import Note, Notebook
from producers.intake import Submission
from schemas.letters import LetterAssembled, LetterDue

ADA = "ada@example.org"
WHY = Words("because of this")


class Office:
    """A CRM that answers and a billing system that is down; time passes as the test wishes."""

    def __init__(self, new_pipeline, *, settings=None, **options):
        self.billing = Notebook(before=_down)
        systems = {"crm": Notebook([Note("1", ADA)]), "billing": self.billing}
        self.pipeline = new_pipeline(systems, **options)
        given = self.pipeline.settings
        self.pipeline.settings = given.model_copy(update={"letters": settings or given.letters})
        self.pipeline.habeas = self.pipeline.another()
        self.pipeline.loops = {loop.name: loop for loop in self.pipeline.loops_of(self.pipeline.habeas)}
        self.word = self.pipeline.habeas.correspondence

    def submit(self, check=IdentityCheck.LOGIN):
        who = (identifier(IdentifierKind.EMAIL, ADA),)
        (receipt,) = self.pipeline.habeas.intake.submit([Submission(Right.ACCESS, who, check)], actor="tester")
        self.pipeline.run()
        return receipt.request_id

    def after(self, **time):
        self.pipeline.clock.advance(timedelta(**time).total_seconds())
        self.pipeline.run()

    def written(self):
        """The kinds of the letters, in order."""
        return [each.kind for each in self.pipeline.events(LetterAssembled)]


def _down(*_):
    raise SystemDownError("refused")


@pytest.fixture
def office(new_pipeline):
    return Office(new_pipeline)


@pytest.fixture
def anywhere(state_url, new_pipeline):
    return Office(new_pipeline, state_url=state_url)


def test_who_is_not_answered_within_the_hour_gets_a_receipt_once(anywhere):
    """law C12: what was asked, and by when it is answered."""
    anywhere.submit()
    anywhere.after(minutes=59)
    assert anywhere.written() == []
    anywhere.after(minutes=1)
    assert anywhere.written() == ["receipt"]
    anywhere.after(days=3)
    assert anywhere.written() == ["receipt"]


def test_an_answer_that_comes_at_once_needs_no_receipt(office):
    office.billing.before = lambda *_: None
    office.submit()
    office.after(hours=2)
    assert office.written() == []


def test_whoever_was_asked_for_something_has_heard_from_us(office):
    """The letter that asks says when the request came in; while the person is to answer, nobody presses them."""
    request_id = office.submit(check=None)
    office.word.ask_identity(request_id, WHY, actor="dpo")
    office.after(days=20)
    assert office.written() == ["identity"]


def test_whoever_has_answered_is_told_by_when_we_do(office):
    """Proof has come, the time starts, and a system is down: the receipt names the new day."""
    request_id = office.submit(check=None)
    office.word.ask_identity(request_id, WHY, actor="dpo")
    office.after(days=5)
    office.word.receive_identity(request_id, IdentityCheck.DOCUMENT, actor="dpo")
    office.after(hours=2)
    assert office.written() == ["identity", "receipt"]
    (told,) = office.pipeline.settings.root.glob("answers/*/receipt/letter.txt")
    assert "by 7 April 2026 at the latest" in " ".join(told.read_text().split())


def test_during_an_extension_the_person_is_kept_informed_every_month_until_the_answer(anywhere):
    """law A9: kept informed during an extension; how many systems are done, and the day that was promised."""
    request_id = anywhere.submit()
    anywhere.word.extend(request_id, WHY, actor="dpo")
    anywhere.after(days=29)
    assert anywhere.written() == ["extension"]
    anywhere.after(days=1)
    anywhere.after(days=1)
    assert anywhere.written() == ["extension", "progress"]
    anywhere.after(days=29)
    assert anywhere.written() == ["extension", "progress", "progress"]
    letters = sorted(anywhere.pipeline.settings.root.glob("answers/*/progress*/letter.txt"))
    assert [path.parent.name for path in letters] == ["progress", "progress-2"]
    first = " ".join(letters[0].read_text().split())
    assert "by 2 June 2026 at the latest" in first
    anywhere.billing.before = lambda *_: None
    anywhere.after(days=5)
    anywhere.after(days=60)
    assert anywhere.written().count("progress") == 2
    assert len(anywhere.pipeline.events(LetterDue)) == 2


def test_both_can_be_set_otherwise(new_pipeline):
    """Zero sends none."""
    office = Office(new_pipeline, settings=LettersSettings(receipt_after_s=0, inform_every_days=0))
    first = office.submit()
    office.after(days=1)
    office.word.extend(first, WHY, actor="dpo")
    office.after(days=40)
    assert office.written() == ["extension"]
    daily = Office(new_pipeline, settings=LettersSettings(receipt_after_s=60, inform_every_days=1))
    second = daily.submit()
    daily.after(seconds=60)
    daily.word.extend(second, WHY, actor="dpo")
    daily.after(days=1)
    assert daily.written() == ["receipt", "extension", "progress"]

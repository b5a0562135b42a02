"""An objection is weighed (Article 21(1)): upheld, what has no other use goes; overridden, the person is told first."""

from datetime import timedelta
from uuid import UUID, uuid4
from zipfile import ZipFile

import pytest

from habeas.domain.cases import CaseState
from habeas.domain.requests import IdentityCheck, Right
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.domain.wishes import Wish
from habeas.domain.words import Words
from habeas.errors import UserError
from habeas.eventlog import cloudevents
from habeas.storage import outbox
from habeas.testing.notebook import Note, Notebook
from producers.intake import Submission
from schemas.events import ResponseAssembled
from schemas.lifting import LiftingCompleted
from schemas.reviews import ReviewCompleted
from schemas.revisits import DataReappeared, ReconciliationRequested, RevisitCompleted

ADA = "ada@example.org"
WHY = Words("Our court case with Charles.")
DAYS = 14
USAGE = ("usage", "usage")  # serves analytics, which rest on legitimate interests alone, and advertising
PARTLY = ("contact", "usage")  # of which the address serves other uses too


class Objected:
    """Ada has objected: one note has no other use, of one the text has none, one serves a contract."""

    def __init__(self, new_pipeline, *, marketing=False, **options):
        notes = [Note("1", ADA, categories=USAGE), Note("2", ADA, categories=PARTLY), Note("3", ADA)]
        self.crm = Notebook([*notes, Note("9", "bo@example.org", categories=USAGE)])
        self.pipeline = new_pipeline({"crm": self.crm}, **options)
        who = (identifier(IdentifierKind.EMAIL, ADA),)
        wish = Wish(Right.OBJECTION, marketing=marketing)
        submission = Submission(Right.OBJECTION, who, IdentityCheck.LOGIN, wish=wish)
        (receipt,) = self.pipeline.habeas.intake.submit([submission], actor="tester")
        self.request = receipt.request_id
        self.pipeline.run()

    def weigh(self, outcome):
        self.pipeline.habeas.weighing.weigh(self.request, outcome, WHY, actor="dpo")
        self.pipeline.run()

    def look_again(self):
        again = ReconciliationRequested(
            request_id=UUID(self.request), at=self.pipeline.clock.now(), system="crm", run=uuid4()
        )
        message = cloudevents.to_message(again, key=self.case().subject, source="habeas/reconciliation")
        with self.pipeline.habeas.database.transaction() as connection:
            outbox.add(connection, "intake", [message])
        self.pipeline.run()

    def days(self, days):
        self.pipeline.clock.advance(timedelta(days=days).total_seconds())
        self.pipeline.run()

    def notes(self):
        return {note.key: (note.text, note.restricted) for note in self.crm.notes}

    def case(self):
        return self.pipeline.case(self.request)

    @property
    def folder(self):
        return self.pipeline.settings.root / "answers" / f"objection-{self.request}"


STORED = ("a note", True)
IN_USE = ("a note", False)
BEFORE = {"1": STORED, "2": IN_USE, "3": IN_USE, "9": IN_USE}


@pytest.fixture
def objected(new_pipeline):
    return Objected(new_pipeline)


@pytest.fixture
def anywhere(state_url, new_pipeline):
    """On SQLite and on PostgreSQL."""
    return Objected(new_pipeline, state_url=state_url)


def test_upheld_what_has_no_other_use_is_erased_and_a_further_answer_tells(anywhere):
    """law C21: stopped for good."""
    assert anywhere.notes() == BEFORE
    anywhere.weigh("upheld")
    assert anywhere.notes() == {"2": (None, False), "3": IN_USE, "9": IN_USE}
    (done,) = anywhere.pipeline.events(ReviewCompleted)
    assert (done.effects, done.left_over) == ({"notes": {"erased": 2}}, 0)
    assert [each.supplement for each in anywhere.pipeline.events(ResponseAssembled)] == [None, 1]
    with ZipFile(anywhere.folder / "supplement-1" / "answer.zip") as package:
        page = package.read("index.html").decode()
    assert "ends for good" in page
    case = anywhere.case()
    assert (case.state, case.reviews.open_count, case.reviews.untold) == (CaseState.DELIVERED, 0, ())


def test_upheld_it_stays_away_and_is_looked_after(objected):
    """A month later the system is looked through again; what an import brought back is erased again."""
    objected.weigh("upheld")
    objected.crm.notes.append(Note("1", ADA, categories=USAGE))
    objected.days(31)
    assert "1" not in objected.notes()
    (again,) = objected.pipeline.events(DataReappeared)
    assert again.reappeared == {"notes": 1}


def test_overridden_the_person_is_told_the_grounds_before_anything_is_in_use_again(anywhere):
    """law C21: compelling grounds are shown; law C18: and the person is told before."""
    anywhere.weigh("overridden")
    letter = " ".join((anywhere.folder / "overridden" / "letter.txt").read_text().split())
    assert WHY.text in letter
    assert "right to go to court" in letter
    assert "supervisory authority" in letter
    anywhere.days(DAYS - 1)
    assert anywhere.notes() == BEFORE
    anywhere.days(1)
    assert anywhere.notes() == {**BEFORE, "1": IN_USE}
    (done,) = anywhere.pipeline.events(LiftingCompleted)
    assert done.effects == {"notes": {"lifted": 1}}
    case = anywhere.case()
    assert (case.reviews.open_count, case.liftings.open) == (0, None)


def test_a_later_look_does_not_restrict_again_what_was_overridden(objected):
    objected.weigh("overridden")
    objected.days(DAYS)
    objected.look_again()
    assert objected.pipeline.events(RevisitCompleted)
    assert objected.notes() == {**BEFORE, "1": IN_USE}


def test_direct_marketing_is_never_weighed_and_nothing_twice(new_pipeline, objected):
    """law A6: an objection to it is done."""
    marketing = Objected(new_pipeline, marketing=True)
    with pytest.raises(UserError, match="21"):
        marketing.weigh("overridden")
    objected.weigh("overridden")
    with pytest.raises(UserError, match="weighed already: overridden"):
        objected.weigh("upheld")
    erasure = objected.pipeline.submit(Right.RESTRICTION, ADA)
    objected.pipeline.run()
    with pytest.raises(UserError, match="only an objection"):
        objected.pipeline.habeas.weighing.weigh(erasure, "upheld", WHY, actor="dpo")


def test_the_grounds_are_on_no_log(objected):
    objected.weigh("overridden")
    for topic in ("dsr.requests", "dsr.completions", "dsr.responses"):
        assert not [record for record in objected.pipeline.records(topic) if b"Charles" in (record.value or b"")]

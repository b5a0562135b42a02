"""What Habeas itself holds of a person goes when its time is over, and not while something needs it."""

import pytest
from sqlalchemy import func, select

from consumers.aggregator import shredding
from habeas.domain.custody import Stage
from habeas.domain.requests import Right
from habeas.domain.reviews import Verdict
from habeas.errors import SystemDownError, UserError
from habeas.roles.aggregator import shredding_of
from habeas.storage import artefacts, cases, custody
from habeas.storage.tables import artefacts as artefacts_table
from habeas.storage.tables import audit, subject_identifiers, subjects
from habeas.testing.notebook import Note, Notebook
from habeas.vault.errors import KeyDestroyedError
from producers.reconciliation import Reconciliation
from producers.reviewing import Choice
from schemas.revisits import RevisitCompleted

ADA = "ada@example.org"
DAY_S = 86_400


class Held:
    """Ada's notes, and what is held of her."""

    def __init__(self, new_pipeline, right=Right.ACCESS, *, notes=None, down=False, **options):
        self.notebook = Notebook(notes or [Note("1", ADA, "t" * 400_000), Note("2", "bo@example.org")])
        self.notebook.before = _down if down else self.notebook.before
        self.pipeline = new_pipeline({"crm": self.notebook}, **options)
        self.request = self.ask(right)

    @property
    def database(self):
        return self.pipeline.habeas.database

    def ask(self, right):
        request = self.pipeline.submit(right, ADA)
        self.pipeline.run()
        return request

    def days(self, days):
        self.pipeline.clock.advance(days * DAY_S)
        self.pipeline.run()

    @property
    def age_days(self):
        return (self.pipeline.clock.today() - self.pipeline.case(self.request).received_on).days

    def stage(self, request=None):
        with self.database.reading() as connection:
            return custody.fetch(connection, request or self.request).stage

    def schemas(self):
        with self.database.reading() as connection:
            return sorted(connection.scalars(select(artefacts_table.c.schema)))

    def files(self):
        return [path for path in (self.pipeline.settings.root / "data" / "vault").rglob("*") if path.is_file()]

    def persons(self):
        with self.database.reading() as connection:
            tables = (subjects, subject_identifiers)
            return tuple(connection.scalar(select(func.count()).select_from(table)) for table in tables)

    def told(self, action):
        with self.database.reading() as connection:
            return connection.execute(select(audit).where(audit.c.action == action)).all()

    def needed(self, *, rest=False):
        with self.database.reading() as connection:
            return shredding_of(self.pipeline.habeas).needed_for(connection, self.request, rest=rest)


@pytest.fixture
def held(state_url, new_pipeline):
    """An access request, answered on 2 March 2026."""
    return Held(new_pipeline, state_url=state_url)


def test_first_the_answer_goes_and_then_who_asked(held):
    assert held.schemas() == ["habeas.identity.v1", "habeas.letter.v1", "habeas.package.v1", "habeas.plan.v1"]
    assert held.files(), "the plan and the package are too large for the database"
    held.days(99)
    assert held.stage() is Stage.WHOLE
    held.days(1)
    assert (held.stage(), held.schemas(), held.files()) == (Stage.KEPT, ["habeas.identity.v1"], [])
    with pytest.raises(KeyDestroyedError):
        held.pipeline.habeas.vault.unlocked([held.request])
    (gone,) = held.told("answer.shredded")
    assert (gone.request_id, gone.actor, gone.details) == (held.request, "habeas", {"artefacts": 3})
    held.days(2_192 - 101)
    assert (held.stage(), held.persons()) == (Stage.KEPT, (1, 1))
    held.days(1)
    assert (held.stage(), held.schemas(), held.persons()) == (Stage.GONE, [], (0, 0))
    with pytest.raises(KeyDestroyedError):
        held.pipeline.habeas.vault.unlocked([shredding.kept_key(held.request)])
    assert len(held.told("identity.shredded")) == 1
    with held.database.reading() as connection:
        assert cases.fetch(connection, held.request).delivered is not None, "the record of what was done stays"


def test_the_same_person_is_known_by_the_same_token_as_long_as_anything_is_held(held):
    held.days(2_000)
    second = held.ask(Right.ACCESS)
    held.days(192)
    assert (held.stage(), held.stage(second)) == (Stage.GONE, Stage.KEPT)
    assert held.pipeline.case(held.request).subject == held.pipeline.case(second).subject
    assert held.persons() == (1, 1)
    held.days(2_000)
    third = held.ask(Right.ACCESS)
    assert held.pipeline.case(third).subject != held.pipeline.case(second).subject


def test_what_waits_for_a_decision_keeps_the_answer(new_pipeline):
    held = Held(new_pipeline, notes=[Note("1", ADA), Note("2", ADA, "a name", weak=True)])
    held.days(200)
    assert (held.stage(), held.needed()) == (Stage.WHOLE, ("1 record waits for a decision ('habeas review')",))
    reviewing = held.pipeline.habeas.reviewing
    (item,) = reviewing.items(held.pipeline.case(held.request))
    reviewing.decide(
        held.request,
        Choice(labels=[item.label]),
        Verdict.OTHER_PERSON,
        reason="another Ada, by the date of birth",
        actor="dpo",
    )
    held.pipeline.run()
    held.days(99)
    assert (held.stage(), held.needed()) == (Stage.WHOLE, ())
    held.days(2)
    assert held.stage() is Stage.KEPT
    held.days(2_192)
    (decided,) = held.told("review.decided")
    assert (decided.actor, decided.details["verdict"], "reason" in decided.details) == ("dpo", "other-person", False)


def test_who_was_erased_is_known_as_long_as_a_hold_has_not_ended(state_url, new_pipeline):
    """As law C17 demands: what was kept is erased on the day, long after the answer has gone."""
    held = Held(new_pipeline, Right.ERASURE, notes=[Note("1", ADA), Note("9", "bo@example.org")], state_url=state_url)
    held.days(150)
    assert (held.stage(), held.schemas()[0], "habeas.package.v1" in held.schemas()) == (
        Stage.KEPT,
        "habeas.identity.v1",
        False,
    )
    held.notebook.notes.append(Note("1", ADA))
    Reconciliation(database=held.database, clock=held.pipeline.clock).request("crm", actor="dpo")
    held.pipeline.run()
    assert [note.key for note in held.notebook.notes] == ["9"], "who was erased, and which records, is known still"
    with held.database.reading() as connection:
        done = [each for each in cases.timeline(connection, held.request) if isinstance(each, RevisitCompleted)]
        assert artefacts.fetch(connection, [str(id_) for id_ in done[-1].plan])
    assert done[-1].cause == "reconciliation"


def test_a_system_that_has_its_part_still_to_do_keeps_everything(new_pipeline):
    """It was down for weeks, and the answer was given without it."""
    held = Held(new_pipeline, Right.ERASURE, down=True)
    held.days(21)
    held.days(110)
    assert (held.stage(), held.needed()) == (Stage.WHOLE, ("there is work to do in: crm",))
    held.notebook.before = lambda *_: None
    held.days(2)
    assert (held.stage(), [note.key for note in held.notebook.notes]) == (Stage.KEPT, ["2"])


def _down(*_):
    raise SystemDownError("refused")


@pytest.mark.parametrize(
    ("place", "day", "stage"),
    [
        ("shredding.before_commit", 100, Stage.KEPT),
        ("shredding.after_commit", 100, Stage.KEPT),
        ("shredding.key_destroyed", 100, Stage.KEPT),
        ("shredding.files_removed", 100, Stage.KEPT),
        ("shredding.key_destroyed", 2_192, Stage.GONE),
        ("shredding.files_removed", 2_192, Stage.GONE),
    ],
)
def test_killed_anywhere_the_next_goes_on(new_pipeline, monkeypatch, place, day, stage):
    held = Held(new_pipeline, Right.ERASURE)
    for passed in (50, 100, 2_000):  # the rescan, the answer
        if passed < day:
            held.days(passed - held.age_days)

    def die(reached):
        if reached == place:
            raise _Killed

    monkeypatch.setattr(shredding.failpoints, "reach", die)
    held.pipeline.clock.advance(DAY_S * (day - held.age_days))
    with pytest.raises(_Killed):
        shredding_of(held.pipeline.habeas).step()
    monkeypatch.undo()
    held.days(1)
    assert (held.stage(), held.files()) == (stage, [])
    assert len(held.told("answer.shredded")) == 1


class _Killed(BaseException):
    pass


def test_destroyed_by_an_operator_nothing_is_left_and_every_command_says_so(held):
    shredding_of(held.pipeline.habeas).shred_all(held.request)
    assert (held.stage(), held.schemas(), held.files(), held.persons()) == (Stage.GONE, [], [], (0, 0))
    with pytest.raises(UserError, match="was shredded on 02 March 2026"):
        held.pipeline.habeas.reviewing.items(held.pipeline.case(held.request))

"""A restriction is lifted after the person was told (Article 18(3)): exactly that one, once, in the person's order."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from consumers.aggregator.rebuilding import Rebuilding
from habeas.domain.cases import CaseState
from habeas.domain.requests import Right
from habeas.domain.words import Words
from habeas.errors import NotFoundError, PermanentError, UserError
from habeas.roles import groups
from habeas.roles.aggregator import shredding_of
from habeas.storage.cases import fetch_many
from habeas.storage.database import Database
from habeas.storage.dead_letters import Selection
from habeas.storage.migrate import migrate
from habeas.storage.tables import audit, tasks
from habeas.testing.notebook import Note, Notebook
from schemas.events import TaskCompleted
from schemas.letters import LetterDelivered
from schemas.lifting import LiftingCompleted, LiftingDue

ADA = "ada@example.org"
WHY = Words("The register says that Charles spelt it right.")
DAYS = 14


class Restricted:
    """Ada's restriction is answered in two systems; one of her notes the company itself had restricted before."""

    def __init__(self, new_pipeline, **options):
        self.crm = Notebook(
            [Note("1", ADA), Note("2", ADA), Note("own", ADA, restricted=True), Note("b", "bo@example.org")]
        )
        self.billing = Notebook([Note("4", ADA)])
        self.pipeline = new_pipeline({"crm": self.crm, "billing": self.billing}, **options)
        self.request = self.submit(Right.RESTRICTION)

    def submit(self, right):
        request = self.pipeline.submit(right, ADA)
        self.pipeline.run()
        return request

    def restricted(self):
        return sorted(note.key for each in (self.crm, self.billing) for note in each.notes if note.restricted)

    def announce(self, request=None, *, run=True, **options):
        self.pipeline.habeas.lifting.announce(request or self.request, WHY, actor="dpo", **options)
        if run:
            self.pipeline.run()

    def days(self, days):
        self.pipeline.clock.advance(timedelta(days=days).total_seconds())
        self.pipeline.run()

    def case(self, request=None):
        return self.pipeline.case(request or self.request)

    def letter(self):
        folder = self.pipeline.settings.root / "answers" / f"restriction-{self.request}" / "lifting"
        return " ".join((folder / "letter.txt").read_text().split())


@pytest.fixture
def restricted(new_pipeline):
    return Restricted(new_pipeline)


@pytest.fixture
def anywhere(state_url, new_pipeline):
    """On SQLite and on PostgreSQL."""
    return Restricted(new_pipeline, state_url=state_url)


def test_the_person_is_told_when_and_why_and_only_days_later_it_is_lifted(anywhere):
    """law C18: told before a restriction is lifted."""
    assert anywhere.restricted() == ["1", "2", "4", "own"]
    anywhere.announce()
    lifts_on = anywhere.pipeline.clock.today() + timedelta(days=DAYS)
    assert f"{lifts_on.day} {lifts_on:%B %Y}" in anywhere.letter()
    assert WHY.text in anywhere.letter()
    assert anywhere.case().liftings.open.lifts_on == lifts_on
    anywhere.days(DAYS - 1)
    assert anywhere.restricted() == ["1", "2", "4", "own"]
    anywhere.days(1)
    assert anywhere.restricted() == ["own"], "what the company restricted itself is not ours to lift"
    done = {each.system: each for each in anywhere.pipeline.events(LiftingCompleted)}
    assert done["crm"].effects == {"notes": {"lifted": 2}}
    assert (done["crm"].kept, done["crm"].left_over) == (0, 0)
    case = anywhere.case()
    assert (case.liftings.open, case.liftings.in_force, case.state) == (None, {}, CaseState.DELIVERED)


def test_nothing_is_lifted_while_the_letter_has_not_left_however_long_that_takes(restricted):
    """law C18: not by the clock, and not by an operator in a hurry."""
    restricted.announce(run=False)
    restricted.pipeline.run(without=frozenset({"delivery.worker"}))
    restricted.pipeline.clock.advance(timedelta(days=DAYS + 5).total_seconds())
    restricted.pipeline.run(without=frozenset({"delivery.worker"}))
    with pytest.raises(UserError, match="has not left yet"):
        restricted.pipeline.habeas.lifting.lift_now(restricted.request, reason="hurry", actor="dpo")
    assert restricted.pipeline.events(LiftingDue) == []
    restricted.pipeline.run()
    assert restricted.pipeline.events(LetterDelivered)
    assert restricted.pipeline.events(LiftingDue) == [], "the days count from the letter"
    restricted.days(DAYS)
    assert restricted.restricted() == ["own"]


def test_once_told_an_operator_may_lift_at_once_or_leave_it_restricted(restricted):
    word = restricted.pipeline.habeas.lifting
    restricted.announce()
    word.cancel(restricted.request, reason="she has objected by phone", actor="dpo")
    restricted.days(DAYS + 1)
    assert restricted.restricted() == ["1", "2", "4", "own"]
    with pytest.raises(UserError, match="no lifting is announced"):
        word.lift_now(restricted.request, reason="x", actor="dpo")
    restricted.announce()
    word.lift_now(restricted.request, reason="agreed by mail", actor="dpo")
    restricted.pipeline.run()
    assert restricted.restricted() == ["own"]
    assert len(restricted.pipeline.events(LiftingCompleted)) == 2
    with restricted.pipeline.habeas.database.reading() as connection:
        noted = connection.execute(select(audit).where(audit.c.action.like("lifting.%"))).all()
    assert [(each.action, each.actor) for each in noted][:2] == [
        ("lifting.announced", "dpo"),
        ("lifting.cancelled", "dpo"),
    ]


def test_what_another_request_or_a_hold_needs_stays_until_that_ends_too(anywhere):
    second = anywhere.submit(Right.RESTRICTION)
    anywhere.announce()
    anywhere.days(DAYS)
    assert anywhere.restricted() == ["1", "2", "4", "own"]
    assert {each.system: each.kept for each in anywhere.pipeline.events(LiftingCompleted)} == {"crm": 2, "billing": 1}
    anywhere.announce(second)
    anywhere.days(DAYS)
    assert anywhere.restricted() == ["own"], "it had met the first one's restriction, which stands no more"


def test_it_is_lifted_in_the_named_system_alone(restricted):
    restricted.announce(systems=["billing"])
    restricted.days(DAYS)
    assert restricted.restricted() == ["1", "2", "own"]
    assert restricted.case().liftings.in_force == {"crm": 3}
    with pytest.raises(UserError, match="restricts nothing there"):
        restricted.announce(systems=["billing"])
    with pytest.raises(NotFoundError, match="'files'"):
        restricted.announce(systems=["files"])


def test_where_there_is_nothing_to_lift_it_is_refused_in_one_line(restricted):
    access = restricted.submit(Right.ACCESS)
    objection = restricted.submit(Right.OBJECTION)
    for request, words in ((access, "restricts nothing"), (objection, "habeas weigh")):
        with pytest.raises(UserError, match=words):
            restricted.announce(request)
    with pytest.raises(UserError, match="say why"):
        restricted.pipeline.habeas.lifting.announce(restricted.request, Words(" "), actor="dpo")
    restricted.announce()
    with pytest.raises(UserError, match="already"):
        restricted.announce()
    restricted.days(DAYS)
    with pytest.raises(UserError, match="restricts nothing"):
        restricted.announce()
    gone = restricted.submit(Right.RESTRICTION)
    shredding_of(restricted.pipeline.habeas).shred_all(gone)
    with pytest.raises(UserError, match="was shredded"):
        restricted.announce(gone)


def test_long_after_the_answer_was_shredded_it_can_be_lifted_still(restricted):
    """Who asked and which records stays for as long; the letter is sealed under the same key."""
    restricted.days(101)
    shredding_of(restricted.pipeline.habeas).step()
    restricted.announce()
    assert WHY.text in restricted.letter()
    restricted.days(DAYS)
    assert restricted.restricted() == ["own"]


def test_the_reasons_are_on_no_log(restricted):
    restricted.announce()
    restricted.days(DAYS)
    for topic in ("dsr.requests", "dsr.completions", "dsr.responses"):
        assert not [record for record in restricted.pipeline.records(topic) if b"Charles" in (record.value or b"")]


def test_it_waits_in_the_persons_line_for_what_came_before(restricted):
    """An access request that came first tells what was restricted then."""
    restricted.announce()
    held = []
    restricted.crm.before = lambda operation, _: held.append(operation)
    access = restricted.pipeline.submit(Right.ACCESS, ADA)
    restricted.days(DAYS)
    restricted.pipeline.run()
    assert restricted.pipeline.events(TaskCompleted, request_id=access)
    assert held.index("find") < held.index("apply")


def test_a_failed_lifting_waits_for_an_operator_and_is_replayed(restricted):
    restricted.announce()
    restricted.billing.before = _refuse
    restricted.days(DAYS)
    assert restricted.case().state is CaseState.NEEDS_ATTENTION
    assert restricted.restricted() == ["4", "own"]
    restricted.billing.before = lambda *_: None
    assert len(restricted.pipeline.habeas.replay.replay(Selection(system="billing"), actor="dpo")) == 1
    restricted.pipeline.run()
    assert (restricted.restricted(), restricted.case().state) == (["own"], CaseState.DELIVERED)


def test_replayed_into_an_empty_database_the_cases_and_tasks_are_the_same(anywhere, tmp_path):
    anywhere.announce()
    anywhere.days(DAYS)
    second = anywhere.submit(Right.RESTRICTION)
    anywhere.announce(second)
    pipeline = anywhere.pipeline
    empty = Database(f"sqlite:///{tmp_path}/rebuilt.db")
    migrate(empty)
    known = groups(pipeline.habeas.systems)
    Rebuilding(event_log=pipeline.habeas.event_log, database=empty, groups=known, clock=pipeline.clock).run()
    ids = [anywhere.request, second]
    with empty.reading() as connection, pipeline.habeas.database.reading() as there:
        assert fetch_many(connection, ids) == fetch_many(there, ids)
        assert _tasks(connection) == _tasks(there)
    empty.close()


def _tasks(connection):
    return sorted((row.id, row.system, row.state) for row in connection.execute(select(tasks)))


def _refuse(operation, _subject):
    if operation == "apply":
        raise PermanentError("no")

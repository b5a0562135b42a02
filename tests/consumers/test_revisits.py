"""What happens by itself after an erasure: holds end, and what comes back is erased again."""

from datetime import UTC, date, datetime, timedelta

import pytest

from consumers.connector import fulfilment
from habeas.cli import revisit_words
from habeas.domain.cases import CaseState
from habeas.domain.records import Field, Found, Match, Record
from habeas.domain.requests import Right
from habeas.domain.subjects import IdentifierKind
from habeas.domain.words import Words
from habeas.errors import PermanentError
from habeas.storage import cases
from habeas.storage.dead_letters import Selection
from habeas.testing.notebook import Note, Notebook
from producers.reconciliation import Reconciliation
from producers.replay import Replay
from schemas.revisits import DataReappeared, ReconciliationRequested, RescanDue, RetentionExpired, RevisitCompleted

ADA = "ada@example.org"
CEASED = date(2025, 12, 31)
LAST_DAY = date(2031, 12, 31)


class Cards(Notebook):
    """Notes on customers: the text must be kept for six years after the relation, the address need not be."""

    ceased: date | None = CEASED

    def find(self, subjects):
        for subject in subjects:
            self.before("find", subject)
            for note in [each for each in self.notes if each.email in subject.values(IdentifierKind.EMAIL)]:
                yield Found(subject.token, self._card(note))

    def _card(self, note):
        return Record(
            collection="notes",
            key=note.key,
            match=Match.STRONG,
            matched_by=(IdentifierKind.EMAIL,),
            fields=(Field("email", note.email, self.linked), Field("text", note.text, "identity")),
            relation="customer",
            anchors={"customer_ceased": self.ceased},
            restricted=note.restricted,
        )

    linked = "contact"
    """The category of the address: "usage" is not kept, and with it goes what leads to the card."""

    def applying(self, subject, task_id):
        return _Changing(super().applying(subject, task_id), self)


class _Changing:
    def __init__(self, context, cards):
        self._context, self._cards = context, cards

    def __enter__(self):
        self._application = self._context.__enter__()
        whole = self._application.erase
        self._application.erase = lambda record, fields: self._erase(whole, record, fields)
        return self._application

    def __exit__(self, *failure):
        return self._context.__exit__(*failure)

    def _erase(self, whole, record, fields):
        if not fields or set(fields) == {"email", "text"}:
            if self._application.note(record.key):
                whole(record, fields)
            return
        note = self._application.note(record.key)
        self._application.effects.note("notes", "erased")
        self._application.changes.append(lambda: [setattr(note, name, None) for name in fields])


class Installation:
    def __init__(self, new_pipeline, cards, **options):
        self.cards = cards
        self.pipeline = new_pipeline({"crm": cards}, **options)
        self.request = self.ask(Right.ERASURE)

    def ask(self, right):
        request = self.pipeline.submit(right, ADA)
        self.pipeline.run()
        return request

    def until(self, day):
        """Let time pass, and every role do what there is to do."""
        end = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        self.pipeline.clock.advance((end - self.pipeline.clock.now()).total_seconds())
        self.pipeline.run()

    def told(self, kind):
        with self.pipeline.habeas.database.reading() as connection:
            return [each for each in cases.timeline(connection, self.request) if isinstance(each, kind)]

    def keys(self):
        return sorted(note.key for note in self.cards.notes)


def cards(*, linked="contact", ceased=CEASED):
    made = Cards([Note("1", ADA), Note("2", "bo@example.org")])
    made.linked, made.ceased = linked, ceased
    return made


@pytest.fixture
def kept(state_url, new_pipeline):
    """Ada's card, which must be kept to the end of 2031."""
    return Installation(new_pipeline, cards(), state_url=state_url)


def test_what_was_kept_is_erased_the_day_after_its_last_day_without_being_asked(kept):
    kept.until(LAST_DAY)
    assert (kept.keys(), kept.told(RetentionExpired)) == (["1", "2"], [])
    kept.until(LAST_DAY + timedelta(days=1))
    assert kept.keys() == ["2"]
    (asked,) = kept.told(RetentionExpired)
    (done,) = kept.told(RevisitCompleted)
    assert (asked.on, done.effects, done.left_over) == (date(2032, 1, 1), {"notes": {"erased": 1}}, 0)
    assert revisit_words.says(done) == "crm: end of a hold: 1 erased"
    kept.until(date(2034, 1, 1))
    assert len(kept.told(RetentionExpired)) == 1


@pytest.mark.parametrize("linked", ["contact", "usage"])
def test_what_no_identifier_leads_to_any_more_is_reached_by_its_key(new_pipeline, linked):
    """The erasure took the address by which the card was found."""
    installation = Installation(new_pipeline, cards(linked=linked))
    assert installation.cards.notes[0].email == (ADA if linked == "contact" else None)
    installation.until(LAST_DAY + timedelta(days=1))
    assert installation.keys() == ["2"]
    assert installation.told(RevisitCompleted)[-1].unverified == (0 if linked == "contact" else 1)


def test_a_longer_hold_that_has_come_meanwhile_is_kept_and_its_new_end_awaited(kept):
    kept.until(LAST_DAY)
    kept.cards.ceased = date(2027, 5, 5)
    kept.until(date(2032, 1, 1))
    assert kept.told(RevisitCompleted)[-1].summary[0].until == date(2033, 5, 5)
    kept.until(date(2033, 5, 5))
    assert kept.keys() == ["1", "2"]
    kept.until(date(2033, 5, 6))
    assert kept.keys() == ["2"]


def test_a_customers_data_is_looked_at_until_the_relation_ends(new_pipeline):
    installation = Installation(new_pipeline, cards(ceased=None))
    installation.until(date(2028, 1, 1))
    assert installation.keys() == ["1", "2"]
    installation.cards.ceased = date(2028, 2, 1)
    installation.until(date(2034, 2, 1))
    assert installation.keys() == ["1", "2"]
    installation.until(date(2034, 2, 2))
    assert installation.keys() == ["2"]


def test_nothing_ends_by_retention_what_another_request_restricts(kept):
    """law C18: stored only, until it is lifted."""
    kept.ask(Right.RESTRICTION)
    kept.until(date(2033, 1, 1))
    assert kept.keys() == ["1", "2"]
    assert {line.outcome for line in kept.told(RevisitCompleted)[-1].summary} == {"restrict"}


def test_once_the_restriction_is_lifted_the_end_of_the_period_takes_its_course(kept):
    """law C18: heeded for as long as it is in force, and no longer."""
    restriction = kept.ask(Right.RESTRICTION)
    kept.until(date(2032, 1, 15))
    assert kept.keys() == ["1", "2"]
    kept.pipeline.habeas.lifting.announce(restriction, Words("it is right as it is"), actor="dpo")
    kept.pipeline.run()
    kept.until(date(2032, 2, 15))
    assert kept.keys() == ["1", "2"]
    kept.until(date(2032, 6, 1))
    assert kept.keys() == ["2"]


def test_a_worker_that_dies_half_way_leaves_a_plan_from_which_the_next_goes_on(kept, monkeypatch):
    kept.until(LAST_DAY)

    def die(place):
        if place == "apply.after":
            raise RuntimeError

    monkeypatch.setattr(fulfilment.failpoints, "reach", die)
    kept.until(date(2032, 1, 1))
    assert kept.told(RevisitCompleted) == []
    monkeypatch.undo()
    kept.until(date(2032, 1, 2))
    (done,) = kept.told(RevisitCompleted)
    assert (kept.keys(), done.effects) == (["2"], {"notes": {"erased": 1}})


def test_a_revisit_that_fails_for_good_waits_for_an_operator(kept):
    kept.until(LAST_DAY)
    kept.cards.before = _broken
    kept.until(date(2032, 1, 1))
    assert kept.pipeline.case(kept.request).state is CaseState.NEEDS_ATTENTION
    kept.cards.before = lambda *_: None
    replay = Replay(
        database=kept.pipeline.habeas.database,
        event_log=kept.pipeline.habeas.event_log,
        clock=kept.pipeline.clock,
    )
    replay.replay(Selection(), actor="dpo")
    kept.pipeline.run()
    assert kept.keys() == ["2"]
    assert kept.pipeline.case(kept.request).state is CaseState.DELIVERED


@pytest.fixture
def erased(new_pipeline):
    """Ada's note, of which nothing is kept."""
    return Installation(new_pipeline, Notebook([Note("1", ADA, "was here"), Note("2", "bo@example.org")]))


def test_what_has_stayed_away_is_looked_for_once(erased):
    erased.until(date(2026, 3, 31))
    assert erased.told(RescanDue) == []
    erased.until(date(2026, 4, 1))
    (done,) = erased.told(RevisitCompleted)
    assert (done.cause, revisit_words.outcome(done)) == ("rescan", "nothing there")
    erased.until(date(2027, 4, 1))
    assert len(erased.told(RescanDue)) == 1
    assert erased.told(DataReappeared) == []


def test_what_came_back_is_told_of_erased_again_and_looked_for_again(erased):
    """Law C, backups: a restored one brings back what had been erased."""
    erased.cards.notes.append(Note("1", ADA, "was here"))
    erased.until(date(2026, 4, 1))
    assert erased.keys() == ["2"]
    (told,) = erased.told(DataReappeared)
    assert told.reappeared == {"notes": 1}
    assert erased.told(RevisitCompleted)[0].summary[0].reason == "reappeared"
    erased.until(date(2026, 5, 1))
    assert [each.on for each in erased.told(RescanDue)] == [date(2026, 4, 1), date(2026, 5, 1)]


def test_what_came_after_the_request_is_left_to_a_person(erased):
    """Somebody who was erased may come back as a customer."""
    erased.cards.notes.append(Note("77", ADA, "a new account"))
    erased.until(date(2026, 4, 1))
    assert erased.keys() == ["2", "77"]
    (line,) = erased.told(RevisitCompleted)[0].summary
    assert (line.outcome, line.reason) == ("review", "new-since")


def test_after_a_restore_every_erasure_is_done_again_once(erased):
    """law C-backups: erasures are replayed after a restore. Asking twice while it is under way asks once."""
    reconciliation = Reconciliation(database=erased.pipeline.habeas.database, clock=erased.pipeline.clock)
    erased.cards.notes.append(Note("1", ADA, "was here"))
    erased.pipeline.clock.advance(3600)
    assert reconciliation.plan("crm", since=date(2026, 3, 3)).asked == ()
    assert reconciliation.plan("crm", since=date(2026, 3, 2)).asked == (erased.request,)
    assert erased.told(ReconciliationRequested) == []
    reconciliation.request("crm", actor="dpo")
    again = reconciliation.request("crm", actor="dpo")
    assert (again.asked, again.under_way) == ((), (erased.request,))
    erased.pipeline.run()
    assert erased.keys() == ["2"]
    assert [each.cause for each in erased.told(RevisitCompleted)] == ["reconciliation"]
    assert reconciliation.plan("crm").under_way == ()


def test_without_a_delay_nothing_is_looked_for(new_pipeline, monkeypatch):
    monkeypatch.setenv("HABEAS_TIME__RESCAN_AFTER_DAYS", "0")
    erased = Installation(new_pipeline, Notebook([Note("1", ADA)]))
    erased.until(date(2027, 1, 1))
    assert erased.told(RescanDue) == []


def _broken(*_):
    raise PermanentError("no")

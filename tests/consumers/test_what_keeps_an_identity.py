"""Who asked stays known for as long as something needs it, and a command that needs it later says that it is gone."""

import pytest
from typer.testing import CliRunner

from consumers.aggregator.shredding import kept_key
from habeas.cli import app
from habeas.cli.keys import destroy_everything, needed_for
from habeas.domain.custody import Ended, Stage
from habeas.domain.requests import Right
from habeas.errors import UserError
from habeas.storage import custody, dead_letters, revisits, tables
from habeas.storage.dead_letters import DeadLetter, Selection
from habeas.testing.messages import AT
from habeas.testing.notebook import Note, Notebook
from producers.reconciliation import Reconciliation

ADA = "ada@example.org"
DAY_S = 86_400
SIX_YEARS = 2_192


class Kept:
    """Ada is erased from a CRM on 2 March 2026."""

    def __init__(self, new_pipeline, **options):
        self.crm = Notebook([Note("1", ADA)])
        self.pipeline = new_pipeline({"crm": self.crm}, **options)
        self.erasure = self.ask(Right.ERASURE)

    @property
    def habeas(self):
        return self.pipeline.habeas

    def ask(self, right):
        request = self.pipeline.submit(right, ADA)
        self.pipeline.run()
        return request

    def days(self, days):
        self.pipeline.clock.advance(days * DAY_S)
        self.pipeline.run()

    def stage(self, request):
        with self.habeas.database.reading() as connection:
            return custody.fetch(connection, request).stage

    def expect_hold(self, *, years):
        """As if a rule kept something of hers for so long."""
        with self.habeas.database.transaction() as connection:
            values = {"request_id": self.erasure, "system": "crm", "cause": "retention"}
            day = self.pipeline.clock.today().replace(year=2026 + years)
            connection.execute(tables.revisits.insert().values(due_on=day, **values))

    def end_hold(self):
        with self.habeas.database.transaction() as connection:
            revisits.forget(connection, self.erasure)


@pytest.fixture
def kept(new_pipeline):
    made = Kept(new_pipeline)
    made.days(31)  # the second search has been
    return made


def test_a_hold_of_ten_years_keeps_who_asked_for_ten_years(kept):
    kept.expect_hold(years=10)
    for days in (100, SIX_YEARS, 30):
        kept.days(days)
        assert kept.stage(kept.erasure) is Stage.KEPT
    assert needed_for(kept.habeas, kept.erasure) == ("a hold in crm is looked at on 02 April 2036",)
    kept.end_hold()
    kept.days(1)
    assert kept.stage(kept.erasure) is Stage.GONE


def test_a_restriction_is_known_while_it_keeps_what_an_erasure_would_take(kept):
    """As law C18 demands: what is restricted is not erased when a period ends."""
    restriction = kept.ask(Right.RESTRICTION)
    kept.expect_hold(years=10)
    kept.days(100)
    kept.days(SIX_YEARS)
    assert (kept.stage(restriction), kept.stage(kept.erasure)) == (Stage.KEPT, Stage.KEPT)
    kept.end_hold()
    kept.days(1)
    assert (kept.stage(restriction), kept.stage(kept.erasure)) == (Stage.GONE, Stage.GONE)


def test_keys_are_not_destroyed_while_something_needs_them(kept):
    kept.expect_hold(years=10)
    runner = CliRunner()
    assert needed_for(kept.habeas, kept.erasure)
    settings = kept.pipeline.settings
    (settings.root / "habeas.toml").write_text('[systems.crm]\nkind = "sql"\ntitle = "CRM"\n')
    command = ["--config", str(settings.root / "habeas.toml"), "keys", "destroy", kept.erasure, "--yes"]
    refused = runner.invoke(app, command)
    assert isinstance(refused.exception, UserError)
    assert "a hold in crm is looked at on 02 April 2036" in str(refused.exception)
    assert kept.stage(kept.erasure) is Stage.WHOLE
    forced = runner.invoke(app, [*command, "--force"])
    assert forced.exit_code == 0, forced.output
    assert kept.stage(kept.erasure) is Stage.GONE


def test_after_a_restore_it_is_told_whom_nobody_knows_any_more(kept):
    reconciliation = Reconciliation(database=kept.habeas.database, clock=kept.pipeline.clock)
    assert reconciliation.plan("crm").asked == (kept.erasure,)
    kept.days(SIX_YEARS)
    kept.days(1)
    plan = reconciliation.plan("crm")
    assert (plan.asked, plan.gone) == ((), (kept.erasure,))
    assert reconciliation.request("crm", actor="dpo").asked == ()


def test_a_dead_letter_of_whom_nobody_knows_is_not_replayed(kept):
    destroy_everything(kept.habeas, kept.erasure, actor="dpo")
    letter = DeadLetter("l" * 36, "connector.crm", "crm", kept.erasure, kept_key(kept.erasure), "X", 1, AT, "t", 0, 0)
    with kept.habeas.database.transaction() as connection:
        dead_letters.add(connection, [letter])
    assert kept.habeas.replay.replay(Selection(), actor="dpo") == []
    assert [each.id for each in kept.habeas.replay.hopeless([letter])] == [letter.id]


def test_what_was_rebuilt_without_sealed_things_is_shredded_all_the_same(kept):
    """The state was lost, and with it what was sealed in it; the key is elsewhere and is to be destroyed in time."""
    with kept.habeas.database.transaction() as connection:
        connection.execute(tables.custody.delete())
        connection.execute(tables.revisits.delete())
        connection.execute(tables.artefacts.delete())
        custody.note_ended(connection, {kept.erasure: Ended(AT, AT)})
    kept.days(100)
    assert kept.stage(kept.erasure) is Stage.KEPT
    kept.days(SIX_YEARS)
    assert kept.stage(kept.erasure) is Stage.GONE

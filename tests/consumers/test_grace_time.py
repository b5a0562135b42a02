"""What was erased stays sealed for the grace time, and is then destroyed for ever."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from habeas.cli.keys import destroy_everything
from habeas.domain.cases import CaseState, SystemState
from habeas.errors import PermanentError, SystemDownError, UserError
from habeas.storage import originals
from habeas.vault.artefacts import Artefact

ADA = "ada@example.org"
DAY_S = 86_400


def test_after_the_grace_time_nothing_is_left_in_no_backup_either(erased_anywhere, tmp_path):
    """The state from before, put beside the keys of now, opens nothing."""
    erased = erased_anywhere
    pipeline = erased.pipeline
    database = pipeline.habeas.database
    backup = [dict(row._mapping) for row in erased.originals_stored()]
    assert len(backup) == 2
    with database.reading() as connection:
        (period,) = originals.of_request(connection, erased.request).values()
    erased.days(13)
    assert len(erased.originals_stored()) == 2
    erased.days(1)
    assert erased.originals_stored() == []
    (noted,) = erased.audited("originals.destroyed")
    assert noted.details == {"system": "crm", "originals": 2}
    with pytest.raises(UserError, match="crm: the grace time ended on"):
        erased.ask(systems=["crm"])
    for each in backup:
        with pytest.raises(PermanentError, match=period.key_id):
            pipeline.habeas.vault.unseal(Artefact(**each))
    copied = tmp_path / "keys.db"
    shutil.copy(pipeline.settings.root / "data" / "keys.db", copied)
    with closing(sqlite3.connect(copied)) as keys:
        query = "SELECT wrapped, destroyed FROM vault_request_key WHERE request_id = ?"
        ((wrapped, destroyed),) = keys.execute(query, [period.key_id]).fetchall()
    assert (set(wrapped), destroyed) == ({0}, 1)
    assert erased.notes() == [("3", "a note")]


def test_what_is_put_back_needs_no_sealed_copy_any_more(erased):
    erased.ask()
    erased.pipeline.run()
    erased.days(0)
    assert erased.originals_stored() == []
    assert len(erased.audited("originals.destroyed")) == 1


def test_an_undoing_asked_for_at_the_last_moment_still_finds_its_originals(erased):
    """The system is down for three days just then."""
    erased.days(13)
    erased.crm.before = _down
    erased.pipeline.clock.advance(DAY_S - 60)
    erased.ask()
    erased.days(3)
    assert erased.case().systems["crm"] is SystemState.UNDOING
    erased.crm.before = lambda *_: None
    erased.days(1)
    assert erased.notes() == erased.before
    assert erased.case().state is CaseState.UNDONE


def test_without_a_grace_time_nothing_is_kept(new_erased, monkeypatch):
    monkeypatch.setenv("HABEAS_TIME__ERASURE_GRACE_DAYS", "0")
    erased = new_erased()
    erased.pipeline.run()
    assert erased.originals_stored() == []
    assert erased.case().completions["crm"].undo_until is None
    with pytest.raises(UserError, match="crm: it keeps no originals"):
        erased.ask(systems=["crm"])


def test_destroying_a_requests_keys_destroys_its_originals_too(erased):
    destroy_everything(erased.pipeline.habeas, erased.request, actor="dpo")
    assert erased.originals_stored() == []
    with pytest.raises(UserError, match="crm: the grace time ended"):
        erased.ask(systems=["crm"])


def _down(*_):
    raise SystemDownError("refused")

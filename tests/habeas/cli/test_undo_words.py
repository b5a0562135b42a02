"""What `habeas undo --dry-run` and `habeas show` say of systems that had not carried the erasure out."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from habeas.cli.showing import says
from habeas.cli.undoing import print_plan
from producers.undo import SystemUndo, UndoPlan
from schemas.events import UndoCompleted

UNTIL = datetime(2026, 3, 20, tzinfo=UTC)


@pytest.mark.parametrize(("originals", "until"), [(0, None), (2, UNTIL)])
def test_a_dry_run_says_what_is_dropped_and_that_what_was_begun_is_put_back(capsys, monkeypatch, originals, until):
    monkeypatch.setenv("COLUMNS", "200")
    dropped = SystemUndo("crm", {}, originals, until, dropped=True)
    kept = SystemUndo("billing", {"notes": 1}, why_not="it keeps no originals")
    plan = UndoPlan("00000000-0000-4000-8000-000000000000", (dropped, kept), ())
    assert plan.possible == (dropped,)
    print_plan(plan, titles={"crm": "Customers"})
    text = " ".join(capsys.readouterr().out.split())
    assert "Customers" in text
    assert "dropped: the system has not carried it out yet, and never will" in text
    assert ("put back: what it has begun" in text) is bool(originals)
    assert ("20 March 2026" in text) is bool(originals)


@pytest.mark.parametrize(
    ("effects", "refused", "words"),
    [
        ({}, 0, "crm: undone, nothing had been done"),
        ({"notes": {"restored": 1}}, 0, "crm: undone"),
        ({}, 1, "crm: undone, 1 originals could not be put back"),
    ],
)
def test_a_timeline_tells_an_erasure_that_was_dropped_from_one_that_was_put_back(effects, refused, words):
    done = UndoCompleted(request_id=uuid4(), at=UNTIL, system="crm", undo=uuid4(), effects=effects, refused=refused)
    assert says(done) == words

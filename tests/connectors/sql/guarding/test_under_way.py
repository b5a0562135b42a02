"""How far the guard sees what was under way when something was restricted, as connectors/sql/README.md tells."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from habeas.testing.installation import await_true

pytestmark = pytest.mark.postgres


def test_a_statement_that_began_before_still_reads_the_row_and_the_next_does_not(firm, act) -> None:
    """law C18d: an export that is to leave it out has to begin afterwards."""
    firm.guard("web")
    habeas = firm.connect()
    with psycopg.connect(firm.url_of("web")) as web, web.cursor("export") as export:
        export.execute("SELECT id FROM notes ORDER BY id")
        act(habeas, "restrict")
        assert export.fetchall() == [(1,), (2,)]
        assert web.execute("SELECT id FROM notes").fetchall() == [(2,)]


def test_a_change_that_began_before_still_changes_a_row_whose_mark_is_in_another(firm, act) -> None:
    """law C18d: it waits for somebody else meanwhile; the next change finds nothing."""
    firm.guard("web")
    habeas = firm.connect()
    change = "UPDATE notes SET text = 'x'"
    waiting = (
        "SELECT 1 FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0 AND query LIKE 'UPDATE notes%'"
    )
    with ThreadPoolExecutor(1) as threads, psycopg.connect(firm.url_of(None)) as somebody:
        somebody.execute("SELECT 1 FROM notes WHERE id = 1 FOR UPDATE")
        changed = threads.submit(firm.changed, change, role="web")
        await_true(lambda: bool(firm.rows(waiting)), what="the change to wait", timeout_s=30)
        act(habeas, "restrict")
        somebody.rollback()
        assert changed.result(timeout=30) == 2
    assert firm.changed(change, role="web") == 1

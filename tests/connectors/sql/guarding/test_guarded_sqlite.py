"""law C18: SQLite refuses programs to change what is restricted, and offers them a view without it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from connectors.sql import SqlConnector, load_map
from habeas.domain.subjects import Subject
from habeas.errors import ConfigurationError

TABLES = ("people", "notes", "orders", "lines", "parcels", "labels")


class Shop:
    """A database, the connector to it, and a program that knows nothing of Habeas."""

    def __init__(self, folder: Path, schema: str, sql_map: str) -> None:
        self.path = folder / "shop.db"
        self.run(schema)
        (folder / "map.yaml").write_text(sql_map, "utf-8")
        self.connector = SqlConnector(f"sqlite:///{self.path}", load_map(folder / "map.yaml"), system="crm")

    def run(self, script: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.executescript(script)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(query).fetchall()

    def everything(self) -> dict[str, list[tuple[object, ...]]]:
        return {each: self.rows(f"SELECT * FROM {each} ORDER BY 1") for each in (*TABLES, "parcels_kept")}


@pytest.fixture
def shop(tmp_path, firm_schema, firm_map):
    made = Shop(tmp_path, firm_schema, firm_map)
    yield made
    made.connector.close()


@pytest.fixture
def guarded(shop):
    shop.run(shop.connector.guard_script([]))
    return shop


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE people SET email = 'x' WHERE id = 1",
        "UPDATE people SET blocked_at = NULL",
        "DELETE FROM people WHERE id = 1",
        "INSERT OR REPLACE INTO people VALUES (1, 'x', NULL)",
        "REPLACE INTO people VALUES (3, 'anna@example.org', NULL)",
        "UPDATE OR REPLACE people SET email = 'anna@example.org' WHERE id = 2",
        "INSERT INTO people VALUES (1, 'x', NULL) ON CONFLICT (id) DO UPDATE SET email = 'x'",
        "UPDATE notes SET text = 'x'",
        "INSERT INTO notes VALUES (9, 1, 'new')",
        "UPDATE notes SET person = 1 WHERE id = 2",
        "DELETE FROM lines",
        "DELETE FROM labels WHERE id = 1",
        "DELETE FROM orders_aside",
        "DELETE FROM parcels_kept",
    ],
)
def test_programs_change_nothing_that_is_restricted(guarded, act, found, statement):
    """law C18d: each refusal undoes the statement; the connector finds all, and lifts it."""
    act(guarded.connector, "restrict")
    before = guarded.everything()
    with pytest.raises(sqlite3.IntegrityError, match="restricted is stored only"):
        guarded.run(statement)
    assert guarded.everything() == before
    assert found(guarded.connector) == dict.fromkeys(TABLES, True)


def test_a_deletion_that_cascades_stops_at_what_is_restricted(guarded, act):
    """law C18d: the person's row is in use, the order is not."""
    act(guarded.connector, "restrict", ["orders"])
    with pytest.raises(sqlite3.IntegrityError, match="restricted is stored only"):
        guarded.run("DELETE FROM people WHERE id = 1")
    guarded.run("DELETE FROM people WHERE id = 2")
    assert guarded.rows("SELECT id FROM lines") == [(1,)]


def test_exports_from_the_views_leave_out_what_is_restricted(guarded, act):
    """law C18d: also what hangs on it, at any depth; what is moved is not in its table at all."""
    views = [each if each == "parcels" else f"{each}_in_use" for each in TABLES]
    assert [guarded.rows(f"SELECT id FROM {each}") for each in views] == [[(1,), (2,)]] * 6
    act(guarded.connector, "restrict")
    assert [guarded.rows(f"SELECT id FROM {each}") for each in views] == [[(2,)]] * 6


def test_lifted_or_erased_by_habeas_all_is_as_without_a_guard(guarded, act, found):
    """Programs read and write it again; an erasure of what is restricted goes through."""
    before = guarded.everything()
    act(guarded.connector, "restrict")
    act(guarded.connector, "lift")
    assert guarded.everything() == before
    assert found(guarded.connector) == dict.fromkeys(TABLES, False)
    guarded.run(
        "UPDATE people SET email = 'anna@example.org'|| '' WHERE id = 1; INSERT INTO notes VALUES (3, 1, 'new')"
    )
    act(guarded.connector, "restrict")
    act(guarded.connector, "erase")
    assert {each: rows for each, rows in guarded.everything().items() if len(rows) != 1} == {"parcels_kept": []}


def test_our_own_writes_let_no_other_program_through(guarded, act):
    """Before, while and after a task of ours, also one that fails half way."""
    act(guarded.connector, "restrict")
    with pytest.raises(RuntimeError), guarded.connector.applying(Subject("anna", ()), "t"):
        raise RuntimeError
    assert guarded.rows("SELECT * FROM habeas_writing") == []
    with pytest.raises(sqlite3.IntegrityError):
        guarded.run("DELETE FROM notes WHERE id = 1")


def test_each_table_is_said_to_be_marked_only_or_guarded(shop):
    """law C18d: a warning before; after it, which views programs have to read, and a trigger that is gone."""
    assert {each.place for each in shop.connector.guards() if each.gap} == {*TABLES, "orders_aside"}
    shop.run(shop.connector.guard_script([]))
    told = {each.place: each.how for each in shop.connector.guards() if each.gap is None}
    assert told.keys() == {*TABLES, "orders_aside"}
    assert told["people"] == "guarded from changes; programs have to read the views …_in_use"
    assert told["parcels"] == "moved away"
    shop.run("DROP TRIGGER habeas_guard_notes_delete; DROP TRIGGER habeas_guard_parcels_kept_update")
    gaps = {each.place: each.gap.what for each in shop.connector.guards() if each.gap}
    assert gaps == {
        "notes": "guarded by another map than the one in use",
        "parcels": "moved to parcels_kept, where programs may change it",
    }


def test_there_are_no_roles_to_guard_against(shop):
    with pytest.raises(ConfigurationError, match="SQLite knows no roles"):
        shop.connector.guard_script(["web"])

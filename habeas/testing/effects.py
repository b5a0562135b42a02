"""The effect log: an append-only table in an outside database, filled by its own triggers whoever writes there."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

_TABLES = """
    SELECT name FROM sqlite_master WHERE type = 'table'
    AND name NOT IN ('habeas_applied', 'applied_tasks', 'members_seen', 'effect_log')
    AND name NOT LIKE 'sqlite_%' ORDER BY name"""


class Effect(NamedTuple):
    """One row that was inserted, updated or deleted."""

    table: str
    verb: str
    row: str


def record_effects(database: Path) -> None:
    """Have the database note every change of its rows from now on.

    What notes the tasks, or who was a member of a list when that was last looked at, is not among them.
    """
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "CREATE TABLE effect_log (id INTEGER PRIMARY KEY AUTOINCREMENT, tab TEXT, verb TEXT, row TEXT)"
        )
        for refused in ("UPDATE", "DELETE"):
            connection.execute(
                f"CREATE TRIGGER effect_log_{refused} BEFORE {refused} ON effect_log"
                " BEGIN SELECT RAISE(ABORT, 'append-only'); END"
            )
        for (table,) in connection.execute(_TABLES).fetchall():
            key = _key(connection, table)
            for verb, row in (("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old")):
                noted = f"INSERT INTO effect_log (tab, verb, row) VALUES ('{table}', '{verb}', quote({row}.\"{key}\"))"
                connection.execute(
                    f'CREATE TRIGGER "effect_{table}_{verb}" AFTER {verb} ON "{table}" BEGIN {noted}; END'
                )


def effects(database: Path) -> Sequence[Effect]:
    """All of them, in order."""
    with closing(sqlite3.connect(database)) as connection:
        return [Effect(*row) for row in connection.execute("SELECT tab, verb, row FROM effect_log ORDER BY id")]


def _key(connection: sqlite3.Connection, table: str) -> str:
    columns = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
    return str(next(name for _, name, _, _, _, primary in columns if primary))

"""How the triggers of an SQLite database know Habeas's own writes: it knows no users.

A row in a table of ours stands there only within our own transaction. SQLite has one writer at a time, so no other
program ever meets it.
"""

import sqlalchemy as sa

TABLE = "habeas_writing"
MAKE = f"CREATE TABLE IF NOT EXISTS {TABLE} (id INTEGER PRIMARY KEY)"

_THERE = f"SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '{TABLE}'"  # noqa: S608 - the name is ours


def announce(connection: sa.Connection) -> None:
    """Say that this transaction is ours, if the database is guarded."""
    if connection.exec_driver_sql(_THERE).first():
        connection.exec_driver_sql(f"INSERT OR REPLACE INTO {TABLE} (id) VALUES (1)")  # noqa: S608


def withdraw(connection: sa.Connection) -> None:
    """Take it back before the transaction holds."""
    if connection.exec_driver_sql(_THERE).first():
        connection.exec_driver_sql(f"DELETE FROM {TABLE}")  # noqa: S608

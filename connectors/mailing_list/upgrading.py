"""Bringing an earlier version's SQLite file up to date: the list server's own, and the journal beside Mailman."""

import sqlite3
from contextlib import closing
from pathlib import Path

_BUSY_TIMEOUT_S = 10.0


def bring_up_to_date(path: Path) -> None:
    """Add what an earlier version did not have; a file that has it is only read. Raises sqlite3.Error."""
    address = f"{path.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None)) as connection:
        if _has_all(connection):
            return
        connection.execute("BEGIN IMMEDIATE")
        if not _has_all(connection):  # another process may have been faster
            connection.execute("ALTER TABLE suppressions ADD COLUMN erased INTEGER NOT NULL DEFAULT 0")
        connection.execute("COMMIT")


def _has_all(connection: sqlite3.Connection) -> bool:
    columns = {row[1] for row in connection.execute("PRAGMA table_info(suppressions)")}
    return "erased" in columns or not columns

"""Bringing an earlier version's SQLite file up to date: the list server's own, and the journal beside Mailman."""

import sqlite3
from contextlib import closing
from pathlib import Path

from connectors.mailing_list import leavers

_BUSY_TIMEOUT_S = 10.0


def bring_up_to_date(path: Path) -> None:
    """Add what an earlier version did not have; a file that has it is only read. Raises sqlite3.Error."""
    address = f"{path.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None)) as connection:
        if _has_all(connection):
            return
        connection.execute("BEGIN IMMEDIATE")
        if "erased" not in _columns(connection, "suppressions"):  # another process may have been faster
            connection.execute("ALTER TABLE suppressions ADD COLUMN erased INTEGER NOT NULL DEFAULT 0")
        connection.execute(leavers.TABLE)
        connection.execute("COMMIT")


def _has_all(connection: sqlite3.Connection) -> bool:
    """True for another program's file too, which is left as it is."""
    columns = _columns(connection, "suppressions")
    return not columns or ("erased" in columns and bool(_columns(connection, "members_seen")))


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row[0] for row in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))}

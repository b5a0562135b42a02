"""Who has left by the list server's own link: members at the last look who are members of nothing now.

A server tells nobody of it afterwards, so each look is remembered, as keyed hashes. Whose list was closed has not left.
"""

import sqlite3
from collections.abc import Collection
from collections.abc import Set as AbstractSet

Member = tuple[str, str | bytes]
"""A list and the keyed hash of an address on it."""

TABLE = """
    CREATE TABLE IF NOT EXISTS members_seen (
        list_id    TEXT NOT NULL,
        email_hash BLOB NOT NULL,
        PRIMARY KEY (list_id, email_hash)
    ) WITHOUT ROWID"""


def left(
    connection: sqlite3.Connection, lists: Collection[str], members: AbstractSet[Member]
) -> frozenset[str | bytes]:
    """The hashes of those who have left since the last look; nobody at the first."""
    still = {digest for _, digest in members}
    return frozenset(
        digest for list_id, digest in _seen(connection) - members if list_id in lists and digest not in still
    )


def remember(connection: sqlite3.Connection, members: AbstractSet[Member]) -> None:
    """This is the last look now."""
    seen = _seen(connection)
    connection.executemany("DELETE FROM members_seen WHERE list_id = ? AND email_hash = ?", seen - members)
    connection.executemany("INSERT INTO members_seen VALUES (?, ?)", members - seen)


def _seen(connection: sqlite3.Connection) -> set[Member]:
    return {(row[0], row[1]) for row in connection.execute("SELECT list_id, email_hash FROM members_seen")}

"""The embedded list server's suppression list: who is never to be written to again, as keyed hashes."""

import hashlib
import hmac
import sqlite3
from collections.abc import Collection

from habeas.errors import PermanentError
from habeas.ports import Effects


def suppression_hash(connection: sqlite3.Connection, email: str) -> bytes:
    """The address under this server's own key: it can be recognised here, and neither read nor compared elsewhere."""
    return hmac.digest(_key(connection), email.encode(), hashlib.sha256)


def hashes(connection: sqlite3.Connection) -> dict[int, bytes]:
    """That of every address, by its id."""
    key = _key(connection)
    rows = connection.execute("SELECT id, email_key FROM addresses")
    return {row["id"]: hmac.digest(key, row["email_key"].encode(), hashlib.sha256) for row in rows}


def note_erased(connection: sqlite3.Connection, address: str) -> None:
    """The address of that key goes for good, if it is suppressed."""
    row = connection.execute("SELECT email_key FROM addresses WHERE id = ?", (address,)).fetchone()
    if row is not None:
        digest = suppression_hash(connection, row["email_key"])
        connection.execute("UPDATE suppressions SET erased = 1 WHERE email_hash = ?", (digest,))


def suppress_like(connection: sqlite3.Connection, old: str, new: str, *, task_id: str) -> None:
    """Suppress an address that takes another's place if that one is. Raises PermanentError if it alone is."""
    digest = suppression_hash(connection, new)
    if _listed(connection, suppression_hash(connection, old)):
        entry = "INSERT INTO suppressions (email_hash, task_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
        connection.execute(entry, (digest, task_id))
    elif _listed(connection, digest):
        raise PermanentError("the right address is suppressed: take it off the list first, if its owner wants that")


def keep_away(connection: sqlite3.Connection) -> Effects:
    """See `Backend`; within the caller's transaction."""
    effects = Effects()
    listed = {row["email_hash"]: row["erased"] for row in connection.execute("SELECT * FROM suppressions")}
    for address in connection.execute("SELECT * FROM addresses").fetchall() if listed else ():
        erased = listed.get(suppression_hash(connection, address["email_key"]))
        if erased is None:
            continue
        left = connection.execute(
            "DELETE FROM memberships WHERE address_id = ? AND (? OR role = 'member')", (address["id"], erased)
        )
        effects.note("subscriptions", "erased", left.rowcount)
        if erased:
            connection.execute("DELETE FROM addresses WHERE id = ?", (address["id"],))
            connection.execute(
                "DELETE FROM subscribers WHERE id = ? AND id NOT IN (SELECT subscriber_id FROM addresses)",
                (address["subscriber_id"],),
            )
            effects.note("addresses", "erased")
    return effects


def let_back(connection: sqlite3.Connection, emails: Collection[str]) -> int:
    """See `Backend`; within the caller's transaction."""
    digests = [(suppression_hash(connection, email),) for email in emails]
    return connection.executemany("DELETE FROM suppressions WHERE email_hash = ?", digests).rowcount


def _listed(connection: sqlite3.Connection, digest: bytes) -> bool:
    found = connection.execute("SELECT 1 FROM suppressions WHERE email_hash = ?", (digest,))
    return found.fetchone() is not None


def _key(connection: sqlite3.Connection) -> bytes:
    row = connection.execute("SELECT value FROM settings WHERE name = 'suppression_key'").fetchone()
    return bytes(row["value"])

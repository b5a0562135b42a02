"""Which events a consumer has already handled, noted in the transaction that handles them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, delete
from sqlalchemy.dialects import postgresql, sqlite

from habeas.storage.tables import inbox


def note(connection: Connection, consumer: str, event_ids: Iterable[str], *, now: datetime) -> frozenset[str]:
    """Note the events and return those that are new; a duplicate, in this batch or an earlier one, is not."""
    rows = [{"consumer": consumer, "event_id": event_id, "seen_at": now} for event_id in dict.fromkeys(event_ids)]
    if not rows:
        return frozenset()
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(inbox).on_conflict_do_nothing().returning(inbox.c.event_id)
    return frozenset(connection.scalars(statement, rows))


def forget(connection: Connection, *, before: datetime) -> int:
    """Drop what is older than the log keeps its records, and so can't come again; how many."""
    return connection.execute(delete(inbox).where(inbox.c.seen_at < before)).rowcount

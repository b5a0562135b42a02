"""Records that a reviewer found to be somebody else's, by keyed hashes: the same question is not asked again."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from habeas.storage.tables import other_people


def add(connection: Connection, subject: str, records: Iterable[str], *, now: datetime) -> None:
    """Remember them; one that is known stays as it is."""
    rows = [{"record": each, "subject": subject, "since": now} for each in records]
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    if rows:
        connection.execute(dialect.insert(other_people).on_conflict_do_nothing(), rows)


def of(connection: Connection, subjects: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """Those of each of the subjects that has any."""
    wanted = select(other_people).where(other_people.c.subject.in_(list(subjects)))
    found: dict[str, set[str]] = {}
    for row in connection.execute(wanted):
        found.setdefault(row.subject, set()).add(row.record)
    return {subject: frozenset(records) for subject, records in found.items()}


def forget(connection: Connection, subject: str) -> None:
    """Drop those of a subject."""
    connection.execute(delete(other_people).where(other_people.c.subject == subject))

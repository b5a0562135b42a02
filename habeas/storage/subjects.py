"""Which random token stands for which person, by keyed hashes: deleting a row deletes the connection."""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from habeas.domain.subjects import Identifier
from habeas.storage.tables import subject_identifiers, subjects


def token_for(connection: Connection, macs: Mapping[Identifier, bytes], *, now: datetime) -> str:
    """The token of the person who has any of these identifiers, a new one for a person not seen before, or of no mark.

    Holds the person for the rest of the transaction, so that two requests of one person get their order here.
    Where the identifiers lead to several tokens the oldest is taken.
    """
    while True:  # whom a shredding takes away at this very moment is somebody new
        token = _token(connection, macs, now=now)
        if token is not None:
            return token


def forget(connection: Connection, token: str) -> None:
    """Delete a person's token and all that leads to it; held first with `hold`."""
    connection.execute(delete(subject_identifiers).where(subject_identifiers.c.token == token))
    connection.execute(delete(subjects).where(subjects.c.token == token))


def hold(connection: Connection, token: str) -> None:
    """Let nobody take a request of this person in for the rest of the transaction."""
    connection.execute(select(subjects.c.token).where(subjects.c.token == token).with_for_update())


def _token(connection: Connection, macs: Mapping[Identifier, bytes], *, now: datetime) -> str | None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = str(uuid4())
    rows = [{"mac": mac, "token": new} for mac in macs.values()]
    if rows:
        connection.execute(dialect.insert(subject_identifiers).on_conflict_do_nothing(), rows)
    known = connection.scalars(
        select(subject_identifiers.c.token).where(subject_identifiers.c.mac.in_(list(macs.values()))).distinct()
    ).all()
    others = [token for token in known if token != new]
    if not others:
        connection.execute(insert(subjects).values(token=new, created_at=now))
        return new
    oldest: str | None = connection.scalars(
        select(subjects.c.token)
        .where(subjects.c.token.in_(others))
        .order_by(subjects.c.created_at, subjects.c.token)
        .with_for_update()
    ).first()
    if oldest is None:
        connection.execute(delete(subject_identifiers).where(subject_identifiers.c.token == new))
        return None
    joined = update(subject_identifiers).where(subject_identifiers.c.token == new)
    connection.execute(joined.values(token=oldest))
    return oldest

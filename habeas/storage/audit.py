"""Who did what: the accountability record (Article 5(2)), without personal data of the data subject."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from habeas.storage.tables import audit


def note(
    connection: Connection,
    action: str,
    *,
    actor: str,
    now: datetime,
    request_id: str | None = None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Note an action in the transaction that carries it out."""
    values = {"at": now, "actor": actor, "action": action, "request_id": request_id, "details": dict(details or {})}
    connection.execute(insert(audit).values(values))


def forget_reasons(connection: Connection, request_id: str) -> None:
    """Take an operator's free words out of a request's entries; who did what and when stays."""
    told = connection.execute(select(audit.c.id, audit.c.details).where(audit.c.request_id == request_id)).all()
    for row in told:
        if "reason" in row.details:
            rest = {name: value for name, value in row.details.items() if name != "reason"}
            connection.execute(update(audit).where(audit.c.id == row.id).values(details=rest))


def of_request(connection: Connection, request_id: str) -> Sequence[Row[tuple[object, ...]]]:
    """The entries of a request in order: rows of (id, at, actor, action, request_id, details)."""
    return connection.execute(select(audit).where(audit.c.request_id == request_id).order_by(audit.c.id)).all()


def actors_of(connection: Connection, request_id: str) -> Mapping[tuple[datetime, str], str]:
    """Who did what on a request, by the time and the action."""
    rows = connection.execute(select(audit.c.at, audit.c.action, audit.c.actor).where(audit.c.request_id == request_id))
    return {(row.at, row.action): row.actor for row in rows}

"""Who did what: the accountability record (Article 5(2)), without personal data of the data subject."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert

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

"""The sealed artefacts that the state database knows of; what is in them only the vault can tell."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select, update

from habeas.storage.tables import artefacts
from habeas.vault.artefacts import Artefact
from habeas.vault.errors import ArtefactLostError


def add(connection: Connection, sealed: Sequence[Artefact]) -> None:
    """Note them."""
    if sealed:
        connection.execute(insert(artefacts), [asdict(each) for each in sealed])


def fetch(connection: Connection, ids: Iterable[str]) -> Mapping[str, Artefact]:
    """Those of these ids. Raises ArtefactLostError if one is missing, as in a database rebuilt from the log."""
    wanted = set(ids)
    rows = connection.execute(select(artefacts).where(artefacts.c.id.in_(wanted)))
    found = {row.id: Artefact(**row._mapping) for row in rows}  # noqa: SLF001 - SQLAlchemy's public name
    if missing := wanted - found.keys():
        raise ArtefactLostError(f"{len(missing)} sealed artefacts that the log refers to are not in this database")
    return found


def fetch_under(connection: Connection, *key_ids: str, schemas: Collection[str] = ()) -> Sequence[Artefact]:
    """What is sealed under these keys, a request's or others: of these schemas, or all of it."""
    these = select(artefacts).where(artefacts.c.request_id.in_(key_ids))
    rows = connection.execute(these.where(artefacts.c.schema.in_(schemas)) if schemas else these)
    return [Artefact(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name


def move(connection: Connection, before: Artefact, after: Artefact) -> None:
    """Have an artefact lie elsewhere under another key; where it lay is found under the old key until it is dropped."""
    if before.place is not None:
        left = asdict(before) | {"id": str(uuid4())}
        connection.execute(insert(artefacts).values(left))
    connection.execute(update(artefacts).where(artefacts.c.id == after.id).values(asdict(after)))


def drop_of_request(connection: Connection, request_id: str) -> int:
    """Forget all that was sealed under a key; how many."""
    return connection.execute(delete(artefacts).where(artefacts.c.request_id == request_id)).rowcount

"""The sealed artefacts that the state database knows of; what is in them only the vault can tell."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import Connection, insert, select

from habeas.storage.tables import artefacts
from habeas.vault.artefacts import Artefact


def add(connection: Connection, sealed: Sequence[Artefact]) -> None:
    """Note them."""
    if sealed:
        connection.execute(insert(artefacts), [asdict(each) for each in sealed])


def fetch(connection: Connection, ids: Iterable[str]) -> Mapping[str, Artefact]:
    """Those of these ids that there are."""
    rows = connection.execute(select(artefacts).where(artefacts.c.id.in_(list(ids))))
    return {row.id: Artefact(**row._mapping) for row in rows}  # noqa: SLF001 - SQLAlchemy's public name


def fetch_of_request(connection: Connection, request_id: str) -> Sequence[Artefact]:
    """All that is sealed for a request."""
    rows = connection.execute(select(artefacts).where(artefacts.c.request_id == request_id))
    return [Artefact(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name

"""The list of those who must not be written to: keyed hashes, a reason and a date, nothing else (Article 5(1)(c)).

It outlives the erasure of everything else, for without it an import would bring the person back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from habeas.domain.subjects import Identifier
from habeas.storage.tables import suppressions

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why somebody is on the list, and since when."""

    reason: str
    since: datetime


def add(connection: Connection, macs: Mapping[Identifier, bytes], *, reason: str, now: datetime) -> None:
    """Put addresses and numbers on the list; whoever is on it already stays as they are."""
    if not macs:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    rows = [
        {"mac": mac, "kind": identifier.kind.value, "reason": reason, "since": now} for identifier, mac in macs.items()
    ]
    connection.execute(dialect.insert(suppressions).on_conflict_do_nothing(), rows)


def among(connection: Connection, macs: Sequence[bytes]) -> dict[bytes, Suppression]:
    """Those that are on the list."""
    found: dict[bytes, Suppression] = {}
    for start in range(0, len(macs), _AT_ONCE):
        some = list(macs[start : start + _AT_ONCE])
        for row in connection.execute(select(suppressions).where(suppressions.c.mac.in_(some))):
            found[row.mac] = Suppression(row.reason, row.since)
    return found


def remove(connection: Connection, macs: Sequence[bytes]) -> int:
    """Take off the list, for who has asked to be written to again; how many were on it."""
    return connection.execute(delete(suppressions).where(suppressions.c.mac.in_(list(macs)))).rowcount

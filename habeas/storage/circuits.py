"""Systems that are down: while a circuit is open no task of the system is tried, and none uses up an attempt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from habeas.storage.tables import circuits

PAUSE_S_MIN = 1.0
PAUSE_S_MAX = 60.0


@dataclass(frozen=True, slots=True)
class Circuit:
    """An open circuit; at `retry_at` one task is tried to see whether the system is back."""

    system: str
    failures: int
    error_class: str
    opened_at: datetime
    retry_at: datetime


def fetch(connection: Connection, system: str) -> Circuit | None:
    """The system's circuit, None while it is closed."""
    row = connection.execute(select(circuits).where(circuits.c.system == system)).first()
    return None if row is None else Circuit(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


def fetch_all(connection: Connection) -> Sequence[Circuit]:
    """All open circuits."""
    rows = connection.execute(select(circuits).order_by(circuits.c.system))
    return [Circuit(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name


def trip(connection: Connection, system: str, *, error_class: str, now: datetime) -> Circuit:
    """Open the circuit, or keep it open for longer: the pause doubles with every failure up to a minute."""
    before = fetch(connection, system)
    failures = before.failures + 1 if before else 1
    pause_s = min(PAUSE_S_MAX, PAUSE_S_MIN * 2 ** min(failures - 1, 10))
    circuit = Circuit(
        system=system,
        failures=failures,
        error_class=error_class,
        opened_at=before.opened_at if before else now,
        retry_at=now + timedelta(seconds=pause_s),
    )
    values = {name: getattr(circuit, name) for name in Circuit.__slots__}
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(circuits).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=["system"], set_=values))
    return circuit


def close(connection: Connection, system: str) -> None:
    """The system is back."""
    connection.execute(delete(circuits).where(circuits.c.system == system))

"""What was erased and can still be put back, and until when.

Each task's originals are sealed under a key of their own, which is their artefacts' `request_id`. A grace period is
open, then closed (nothing is kept or put back under it any more), then destroyed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from habeas.storage import artefacts as sealed_things
from habeas.storage.tables import artefacts, grace_periods, originals
from habeas.vault.artefacts import Artefact


@dataclass(frozen=True, slots=True)
class GracePeriod:
    """How long what a task has erased can be put back."""

    key_id: str
    task_id: str
    request_id: str
    system: str
    until: datetime
    closed: bool

    def is_open(self, now: datetime) -> bool:
        """True while it can be undone."""
        return not self.closed and now < self.until


def begin(
    connection: Connection, *, task_id: str, request_id: str, system: str, until: datetime, now: datetime
) -> GracePeriod:
    """The task's open period, now lasting until then at least; a new one if the last one is over."""
    last = latest(connection, task_id, lock=True)
    if last is not None and last.is_open(now):
        lasting = max(last.until, until)
        connection.execute(update(grace_periods).where(grace_periods.c.key_id == last.key_id).values(until=lasting))
        return GracePeriod(last.key_id, task_id, request_id, system, lasting, closed=False)
    earlier = select(func.count()).select_from(grace_periods).where(grace_periods.c.task_id == task_id)
    key_id = str(uuid5(UUID(task_id), f"originals.{connection.scalar(earlier)}"))
    period = GracePeriod(key_id, task_id, request_id, system, until, closed=False)
    know(connection, period)
    return period


def know(connection: Connection, period: GracePeriod) -> None:
    """Note a period, as one that the log tells of; one that is known is left as it is."""
    values = {
        "key_id": period.key_id,
        "task_id": period.task_id,
        "request_id": period.request_id,
        "system": period.system,
        "until": period.until,
    }
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    connection.execute(dialect.insert(grace_periods).on_conflict_do_nothing(), values)


def latest(connection: Connection, task_id: str, *, lock: bool = False) -> GracePeriod | None:
    """The last period of a task, None if it never kept anything."""
    statement = (
        select(grace_periods)
        .where(grace_periods.c.task_id == task_id)
        .order_by(grace_periods.c.closed_at.is_(None).desc(), grace_periods.c.until.desc())
        .limit(1)
    )
    row = connection.execute(statement.with_for_update() if lock else statement).first()
    return None if row is None else _period(row)


def of_request(connection: Connection, request_id: str) -> dict[str, GracePeriod]:
    """The last period of each system that has kept something for a request."""
    statement = (
        select(grace_periods)
        .where(grace_periods.c.request_id == request_id)
        .order_by(grace_periods.c.closed_at.is_(None), grace_periods.c.until)
    )
    return {row.system: _period(row) for row in connection.execute(statement)}


def names(connection: Connection, key_id: str) -> set[str]:
    """Under which names something is kept."""
    return set(connection.scalars(select(originals.c.name).where(originals.c.key_id == key_id)))


def add(connection: Connection, name: str, artefact: Artefact) -> bool:
    """Note an original; False, and no change, if its period has been closed meanwhile."""
    key_id = artefact.request_id
    still_open = select(grace_periods.c.key_id).where(
        grace_periods.c.key_id == key_id, grace_periods.c.closed_at.is_(None)
    )
    if connection.scalar(still_open.with_for_update()) is None:
        return False
    sealed_things.add(connection, [artefact])
    connection.execute(insert(originals).values(key_id=key_id, name=name, artefact_id=artefact.id))
    return True


def newest_first(connection: Connection, key_id: str) -> Sequence[str]:
    """The artefacts of a period's originals, the last that was kept first."""
    kept = select(originals.c.artefact_id).where(originals.c.key_id == key_id)
    return connection.scalars(kept.order_by(originals.c.position.desc())).all()


def count(connection: Connection, key_id: str) -> int:
    """How many originals a period has."""
    counted = select(func.count()).select_from(originals).where(originals.c.key_id == key_id)
    return connection.scalar(counted) or 0


def extend(connection: Connection, key_id: str, *, until: datetime) -> None:
    """See that an open period lasts so long at least."""
    these = (grace_periods.c.key_id == key_id, grace_periods.c.closed_at.is_(None), grace_periods.c.until < until)
    connection.execute(update(grace_periods).where(*these).values(until=until))


def close(connection: Connection, key_id: str, *, now: datetime) -> None:
    """End a period before its time."""
    these = (grace_periods.c.key_id == key_id, grace_periods.c.closed_at.is_(None))
    connection.execute(update(grace_periods).where(*these).values(closed_at=now))


def close_of_request(connection: Connection, request_id: str, *, now: datetime) -> None:
    """End every period of a request before its time."""
    these = (grace_periods.c.request_id == request_id, grace_periods.c.closed_at.is_(None))
    connection.execute(update(grace_periods).where(*these).values(closed_at=now))


def anything_due(connection: Connection, *, now: datetime) -> bool:
    """True if a period is over and not destroyed: the cheap question."""
    over = or_(grace_periods.c.until <= now, grace_periods.c.closed_at.is_not(None))
    due = select(grace_periods.c.key_id).where(over, grace_periods.c.destroyed_at.is_(None))
    return connection.scalar(due.limit(1)) is not None


def close_due(connection: Connection, *, now: datetime) -> None:
    """Close what is over."""
    these = (grace_periods.c.until <= now, grace_periods.c.closed_at.is_(None), grace_periods.c.destroyed_at.is_(None))
    connection.execute(update(grace_periods).where(*these).values(closed_at=now))


def closed(connection: Connection, *, limit: int) -> Sequence[GracePeriod]:
    """Closed periods whose originals are to be destroyed."""
    waiting = select(grace_periods).where(
        grace_periods.c.closed_at.is_not(None), grace_periods.c.destroyed_at.is_(None)
    )
    return [_period(row) for row in connection.execute(waiting.order_by(grace_periods.c.until).limit(limit))]


def files_of(connection: Connection, key_id: str) -> Sequence[Artefact]:
    """Those of a period's originals that lie in the file store."""
    there = select(artefacts).where(artefacts.c.request_id == key_id, artefacts.c.place.is_not(None))
    return [Artefact(**row._mapping) for row in connection.execute(there)]  # noqa: SLF001 - SQLAlchemy's public name


def forget(connection: Connection, key_id: str, *, now: datetime) -> int | None:
    """Drop a period's originals; how many, None if somebody else has done it."""
    these = (grace_periods.c.key_id == key_id, grace_periods.c.destroyed_at.is_(None))
    if connection.execute(update(grace_periods).where(*these).values(destroyed_at=now)).rowcount == 0:
        return None
    connection.execute(delete(artefacts).where(artefacts.c.request_id == key_id))
    return connection.execute(delete(originals).where(originals.c.key_id == key_id)).rowcount


def _period(row: Row[tuple[object, ...]]) -> GracePeriod:
    return GracePeriod(row.key_id, row.task_id, row.request_id, row.system, row.until, closed=row.closed_at is not None)

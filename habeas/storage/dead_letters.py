"""Dead letters as operators ask for them; their full text is on the log (dsr.dead-letters)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from habeas.storage.tables import dead_letters


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What could not be done, and where the record lies that asked for it.

    Without a task it is a record that could not be read: replayed, it is appended again as it was.
    """

    id: str
    consumer: str
    system: str | None
    request_id: str | None
    task_id: str | None
    error_class: str
    attempts: int
    created_at: datetime
    topic: str
    partition: int
    offset: int
    replayed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which dead letters an operator means; what is None is not asked for."""

    ids: tuple[str, ...] = ()
    system: str | None = None
    error_class: str | None = None
    since: datetime | None = None
    with_replayed: bool = False
    limit: int = 1_000


def add(connection: Connection, letters: Sequence[DeadLetter]) -> frozenset[str]:
    """Note them and return the ids of those that are new: a record that comes again brings no second letter."""
    if not letters:
        return frozenset()
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(dead_letters).on_conflict_do_nothing().returning(dead_letters.c.id)
    return frozenset(connection.scalars(statement, [asdict(each) for each in letters]))


def select_letters(connection: Connection, selection: Selection) -> Sequence[DeadLetter]:
    """Those selected, oldest first. An id may be shortened to its beginning."""
    wanted = []
    columns = dead_letters.c
    if selection.ids:
        matches = [columns.id.startswith(each, autoescape=True) for each in selection.ids]
        wanted.append(or_(*matches))
    if selection.system is not None:
        wanted.append(columns.system == selection.system)
    if selection.error_class is not None:
        wanted.append(columns.error_class == selection.error_class)
    if selection.since is not None:
        wanted.append(columns.created_at >= selection.since)
    if not selection.with_replayed:
        wanted.append(columns.replayed_at.is_(None))
    statement = select(dead_letters).where(and_(true(), *wanted)).order_by(columns.created_at).limit(selection.limit)
    return [DeadLetter(**row._mapping) for row in connection.execute(statement)]  # noqa: SLF001 - SQLAlchemy's public name


def mark_replayed(connection: Connection, letter: DeadLetter, *, now: datetime) -> bool:
    """False, and no change, if it was replayed before: replaying twice does nothing twice."""
    waiting = and_(dead_letters.c.id == letter.id, dead_letters.c.replayed_at.is_(None))
    return connection.execute(update(dead_letters).where(waiting).values(replayed_at=now)).rowcount == 1


def close(connection: Connection, task_id: str, *, now: datetime) -> None:
    """The task has ended: nobody need set it going again, and its letters wait no more."""
    waiting = and_(dead_letters.c.task_id == task_id, dead_letters.c.replayed_at.is_(None))
    connection.execute(update(dead_letters).where(waiting).values(replayed_at=now))


def mark_record_replayed(connection: Connection, letter: DeadLetter, *, now: datetime) -> bool:
    """The same for a record that could not be read, and for every letter of it: appended once, all read it again."""
    columns = dead_letters.c
    same = and_(
        columns.topic == letter.topic,
        columns.partition == letter.partition,
        columns.offset == letter.offset,
        columns.task_id.is_(None),
        columns.replayed_at.is_(None),
    )
    return connection.execute(update(dead_letters).where(same).values(replayed_at=now)).rowcount > 0

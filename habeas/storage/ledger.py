"""The task ledger: what each system has still to do, one line per subject, worked off from its head (architecture 4).

A task is `pending` until it is `done` or `failed`. A worker leases the heads of lines; each lease has an epoch, and
every write of a worker names it, so that one which lost its lease writes nothing. A pending task with `done_at` is
ended: it counts as done as soon as the attempt under way is over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from habeas.domain.requests import Matter, Right, matter
from habeas.errors import FencedError
from habeas.eventlog.interface import LogRecord
from habeas.storage.database import wake
from habeas.storage.log_records import record_of_json, record_to_json
from habeas.storage.tables import task_plans, tasks

TaskState = Literal["pending", "done", "failed"]
_DONE = {"state": "done", "lease_until": None, "progress": None}


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to be added; `trigger` is the record that asked for it, kept as it was for a dead letter."""

    id: str
    system: str
    request_id: str
    subject: str
    right: Matter
    trigger: LogRecord


@dataclass(frozen=True, slots=True)
class Task:
    """A leased task. `attempts` counts this one too; `tried_since` is when the first of them began.

    Time in the line behind another task, or while the system was down, is not in either.
    """

    position: int
    id: str
    system: str
    request_id: str
    subject: str
    matter: Matter
    attempts: int
    created_at: datetime
    tried_since: datetime
    epoch: int
    owner: str
    trigger: LogRecord

    @property
    def right(self) -> Right:
        """Of a task in a system, which a complaint has none of."""
        assert isinstance(self.matter, Right), "a complaint is no affair of a system"
        return self.matter


def waiting_for(system: str) -> str:
    """The name by which a worker waits for tasks of a system."""
    return f"tasks.{system}"


def add(connection: Connection, new: Sequence[NewTask], *, now: datetime) -> None:
    """Put tasks at the end of their subjects' lines; one that is there already is left alone."""
    if not new:
        return
    rows = [
        {
            "id": each.id,
            "system": each.system,
            "request_id": each.request_id,
            "subject": each.subject,
            "right": each.right,
            "state": "pending",
            "created_at": now,
            "due_at": now,
            "trigger": record_to_json(each.trigger),
            "trigger_value": each.trigger.value,
        }
        for each in new
    ]
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    connection.execute(dialect.insert(tasks).on_conflict_do_nothing(index_elements=["id"]), rows)
    for system in {each.system for each in new}:
        wake(connection, waiting_for(system))


def restore(connection: Connection, known: Sequence[tuple[NewTask, TaskState]], *, now: datetime) -> None:
    """Put tasks at the end of their lines as they stood before: what is done stays done."""
    add(connection, [new for new, _ in known], now=now)
    for state in ("done", "failed"):
        ids = [new.id for new, stood in known if stood == state]
        if ids:
            done_at = now if state == "done" else None
            connection.execute(update(tasks).where(tasks.c.id.in_(ids)).values(state=state, done_at=done_at))


def has_due(connection: Connection, system: str, *, now: datetime) -> bool:
    """True if it pays to ask for a lease: the cheap question of a worker that has nothing to do."""
    due = select(tasks.c.position).where(tasks.c.system == system, tasks.c.state == "pending", tasks.c.due_at <= now)
    return connection.scalar(due.limit(1)) is not None


def lease(connection: Connection, system: str, *, owner: str, now: datetime, lease_s: float, limit: int) -> list[Task]:
    """Take due tasks that are at the head of their line and that nobody holds, longest due first.

    A failed task stays the head of its line: what comes after it waits for an operator's replay.
    """
    earlier = tasks.alias("earlier")
    before_it = exists().where(
        earlier.c.system == tasks.c.system,
        earlier.c.subject == tasks.c.subject,
        earlier.c.state != "done",
        earlier.c.position < tasks.c.position,
    )
    free = or_(tasks.c.lease_until.is_(None), tasks.c.lease_until < now)
    heads = (
        select(tasks.c.position)
        .where(tasks.c.system == system, tasks.c.state == "pending", tasks.c.due_at <= now, free, ~before_it)
        .order_by(tasks.c.due_at, tasks.c.position)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    positions = connection.scalars(heads).all()
    if not positions:
        return []
    taken = (
        update(tasks)
        .where(tasks.c.position.in_(positions))
        .values(
            lease_owner=owner,
            lease_epoch=tasks.c.lease_epoch + 1,
            lease_until=now + timedelta(seconds=lease_s),
            attempts=tasks.c.attempts + 1,
            progress=None,
            tried_since=func.coalesce(tasks.c.tried_since, bindparam("now", now, tasks.c.tried_since.type)),
        )
        .returning(tasks)
    )
    rows = connection.execute(taken).all()
    ended = [row.position for row in rows if row.done_at is not None]
    if ended:  # the attempt during which they were was broken off
        connection.execute(update(tasks).where(tasks.c.position.in_(ended)).values(_DONE | {"lease_owner": None}))
        wake(connection, waiting_for(system))
    return sorted((_task(row) for row in rows if row.done_at is None), key=lambda task: task.position)


def renew(connection: Connection, held: Sequence[Task], *, now: datetime, lease_s: float) -> bool:
    """Hold on to these for longer; False if one of them has another owner by now."""
    until = now + timedelta(seconds=lease_s)
    renewed = [
        connection.execute(update(tasks).where(leased(task)).values(lease_until=until)).rowcount for task in held
    ]
    return all(renewed)


def finish(connection: Connection, held: Sequence[Task], *, now: datetime) -> None:
    """These are done; the next in their lines may go. Raises FencedError if one has another owner: nothing is noted."""
    done = update(tasks).where(leased(*held)).values(_DONE | {"done_at": now, "error_class": None})
    if connection.execute(done).rowcount != len(held):
        raise FencedError("the lease of a task went to another worker")
    for system in {task.system for task in held}:
        wake(connection, waiting_for(system))


def forget(connection: Connection, held: Sequence[Task]) -> None:
    """Leave these undone, as if nobody had asked for them: asked for again they are new. Raises FencedError."""
    if connection.execute(delete(tasks).where(leased(*held))).rowcount != len(held):
        raise FencedError("the lease of a task went to another worker")


def postpone(connection: Connection, task: Task, *, due_at: datetime, error_class: str, uses_attempt: bool) -> None:
    """Try again at `due_at`. Raises FencedError."""
    given_back: dict[str, Any] = {} if uses_attempt else {"attempts": tasks.c.attempts - 1, "tried_since": None}
    _settle(connection, task, due_at=due_at, error_class=error_class, **given_back)


def fail(connection: Connection, task: Task, *, error_class: str) -> bool:
    """Nothing but an operator's replay sets this one going again; False if not even that, since it was ended.

    Raises FencedError.
    """
    return _settle(connection, task, state="failed", error_class=error_class) == "failed"


def reopen(connection: Connection, task_id: str, *, now: datetime) -> bool:
    """Set a failed task going again with fresh attempts; False, and no change, for any other."""
    where = and_(tasks.c.id == task_id, tasks.c.state == "failed")
    afresh = {"state": "pending", "due_at": now, "attempts": 0, "tried_since": None}
    system = connection.scalar(update(tasks).where(where).values(afresh).returning(tasks.c.system))
    if system is not None:
        wake(connection, waiting_for(system))
    return system is not None


def drop(connection: Connection, task_id: str, *, now: datetime) -> bool:
    """Take a task that nobody has begun off its line, as if it were done; False, and no change, for any other.

    One whose plan is stored, or on which a worker is, goes on: half an erasure would be worse than a whole one.
    """
    free = or_(tasks.c.lease_until.is_(None), tasks.c.lease_until < now)
    planned = exists().where(task_plans.c.task_id == tasks.c.id)
    where = and_(tasks.c.id == task_id, tasks.c.state != "done", free, ~planned)
    values = _DONE | {"done_at": now, "lease_owner": None}
    system = connection.scalar(update(tasks).where(where).values(values).returning(tasks.c.system))
    if system is not None:
        wake(connection, waiting_for(system))
    return system is not None


def end(connection: Connection, task_id: str, *, now: datetime) -> None:
    """Never begin a task, nor try it again; an attempt that is under way is the last, and may still complete it."""
    free = or_(tasks.c.lease_until.is_(None), tasks.c.lease_until < now)
    state = case((free, "done"), else_=tasks.c.state)
    where = and_(tasks.c.id == task_id, tasks.c.state != "done", tasks.c.done_at.is_(None))
    system = connection.scalar(update(tasks).where(where).values(state=state, done_at=now).returning(tasks.c.system))
    if system is not None:
        wake(connection, waiting_for(system))


def dropped(connection: Connection, task_ids: Sequence[str]) -> bool:
    """True once all of these were taken off their lines before anybody had begun."""
    planned = exists().where(task_plans.c.task_id == tasks.c.id)
    ended = select(func.count()).where(tasks.c.id.in_(task_ids), tasks.c.state == "done", ~planned)
    return connection.scalar(ended) == len(task_ids)


def ensure_held(connection: Connection, held: Sequence[Task]) -> None:
    """Hold on to these for the rest of the transaction. Raises FencedError if one has another owner by now."""
    still_held = select(tasks.c.position).where(leased(*held)).with_for_update()
    if len(connection.execute(still_held).all()) != len(held):
        raise FencedError("the lease of a task went to another worker")


def is_held(connection: Connection, task: Task) -> bool:
    """True while the task is pending and this lease of it is the last one."""
    return connection.scalar(select(func.count()).select_from(tasks).where(leased(task))) == 1


def leased(*held: Task) -> ColumnElement[bool]:
    """The rows of those of these that are pending and whose lease is still this one."""
    leases = [(task.position, task.owner, task.epoch) for task in held]
    return and_(
        tasks.c.state == "pending",
        tasks.c.position.in_([task.position for task in held]),  # so that the primary key is used
        tuple_(tasks.c.position, tasks.c.lease_owner, tasks.c.lease_epoch).in_(leases),
    )


def _settle(connection: Connection, task: Task, *, state: TaskState = "pending", **values: object) -> TaskState:
    """The lease ends with it: a renewal or a second word that comes late changes nothing. Returns how it stands."""
    nobodys = {"lease_owner": None, "lease_until": None, "progress": None}
    unless_ended = case((tasks.c.done_at.is_not(None), "done"), else_=state)
    settled = update(tasks).where(leased(task)).values(nobodys | values | {"state": unless_ended})
    now: TaskState | None = connection.scalar(settled.returning(tasks.c.state))
    if now is None:
        raise FencedError("the lease of a task went to another worker")
    if now == "done":
        wake(connection, waiting_for(task.system))
    return now


def _task(row: Row[Any]) -> Task:
    return Task(
        position=row.position,
        id=row.id,
        system=row.system,
        request_id=row.request_id,
        subject=row.subject,
        matter=matter(row.right),
        attempts=row.attempts,
        created_at=row.created_at,
        tried_since=row.tried_since,
        epoch=row.lease_epoch,
        owner=row.lease_owner,
        trigger=record_of_json(row.trigger, row.trigger_value),
    )

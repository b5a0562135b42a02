"""What is still held of a person for each request, and which request's time is over."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, and_, case, exists, func, insert, literal, null, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from habeas.domain.cases import Case
from habeas.domain.complaints import Complaint
from habeas.domain.custody import Ended, Stage, Uses, kept_key
from habeas.domain.requests import Right
from habeas.domain.revisits import Revisit
from habeas.errors import UserError
from habeas.storage.tables import cases, custody, grace_periods, revisits, tasks

_ON_THE_WAY = (Stage.RESEALED, Stage.LEAVING)
_RESTRICTING = (Right.RESTRICTION, Right.OBJECTION)


@dataclass(frozen=True, slots=True)
class Custody:
    """`ended_at` is when the person was last told; `answer_at` when the answer was last put into the folder."""

    request_id: str
    stage: Stage
    ended_at: datetime
    shredded_at: datetime | None
    gone_at: datetime | None
    answer_at: datetime | None
    answer_removed_at: datetime | None

    @property
    def answer_lies_there(self) -> bool:
        """True unless it was removed from the folder since, or there was none."""
        return self.answer_at is not None and self.answer_removed_at is None


def note_ended(connection: Connection, ended: Mapping[str, Ended]) -> None:
    """From when the times of these requests run; later than before where more was told."""
    if not ended:
        return
    rows = [
        {"request_id": id_, "stage": Stage.WHOLE, "ended_at": each.at, "answer_at": each.delivered_at}
        for id_, each in ended.items()
    ]
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(custody)
    told = new.excluded
    newer = or_(custody.c.answer_at.is_(None), custody.c.answer_at < told.answer_at)
    later = {
        "ended_at": told.ended_at,
        "answer_at": case((newer, told.answer_at), else_=custody.c.answer_at),
        "answer_removed_at": case((newer, null()), else_=custody.c.answer_removed_at),
    }
    changes = or_(custody.c.ended_at < told.ended_at, newer)
    connection.execute(new.on_conflict_do_update(index_elements=["request_id"], set_=later, where=changes), rows)


def fetch(connection: Connection, request_id: str) -> Custody | None:
    """None while the request has not ended."""
    row = connection.execute(select(custody).where(custody.c.request_id == request_id)).first()
    return None if row is None else _custody(row)


def due(connection: Connection, stage: Stage, *, ended_by: datetime, now: datetime, limit: int) -> Sequence[Custody]:
    """Requests in this stage that ended by then, but those which something needs and that were just looked at."""
    looked = or_(custody.c.look_at.is_(None), custody.c.look_at <= now)
    query = select(custody).where(custody.c.stage == stage, custody.c.ended_at <= ended_by, looked)
    return [_custody(row) for row in connection.execute(query.order_by(custody.c.ended_at).limit(limit))]


def on_the_way(connection: Connection, *, limit: int) -> Sequence[Custody]:
    """Those with which somebody has begun."""
    query = select(custody).where(custody.c.stage.in_(_ON_THE_WAY)).limit(limit)
    return [_custody(row) for row in connection.execute(query)]


def overdue(connection: Connection, stage: Stage, *, ended_by: datetime) -> int:
    """How many are in this stage after their time: something needs them still."""
    query = select(func.count()).where(custody.c.stage == stage, custody.c.ended_at <= ended_by)
    return connection.scalar(query) or 0


def answers_to_remove(connection: Connection, *, written_by: datetime, limit: int) -> Sequence[Custody]:
    """Requests whose answer was put into the folder by then, and lies there."""
    query = select(custody).where(custody.c.answer_removed_at.is_(None), custody.c.answer_at <= written_by)
    return [_custody(row) for row in connection.execute(query.order_by(custody.c.answer_at).limit(limit))]


def note_answer_written(connection: Connection, request_id: str, *, at: datetime) -> None:
    """The answer was put into the folder again."""
    written = {"answer_at": at, "answer_removed_at": None}
    connection.execute(update(custody).where(custody.c.request_id == request_id).values(written))


def note_answer_removed(connection: Connection, request_id: str, *, at: datetime) -> bool:
    """The answer was removed from the folder; False if somebody else has noted it."""
    these = (custody.c.request_id == request_id, custody.c.answer_removed_at.is_(None))
    return connection.execute(update(custody).where(*these).values(answer_removed_at=at)).rowcount == 1


def look_later(connection: Connection, request_id: str, *, at: datetime) -> None:
    """Something needs it still."""
    connection.execute(update(custody).where(custody.c.request_id == request_id).values(look_at=at))


def advance(
    connection: Connection, request_id: str, before: Iterable[Stage], after: Stage, *, now: datetime | None = None
) -> bool:
    """False, and no change, if somebody else has done it; `now` is noted with the end of a stage."""
    values: dict[str, object] = {"stage": after, "look_at": None}
    if after is Stage.KEPT:
        values["shredded_at"] = now
    elif after is Stage.GONE:
        values |= {
            "gone_at": now,
            "shredded_at": func.coalesce(custody.c.shredded_at, literal(now, custody.c.gone_at.type)),
        }
    these = (custody.c.request_id == request_id, custody.c.stage.in_(list(before)))
    return connection.execute(update(custody).where(*these).values(values)).rowcount == 1


def begin_leaving(connection: Connection, request_id: str, *, now: datetime) -> None:
    """An operator wants it gone, whatever its time and whether it has ended."""
    if fetch(connection, request_id) is None:
        values = {"request_id": request_id, "stage": Stage.LEAVING, "ended_at": now}
        connection.execute(insert(custody).values(values))
    advance(connection, request_id, [each for each in Stage if each is not Stage.GONE], Stage.LEAVING)


def gone(connection: Connection, request_ids: Iterable[str]) -> set[str]:
    """Those of which nothing is held any more, or is about to be."""
    left = (Stage.LEAVING, Stage.GONE)
    query = select(custody.c.request_id).where(custody.c.request_id.in_(list(request_ids)), custody.c.stage.in_(left))
    return set(connection.scalars(query))


def ensure_whole(connection: Connection, request_id: str) -> None:
    """Raise UserError if what was found for the request is not held any more."""
    held = fetch(connection, request_id)
    if held is not None and held.stage is not Stage.WHOLE:
        since = held.shredded_at or held.gone_at
        when = f" on {since:%d %B %Y}" if since else ""
        raise UserError(
            f"what was sealed for request {request_id} was shredded{when}: nothing of it can be looked up "
            f"or decided any more; 'habeas report {request_id[:8]}' tells what was done"
        )


def key_of(connection: Connection, request_id: str) -> str:
    """The id of the key under which to seal what is told of a request now.

    Raises UserError if nothing is held of the person for it any more.
    """
    held = fetch(connection, request_id)
    if held is None or held.stage is Stage.WHOLE:
        return request_id
    if held.stage in {Stage.LEAVING, Stage.GONE}:
        raise UserError(
            f"what was sealed for request {request_id} was shredded: nobody knows any more who asked; "
            f"'habeas report {request_id[:8]}' tells what was done"
        )
    return kept_key(request_id)


def still_held_of(connection: Connection, subject: str, *, besides: str) -> bool:
    """True while anything is held of the person for another request of theirs, or another is under way."""
    left = exists().where(custody.c.request_id == cases.c.request_id, custody.c.stage == Stage.GONE)
    others = select(cases.c.request_id).where(cases.c.subject == subject, cases.c.request_id != besides, ~left)
    return connection.scalar(others.limit(1)) is not None


def uses(connection: Connection, of: Case | Complaint, *, now: datetime, rescan_after: timedelta) -> Uses:
    """What else needs what is held for a request."""
    id_ = of.request_id
    waiting = select(tasks.c.system).where(tasks.c.request_id == id_, tasks.c.state != "done").distinct()
    open_ = (grace_periods.c.request_id == id_, grace_periods.c.closed_at.is_(None), grace_periods.c.until > now)
    expected = select(revisits).where(revisits.c.request_id == id_).order_by(revisits.c.due_on)
    if not rescan_after:
        expected = expected.where(revisits.c.cause != "rescan")
    return Uses(
        tasks=tuple(connection.scalars(waiting)),
        undo_until=connection.scalar(select(func.max(grace_periods.c.until)).where(*open_)),
        revisits=tuple(Revisit(row.system, row.cause, row.due_on) for row in connection.execute(expected)),
        holds_back=isinstance(of, Case) and _holds_back(connection, of),
    )


def _holds_back(connection: Connection, of: Case) -> bool:
    return of.right in _RESTRICTING and not of.liftings.are_all_lifted and _another_hold(connection, of)


def _another_hold(connection: Connection, of: Case) -> bool:
    others = and_(cases.c.subject == of.subject, cases.c.request_id != of.request_id)
    held = (
        select(revisits.c.request_id)
        .join(cases, cases.c.request_id == revisits.c.request_id)
        .where(others, revisits.c.cause == "retention")
    )
    return connection.scalar(held.limit(1)) is not None


def _custody(row: Row[tuple[object, ...]]) -> Custody:
    return Custody(
        row.request_id,
        Stage(row.stage),
        row.ended_at,
        row.shredded_at,
        row.gone_at,
        row.answer_at,
        row.answer_removed_at,
    )

"""What is to be published, added in the transaction that gives cause for it, and the leases of those who publish."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from habeas.errors import FencedError
from habeas.eventlog.interface import Message
from habeas.eventlog.limits import check_messages
from habeas.storage.database import wake
from habeas.storage.log_records import headers_of_json, headers_to_json
from habeas.storage.tables import lanes, outbox

WAKE = "outbox"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message in the outbox, in the order of `id`."""

    id: int
    message: Message


def add(connection: Connection, lane: str, messages: Iterable[Message]) -> None:
    """Have these published, in this order, after the transaction; `lane` is the role that publishes them.

    Raises PermanentError for one that the log will never take: in the outbox it would hold up all that follow.
    """
    messages = tuple(messages)
    check_messages(messages)
    rows = [
        {
            "lane": lane,
            "topic": each.topic,
            "key": each.key,
            "value": each.value,
            "headers": headers_to_json(each.headers),
        }
        for each in messages
    ]
    if rows:
        connection.execute(insert(outbox), rows)
        wake(connection, WAKE)


def take(connection: Connection, lane_names: Sequence[str], *, limit: int) -> list[Waiting]:
    """The first messages of these lanes."""
    rows = connection.execute(select(outbox).where(outbox.c.lane.in_(lane_names)).order_by(outbox.c.id).limit(limit))
    return [
        Waiting(
            row.id,
            Message(
                topic=row.topic,
                key=row.key,
                value=row.value,
                headers=headers_of_json(row.headers),
            ),
        )
        for row in rows
    ]


def drop(connection: Connection, waiting: Sequence[Waiting]) -> None:
    """These lie on the log now."""
    connection.execute(delete(outbox).where(outbox.c.id.in_([each.id for each in waiting])))


def lease(connection: Connection, lane: str, *, owner: str, now: datetime, lease_s: float) -> int | None:
    """Take or renew the right to publish a lane; its epoch, or None while another owner holds it."""
    until = now + timedelta(seconds=lease_s)
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(lanes).values(lane=lane, owner=owner, epoch=1, lease_until=until)
    connection.execute(statement.on_conflict_do_nothing())
    mine = update(lanes).where(lanes.c.lane == lane, lanes.c.owner == owner).values(lease_until=until)
    if connection.execute(mine).rowcount == 0:
        expired = update(lanes).where(lanes.c.lane == lane, lanes.c.lease_until < now)
        connection.execute(expired.values(owner=owner, epoch=lanes.c.epoch + 1, lease_until=until))
    row = connection.execute(select(lanes.c.owner, lanes.c.epoch).where(lanes.c.lane == lane)).one()
    return row.epoch if row.owner == owner else None


def ensure_owner(connection: Connection, lane: str, *, owner: str, epoch: int) -> None:
    """Hold the lane for the rest of the transaction. Raises FencedError when another owner has it by now."""
    statement = select(lanes.c.lane).where(lanes.c.lane == lane, lanes.c.owner == owner, lanes.c.epoch == epoch)
    if connection.execute(statement.with_for_update()).first() is None:
        raise FencedError(f"the outbox lane {lane} has another owner")


def length(connection: Connection) -> dict[str, int]:
    """How many messages wait in each lane that has any."""
    rows = connection.execute(select(outbox.c.lane, func.count()).group_by(outbox.c.lane))
    return {row[0]: row[1] for row in rows}


def release(connection: Connection, lane_names: Sequence[str], *, owner: str) -> None:
    """Give up these lanes as far as they are the owner's: their leases end now."""
    mine = update(lanes).where(lanes.c.lane.in_(lane_names), lanes.c.owner == owner)
    connection.execute(mine.values(owner="", lease_until=datetime.fromtimestamp(0, UTC)))

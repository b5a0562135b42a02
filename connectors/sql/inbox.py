"""The target's own note of what has been applied: in the same transaction as the changes, so never one without."""

from datetime import UTC, datetime
from typing import Literal

import orjson
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.schema import CreateTable

from connectors.sql.batches import execute_all
from connectors.sql.ready import Ready
from habeas.ports import Effects

NAME = "habeas_applied"

_TABLE = sa.Table(
    NAME,
    sa.MetaData(),
    sa.Column("task_id", sa.String(200), primary_key=True),
    sa.Column("applied_at", sa.String(40), nullable=False),
    sa.Column("effects", sa.Text),
)
# Each task sends both: as text they cost what the database makes of them, and no more.
_TAKE = f"INSERT INTO {NAME} (task_id, applied_at) VALUES (?, ?) ON CONFLICT DO NOTHING"  # noqa: S608 - the name is ours
_NOTE = f"UPDATE {NAME} SET effects = ? WHERE task_id = ?"  # noqa: S608


class Inbox:
    """The table `habeas_applied` in the target."""

    def __init__(self, wanted: bool | Literal["auto"]) -> None:
        self._wanted = wanted
        self._there: bool | None = None if wanted else False

    def is_there(self, connection: sa.Connection) -> bool:
        """True if the target has the table, made now where it lacked it; commits.

        Raises sqlalchemy.exc.ProgrammingError if the map insists on it and it can't be made.
        """
        if self._there is None:
            self._there = sa.inspect(connection).has_table(NAME) or self._made(connection)
            connection.commit()
        return self._there

    def first_application(self, connection: sa.Connection, task_id: str) -> bool:
        """Take the task on; False if it has been applied. Waits while another transaction applies it."""
        applied_at = datetime.now(UTC).isoformat(timespec="seconds")
        return execute_all(connection, [Ready(_filled(connection, _TAKE), (task_id, applied_at))]) == [1]

    def effects_of(self, connection: sa.Connection, task_id: str) -> Effects:
        """What the earlier application did."""
        noted = connection.scalar(sa.select(_TABLE.c.effects).where(_TABLE.c.task_id == task_id))
        return Effects.of_json(orjson.loads(noted or "{}"))

    def note(self, connection: sa.Connection, task_id: str, effects: Effects) -> None:
        """Note what this application did, and commit."""
        text = orjson.dumps(effects.as_json()).decode()
        execute_all(connection, [Ready(_filled(connection, _NOTE), (text, task_id))], commit=True)

    def _made(self, connection: sa.Connection) -> bool:
        try:
            with connection.begin_nested():
                connection.execute(CreateTable(_TABLE, if_not_exists=True))
        except (ProgrammingError, IntegrityError):  # not allowed, or made by another worker at this very moment
            connection.rollback()
            if sa.inspect(connection).has_table(NAME):
                return True
            if self._wanted is True:
                raise
            return False
        return True


def _filled(connection: sa.Connection, statement: str) -> str:
    return statement if connection.dialect.name == "sqlite" else statement.replace("?", "%s")

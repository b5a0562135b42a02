"""The target's own note of what has been applied: in the same transaction as the changes, so never one without."""

from datetime import UTC, datetime
from typing import Literal

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.schema import CreateTable

from habeas.ports import Effects

NAME = "habeas_applied"

_TABLE = sa.Table(
    NAME,
    sa.MetaData(),
    sa.Column("task_id", sa.String(200), primary_key=True),
    sa.Column("applied_at", sa.String(40), nullable=False),
    sa.Column("effects", sa.Text),
)


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
        row = {"task_id": task_id, "applied_at": datetime.now(UTC).isoformat(timespec="seconds")}
        if connection.dialect.name == "sqlite":
            return connection.execute(sqlite.insert(_TABLE).values(row).on_conflict_do_nothing()).rowcount == 1
        return connection.execute(postgresql.insert(_TABLE).values(row).on_conflict_do_nothing()).rowcount == 1

    def effects_of(self, connection: sa.Connection, task_id: str) -> Effects:
        """What the earlier application did."""
        noted = connection.scalar(sa.select(_TABLE.c.effects).where(_TABLE.c.task_id == task_id))
        return Effects.of_json(orjson.loads(noted or "{}"))

    def note(self, connection: sa.Connection, task_id: str, effects: Effects) -> None:
        """Note what this application did."""
        text = orjson.dumps(effects.as_json()).decode()
        connection.execute(sa.update(_TABLE).where(_TABLE.c.task_id == task_id).values(effects=text))

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

"""The target's own note of what has been applied: in the same transaction as the changes, so never one without."""

from datetime import UTC, datetime
from typing import Literal

import orjson
import psycopg
import sqlalchemy as sa
from psycopg.errors import UniqueViolation
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.schema import CreateTable

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
# As text, for each task sends them: they cost what the database makes of them, and no more.
_TAKE = f"INSERT INTO {NAME} (task_id, applied_at, effects) VALUES (?, ?, ?)"  # noqa: S608 - the name is ours
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

    def taking(self, connection: sa.Connection, task_id: str, effects: Effects) -> Ready:
        """What takes the task on, noted as having these effects. Waits while another transaction applies it.

        It fails with what `is_taken` tells, so that nothing after it is executed, if the task has been applied.
        """
        applied_at = datetime.now(UTC).isoformat(timespec="seconds")
        return Ready(_filled(connection, _TAKE), (task_id, applied_at, _text(effects)))

    def noting(self, connection: sa.Connection, task_id: str, effects: Effects) -> Ready:
        """What notes other effects of it."""
        return Ready(_filled(connection, _NOTE), (_text(effects), task_id))

    def effects_of(self, connection: sa.Connection, task_id: str) -> Effects:
        """What the earlier application did."""
        noted = connection.scalar(sa.select(_TABLE.c.effects).where(_TABLE.c.task_id == task_id))
        return Effects.of_json(orjson.loads(noted or "{}"))

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


def is_taken(error: IntegrityError) -> bool:
    """True if the task had been noted before."""
    if isinstance(error.orig, psycopg.Error):
        return isinstance(error.orig, UniqueViolation) and error.orig.diag.table_name == NAME
    return f"{NAME}.task_id" in str(error.orig)


def _text(effects: Effects) -> str:
    return orjson.dumps(effects.as_json()).decode()


def _filled(connection: sa.Connection, statement: str) -> str:
    return statement if connection.dialect.name == "sqlite" else statement.replace("?", "%s")

"""Statements that go to the database together."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from connectors.sql.pipelining import run_all
from connectors.sql.ready import Ready

_PREPARED = "habeas_prepared"


def execute_all(connection: sa.Connection, statements: Sequence[Ready], *, commit: bool = False) -> list[int]:
    """Execute them in order, and commit if asked to; how many rows each of them changed.

    Raises sqlalchemy.exc.DBAPIError for the first that failed; those after it have then not been executed.
    """
    if not connection.in_transaction():
        connection.begin()
    driver = connection.connection.driver_connection
    with _wrapped(connection):
        if isinstance(driver, psycopg.Connection) and psycopg.Pipeline.is_supported():
            counts = run_all(driver, statements, connection.info.setdefault(_PREPARED, {}), commit=commit)
        else:
            cursors = [connection.connection.cursor().execute(each.text, each.parameters) for each in statements]
            counts = [cursor.rowcount for cursor in cursors]
        if commit:
            connection.commit()
    return counts


@contextmanager
def _wrapped(connection: sa.Connection) -> Iterator[None]:
    """Errors as those of statements that SQLAlchemy executes."""
    dbapi = connection.dialect.loaded_dbapi
    try:
        yield
    except dbapi.Error as error:
        raise DBAPIError.instance(
            None, None, error, dbapi.Error, hide_parameters=True, dialect=connection.dialect
        ) from None

"""Statements that go to the database together."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from connectors.sql.pipelining import Prepared, run_all
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
            if (prepared := connection.info.get(_PREPARED)) is None:
                prepared = connection.info[_PREPARED] = Prepared(driver)
            counts = run_all(driver, statements, prepared, commit=commit)
        else:
            cursors = [connection.connection.cursor().execute(each.text, each.parameters) for each in statements]
            counts = [cursor.rowcount for cursor in cursors]
        if commit:
            connection.commit()
    return counts


def as_the_driver_gives(
    connection: sa.Connection, result: sa.CursorResult[tuple[object, ...]], at_once: int
) -> Iterator[list[Any]]:
    """The rows of a result that is not streamed, some at once; SQLAlchemy's own take longer to make than to read.

    Raises sqlalchemy.exc.DBAPIError.
    """
    cursor = result.cursor
    assert cursor is not None, "a query"
    while True:
        with _wrapped(connection):
            some = cursor.fetchmany(at_once)
        if not some:
            return
        yield list(some)


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

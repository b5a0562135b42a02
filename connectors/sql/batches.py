"""Statements that go to the database together: PostgreSQL takes and answers them in one round trip."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError


@dataclass(frozen=True, slots=True)
class Ready:
    """A statement as the driver takes it."""

    text: str
    parameters: tuple[object, ...] | Mapping[str, object] = ()


def execute_all(connection: sa.Connection, statements: Sequence[Ready], *, commit: bool = False) -> list[int]:
    """Execute them in order, and commit if asked to; how many rows each of them changed.

    Raises sqlalchemy.exc.DBAPIError for the first that failed; those after it have then not been executed.
    """
    if not connection.in_transaction():
        connection.begin()
    made = []
    with _wrapped(connection), _pipelined(connection):
        for each in statements:
            cursor = connection.connection.cursor()
            made.append(cursor)
            cursor.execute(each.text, each.parameters)
        if commit:
            connection.commit()
    return [cursor.rowcount for cursor in made]


@contextmanager
def _pipelined(connection: sa.Connection) -> Iterator[None]:
    driver = connection.connection.driver_connection
    if isinstance(driver, psycopg.Connection) and psycopg.Pipeline.is_supported():
        with driver.pipeline():
            yield
    else:
        yield


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

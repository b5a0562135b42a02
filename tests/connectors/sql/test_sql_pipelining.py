"""Statements that go to PostgreSQL together: one fault undoes what came after it, and none of the connection."""

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from connectors.sql import pipelining
from connectors.sql.batches import execute_all
from connectors.sql.database import engine_for
from connectors.sql.ready import Ready

pytestmark = pytest.mark.postgres


@pytest.fixture
def connection(postgres_url):
    engine = engine_for(postgres_url, system="target")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT)")
        connection.commit()
        yield connection
    engine.dispose()


def adding(number):
    return Ready("INSERT INTO things VALUES (%s, %s)", (number, f"thing 100 % {number}"))


def removing(*numbers):
    return Ready("DELETE FROM things WHERE id = ANY (CAST(%(ids)s AS integer[]))", {"ids": list(numbers)})


def there(url):
    with psycopg.connect(url.replace("+psycopg", "")) as other:
        return [number for (number,) in other.execute("SELECT id FROM things ORDER BY id")]


def test_each_statement_tells_its_own_rows_and_holds_once_committed(connection, postgres_url):
    assert execute_all(connection, [adding(1), adding(2), removing(1, 2, 3), adding(4)]) == [1, 1, 2, 1]
    assert there(postgres_url) == []
    assert execute_all(connection, [removing(9)], commit=True) == [0]
    assert there(postgres_url) == [4]


def test_what_comes_after_a_fault_is_not_executed_and_nothing_is_committed(connection, postgres_url):
    """The values are not in the error."""
    with pytest.raises(IntegrityError) as raised:
        execute_all(connection, [adding(1), adding(1), adding(2)], commit=True)
    assert "thing 100" not in str(raised.value)
    connection.rollback()
    assert there(postgres_url) == []
    assert execute_all(connection, [adding(1)], commit=True) == [1]
    assert there(postgres_url) == [1]


def test_up_to_a_savepoint_it_can_be_done_again(connection, postgres_url):
    execute_all(connection, [adding(1)])
    with pytest.raises(IntegrityError):
        execute_all(connection, [Ready("SAVEPOINT here"), removing(1), adding(2), adding(2)])
    execute_all(connection, [Ready("ROLLBACK TO SAVEPOINT here"), adding(3)], commit=True)
    assert there(postgres_url) == [1, 3]


def test_statements_stay_prepared_from_one_transaction_to_the_next(connection, monkeypatch):
    """After a rollback too; there are never more than the database is to hold."""
    count = sa.text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%things%'")
    for number in range(3):
        execute_all(connection, [adding(number), removing(number)])
        connection.rollback()
    assert connection.scalar(count) == 2
    connection.rollback()
    monkeypatch.setattr(pipelining, "_PREPARED_MAX", 4)
    for number in range(6):
        execute_all(connection, [Ready(f"DELETE FROM things WHERE id = {number}")])
        connection.rollback()
    assert connection.scalar(count) <= 4
    assert execute_all(connection, [adding(1), removing(1)]) == [1, 1]

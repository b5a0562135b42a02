"""Statements that PostgreSQL takes and answers in one round trip, without waiting for it between them.

The driver's own pipeline sends each statement by itself and looks for answers after each: for the few small statements
of a task that costs several times what the database needs for them.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, NamedTuple

import psycopg
from psycopg._queries import PostgresQuery, _query2pg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many, send
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from connectors.sql.ready import Ready

_PREPARED_MAX = 500
"""Statements that one connection holds prepared, as the database's memory pays for them."""

_Sent = tuple[bytes, tuple[int, ...]]
"""A statement as the database takes it, and the types of its parameters, 0 where it is to tell them itself."""


class _Query(NamedTuple):
    sent: _Sent
    parameters: Sequence[Any]
    formats: Sequence[Format]


class Prepared:
    """What a connection holds prepared, by name, and how it writes parameters; to live as long as the connection."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.names: dict[_Sent, bytes] = {}
        self._adapting = Transformer.from_context(connection)

    def query(self, statement: Ready) -> _Query:
        """Raises psycopg.Error if the database could not take a parameter."""
        text = statement.text.encode(self._adapting.encoding)
        if not (given := statement.parameters):
            return _Query((text, ()), (), ())
        text, wanted, order, parts = _query2pg(text, self._adapting.encoding)
        values = PostgresQuery.validate_and_reorder_params(parts, given, order)
        parameters = self._adapting.dump_sequence(values, wanted)
        return _Query((text, self._adapting.types or ()), parameters, self._adapting.formats or ())


_numbers = count()


def run_all(
    connection: psycopg.Connection[Any], statements: Sequence[Ready], prepared: Prepared, *, commit: bool = False
) -> list[int]:
    """Execute them in order in the open transaction, or in one begun now; how many rows each of them changed.

    Raises psycopg.Error for the first that failed: those after it have not been executed.
    """
    begins = connection.info.transaction_status is TransactionStatus.IDLE
    batch = [*([_BEGIN] if begins else []), *statements, *([_COMMIT] if commit else [])]
    if len(prepared.names) + len(batch) > _PREPARED_MAX:
        _checked(connection.pgconn.exec_(b"DEALLOCATE ALL"), connection)
        prepared.names.clear()
    queries = [prepared.query(each) for each in batch]
    with _pipeline(connection.pgconn) as pgconn:
        made = [_sent(pgconn, each, prepared) for each in queries]
        pgconn.pipeline_sync()
        results = iter(connection.wait(_answers(pgconn, len(made) + sum(new for _, new in made) + 1)))
    counts = []
    for query, (name, new) in zip(queries, made, strict=True):
        if new:
            _checked(next(results), connection)
            prepared.names[query.sent] = name
        counts.append(_checked(next(results), connection).command_tuples or 0)
    return counts[1 if begins else 0 :][: len(statements)]


@contextmanager
def _pipeline(pgconn: PGconn) -> Iterator[PGconn]:
    pgconn.enter_pipeline_mode()
    try:
        yield pgconn
    finally:
        if pgconn.status == ConnStatus.OK:
            pgconn.exit_pipeline_mode()


def _sent(pgconn: PGconn, query: _Query, prepared: Prepared) -> tuple[bytes, bool]:
    """Queue it; its name, and whether that is a new one."""
    name, new = prepared.names.get(query.sent), False
    if name is None:
        name, new = f"habeas_{next(_numbers)}".encode(), True
        pgconn.send_prepare(name, *query.sent)
    pgconn.send_query_prepared(name, query.parameters, query.formats)
    return name, new


def _answers(pgconn: PGconn, commands: int) -> Generator[Any, Any, list[PGresult]]:
    yield from send(pgconn)
    answers: list[PGresult] = []
    for _ in range(commands):
        answers += yield from fetch_many(pgconn)
    return answers


def _checked(result: PGresult, connection: psycopg.Connection[Any]) -> PGresult:
    if result.status != ExecStatus.COMMAND_OK:
        raise error_from_result(result, encoding=connection.info.encoding)
    return result


_BEGIN, _COMMIT = Ready("BEGIN"), Ready("COMMIT")

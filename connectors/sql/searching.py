"""One pass over a table, for all who are looked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from connectors.sql.reading import RowReader
from connectors.sql.recognition import Sought
from connectors.sql.roots import Roots
from connectors.sql.statements import FEW, Prepared, Statements
from habeas.domain.records import Found, Unsearched
from habeas.domain.subjects import IdentifierKind

_STREAMED = {"stream_results": True, "yield_per": 1_000}


@dataclass(frozen=True, slots=True)
class Pass:
    """Whom a pass over the database is for, and in which rows they themselves are."""

    sought: Sought
    kinds: frozenset[IdentifierKind]
    roots: Roots


def found_in(connection: sa.Connection, statements: Statements, reader: RowReader, search: Pass) -> Iterator[Found]:
    """The rows of one table; each comes once, which takes memory only where rows could come twice."""
    parameters = statements.parameters(search.sought, search.roots)
    told: set[tuple[str, Unsearched]] = set()
    seen: set[tuple[str, str]] | None = set() if statements.may_repeat else None
    for prepared in statements.prepared(search.kinds, search.roots):
        for row in _rows(connection, prepared, parameters):
            for token, record in reader.records(row, prepared.tables, search.sought):
                if seen is not None:
                    if (token, record.key) in seen:
                        continue
                    seen.add((token, record.key))
                yield Found(token, record)
                if reader.reads_json:
                    yield from _told_once(token, reader.unreadable(row), told)


def _told_once(token: str, places: Iterator[Unsearched], told: set[tuple[str, Unsearched]]) -> Iterator[Found]:
    for place in places:
        if (token, place) not in told:
            told.add((token, place))
            yield Found(token, place)


def _rows(
    connection: sa.Connection, prepared: Prepared, parameters: Mapping[str, Sequence[object]]
) -> Iterator[Sequence[object]]:
    """All rows; a stream costs PostgreSQL five round trips, so it is only begun where one answer didn't do."""
    if connection.dialect.name == "postgresql":
        few = connection.execute(prepared.few, parameters).all()
        if len(few) < FEW:
            yield from few
            return
    with connection.execute(prepared.every, parameters, execution_options=_STREAMED) as rows:
        yield from rows  # closed also when the reader gives up half way

"""One pass over a table, for all who are looked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from connectors.sql.batches import as_the_driver_gives
from connectors.sql.owning import Owners, Recognition
from connectors.sql.reading import RowReader
from connectors.sql.recognition import Sought
from connectors.sql.roots import Roots
from connectors.sql.statements import FEW, Prepared, Statements
from habeas.domain.records import Found, Unsearched
from habeas.domain.subjects import IdentifierKind

_STREAMED = {"stream_results": True, "yield_per": FEW}


@dataclass(frozen=True, slots=True)
class Pass:
    """Whom a pass over the database is for, and in which rows they themselves are."""

    sought: Sought
    kinds: frozenset[IdentifierKind]
    roots: Roots


@dataclass(frozen=True, slots=True)
class Searched:
    """One table: what asks for its rows, whose they are, and what they hold."""

    statements: Statements
    recognition: Recognition
    reader: RowReader

    @classmethod
    def by(cls, statements: Statements) -> "Searched":
        return cls(statements, Recognition(statements), RowReader(statements))


def found_in(connection: sa.Connection, searched: Searched, search: Pass) -> Iterator[Found]:
    """The rows of one table; each comes once, which takes memory only where rows could come twice."""
    statements, reader, sought = searched.statements, searched.reader, search.sought
    parameters = statements.parameters(sought, search.roots)
    owners = Owners(searched.recognition, sought)
    told: set[tuple[str, Unsearched]] = set()
    seen: set[tuple[str, str]] | None = set() if statements.may_repeat else None
    for prepared in statements.prepared(search.kinds, search.roots):
        tables = prepared.tables
        for row in _rows(connection, prepared, parameters):
            for owner in owners.of(row):
                record = reader.record(row, tables, owner, sought)
                if seen is not None:
                    if (owner.token, record.key) in seen:
                        continue
                    seen.add((owner.token, record.key))
                yield Found(owner.token, record)
                if reader.reads_json:
                    yield from _told_once(owner.token, reader.unreadable(row), told)


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
        with connection.execute(prepared.few, parameters) as rows:
            few = [each for some in as_the_driver_gives(connection, rows, FEW) for each in some]
        if len(few) < FEW:
            yield from few
            return
        with connection.execute(prepared.every, parameters, execution_options=_STREAMED) as rows:
            yield from rows
        return
    with connection.execute(prepared.every, parameters) as rows:  # SQLite gives them as they are asked for
        for some in as_the_driver_gives(connection, rows, FEW):
            yield from some  # closed also when the reader gives up half way

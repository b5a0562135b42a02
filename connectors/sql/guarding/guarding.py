"""The guard of a database, whichever engine it has."""

from collections.abc import Sequence

import sqlalchemy as sa

from connectors.sql.checking import mismatches
from connectors.sql.guarding.catalogue import Catalogue
from connectors.sql.guarding.postgresql import PostgresqlGuard
from connectors.sql.guarding.sqlite import SqliteGuard
from connectors.sql.guarding.standing import guards_of
from connectors.sql.guarding.words import HEEDED
from connectors.sql.live import read_schema
from connectors.sql.map import SqlMap
from habeas.errors import PermanentError
from habeas.ports import Guard


def guards(connection: sa.Connection, sql_map: SqlMap, *, system: str) -> list[Guard]:
    """How each table of the map is guarded. Raises PermanentError if the map names what is not there."""
    guard = _guard(connection, sql_map, system)
    marks = guard.marks
    if sql_map.heeded_by == "all":
        found = guard.guards() if isinstance(guard, SqliteGuard) else guards_of(guard, frozenset())
        return [each if each.place in marks.moved() else Guard(each.place, HEEDED) for each in found]
    if isinstance(guard, SqliteGuard):
        return list(guard.guards())
    return list(guards_of(guard, sql_map.heeded_by))


def guard_script(connection: sa.Connection, sql_map: SqlMap, roles: Sequence[str], *, system: str) -> str:
    """The SQL that guards it. Raises ConfigurationError, NotFoundError or PermanentError if it can't be."""
    return _guard(connection, sql_map, system).script(roles)


def _guard(connection: sa.Connection, sql_map: SqlMap, system: str) -> PostgresqlGuard | SqliteGuard:
    live = read_schema(connection, sql_map)
    if broken := mismatches(sql_map, live, connection, only_missing=True):
        raise PermanentError(f"{system}: {broken[0].what}; {broken[0].remedy}")
    if connection.dialect.name == "sqlite":
        return SqliteGuard(sql_map, live, connection, system)
    return PostgresqlGuard(sql_map, live, Catalogue(connection), system)

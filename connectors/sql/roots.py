"""The rows in which people themselves are recognised, looked up once for all the rows that hang on them."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import NullType

from connectors.sql.conditions import Conditions
from connectors.sql.json_ways import held_in, raws, sources_of
from connectors.sql.live import table_of
from connectors.sql.map import MoveTo
from connectors.sql.recognition import Sought
from habeas.domain.subjects import IdentifierKind

Roots = Mapping[str, tuple[object, ...] | None]
"""By table the keys of its rows that are surely somebody's, None where they are too many or of several columns."""

_KEYS_MAX = 5_000


class RootSearch:
    """Looks people up in one of the tables that identify any."""

    def __init__(self, name: str, conditions: Conditions) -> None:
        self.name = name
        self._table = conditions.sql_map.tables[name]
        self._conditions = conditions
        self._ways = self._table.recognised_by
        self._columns = list(dict.fromkeys(held_in(self._table, column) for _, way in self._ways for column in way))
        self._sources = [
            (kind, sources_of(self._table, way, lambda column: 1 + self._columns.index(column)))
            for kind, way in self._ways
        ]
        self._prepared: dict[frozenset[IdentifierKind], list[sa.Select[tuple[object, ...]]]] = {}

    def keys(
        self, connection: sa.Connection, sought: Sought, kinds: frozenset[IdentifierKind]
    ) -> tuple[object, ...] | None:
        """The keys of the rows that are surely somebody's; None where they can't be told beforehand."""
        if len(self._table.key) > 1:
            return None
        if kinds not in self._prepared:
            self._prepared[kinds] = self._selects(kinds)
        keys: dict[object, None] = {}
        parameters = self._conditions.parameters(self.name, sought)
        for select in self._prepared[kinds]:
            rows = connection.execute(select, parameters).all()
            if len(rows) > _KEYS_MAX:
                return None
            for row in rows:
                if any(sought.owners(kind, raw) for kind, sources in self._sources for raw in raws(sources, row)):
                    keys[row[0]] = None
        return tuple(keys)

    def _selects(self, kinds: frozenset[IdentifierKind]) -> list[sa.Select[tuple[object, ...]]]:
        recognised = self._conditions.recognised(self.name, "r", kinds)
        if recognised is None:
            return []
        places = [self._conditions.sql_map.place(self.name)]
        if isinstance(self._table.own_restriction, MoveTo):
            places.append(self._table.own_restriction.move_to)
        aliases = [table_of(place, self._table.mentioned).alias("r") for place in places]
        return [
            sa.select(
                *(alias.c[each] for each in self._table.key), *(self._read(alias.c[each]) for each in self._columns)
            )
            .where(recognised)
            .limit(_KEYS_MAX + 1)
            for alias in aliases
        ]

    def _read(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return sa.cast(column, sa.Text) if column.key in self._table.in_json else column


def root_condition(name: str, alias: sa.FromClause, key: str) -> sa.ColumnElement[bool]:
    """True of the rows that a `RootSearch` found."""
    return alias.c[key].in_(sa.bindparam(_parameter(name), expanding=True, type_=NullType()))


def root_parameters(roots: Roots) -> dict[str, list[object]]:
    """What `root_condition` is executed with."""
    return {_parameter(name): list(keys) for name, keys in roots.items() if keys is not None}


def _parameter(name: str) -> str:
    return f"keys of {name}"

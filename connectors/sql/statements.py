"""The statements that search one table for people: its rows joined with their parents, whoever those belong to."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import sqlalchemy as sa

from connectors.sql.conditions import Conditions
from connectors.sql.json_ways import held_in
from connectors.sql.live import table_of
from connectors.sql.map import Flag, FromColumn, MoveTo, SideTable, Table
from connectors.sql.recognition import Sought
from connectors.sql.roots import Roots, root_condition, root_parameters
from habeas.domain.subjects import IdentifierKind

Way = tuple[int, IdentifierKind, tuple[str, ...]]
"""How far up a person is recognised, by what, in which columns."""

FEW = 1_000
"""Rows that are read at once; where there are so many, all are streamed."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement, and the tables that it reads by depth."""

    tables: tuple[str, ...]
    few: sa.Select[tuple[object, ...]]
    every: sa.Select[tuple[object, ...]]


class Statements:
    """Everything that a search reads of one table, as columns at fixed positions.

    Depth 0 is the table itself, 1 its parent, and so on. Each row brings with it whatever its person could be
    recognised by, so that it needs no memory of its parents' rows.
    """

    def __init__(self, name: str, conditions: Conditions) -> None:
        self.name = name
        self.names = conditions.sql_map.chain(name)
        self.chain = tuple(conditions.sql_map.tables[each] for each in self.names)
        self._conditions = conditions
        self._prepared: dict[tuple[object, ...], list[Prepared]] = {}
        self.ways: tuple[Way, ...] = tuple(
            (depth, kind, columns) for depth, table in enumerate(self.chain) for kind, columns in table.recognised_by
        )
        self.restricted_at = next((depth for depth, table in enumerate(self.chain) if table.own_restriction), None)
        """How far up the row's restriction is noted."""
        needed = (*_of_the_row(self.chain[0]), *_of_its_person(self.ways, self.chain), *_of_restriction(self.chain))
        self._positions = {each: position for position, each in enumerate(dict.fromkeys(needed))}
        self._joined = 1 + max(depth for depth, _ in self._positions)

    def position(self, depth: int, column: str) -> int:
        """Where in a row the column is."""
        return self._positions[depth, column]

    @property
    def side_position(self) -> int:
        """Where in a row is said whether a side table restricts it."""
        return len(self._positions)

    @property
    def may_repeat(self) -> bool:
        """True if a row may come twice: a parent is not unique, or there are two tables to find it in."""
        joins = (table.through for table in self.chain[: self._joined - 1])
        live = self._conditions.live.tables
        unique = all(
            through and live[through.table].is_unique(frozenset(through.columns.values())) for through in joins
        )
        return not unique or len(list(self._sources())) > 1

    def prepared(self, kinds: frozenset[IdentifierKind], roots: Roots) -> list[Prepared]:
        """The statements for people sought by these kinds."""
        shape = (kinds, *((name, None if roots[name] is None else bool(roots[name])) for name in sorted(roots)))
        if shape not in self._prepared:
            self._prepared[shape] = [
                Prepared(tables, select.limit(FEW), select)
                for tables in self._sources()
                for select in self._selects(tables, kinds, roots)
            ]
        return self._prepared[shape]

    def of_any(
        self, wanted: Callable[[sa.FromClause], sa.ColumnElement[bool]]
    ) -> Iterator[tuple[tuple[str, ...], sa.Select[tuple[object, ...]]]]:
        """The rows for which a condition holds, whoever they are of."""
        for tables in self._sources():
            aliases = self._aliases(tables)
            joined: sa.FromClause = aliases[0]
            for depth, (child, parent) in enumerate(pairwise(aliases)):
                joined = joined.outerjoin(parent, _on(self.chain[depth], child, parent))
            yield tables, self._columns_of(aliases).select_from(joined).where(wanted(aliases[0]))

    def parameters(self, sought: Sought, roots: Roots) -> dict[str, list[object]]:
        """What the statements are executed with."""
        parameters = root_parameters(roots)
        for name in self.names:
            if roots.get(name, ()) is None:
                parameters |= self._conditions.parameters(name, sought)
        return parameters

    def _sources(self) -> Iterator[tuple[str, ...]]:
        """The tables to read by depth: where rows are moved to be restricted, both places."""
        places: list[tuple[str, ...]] = []
        for name, table in zip(self.names[: self._joined], self.chain, strict=False):
            place = self._conditions.sql_map.place(name)
            way = table.own_restriction
            places.append((place, way.move_to) if isinstance(way, MoveTo) else (place,))
        return product(*places)

    def _selects(
        self, tables: tuple[str, ...], kinds: frozenset[IdentifierKind], roots: Roots
    ) -> Iterator[sa.Select[tuple[object, ...]]]:
        """One statement for each depth at which people are recognised: across two tables no index would serve."""
        aliases = self._aliases(tables)
        found_before: list[sa.ColumnElement[bool]] = []
        for entry, alias in enumerate(aliases):
            here = self._entry(entry, alias, kinds, roots)
            if here is None:
                continue
            joined: sa.FromClause = aliases[0]
            for depth, (child, parent) in enumerate(pairwise(aliases)):
                joined = joined.join(parent, _on(self.chain[depth], child, parent), isouter=depth >= entry)
            select = self._columns_of(aliases).select_from(joined)
            yield select.where(here, *(each.is_not(sa.true()) for each in found_before))
            found_before.append(here.self_group())

    def _aliases(self, tables: tuple[str, ...]) -> list[sa.FromClause]:
        return [
            table_of(name, table.mentioned | _joined_by(self.chain, depth)).alias(f"t{depth}")
            for depth, (name, table) in enumerate(zip(tables, self.chain, strict=False))
        ]

    def _columns_of(self, aliases: Sequence[sa.FromClause]) -> sa.Select[tuple[object, ...]]:
        columns: list[sa.ColumnElement[Any]] = []
        for depth, column in self._positions:  # JSON as it is written: the driver would round its numbers
            as_text = column in self.chain[depth].in_json
            columns.append(sa.cast(aliases[depth].c[column], sa.Text) if as_text else aliases[depth].c[column])
        return sa.select(*columns, *self._side_column(aliases))

    def _entry(
        self, depth: int, alias: sa.FromClause, kinds: frozenset[IdentifierKind], roots: Roots
    ) -> sa.ColumnElement[bool] | None:
        """The condition at one depth: by the keys of the people's own rows, or by their identifiers all over."""
        name = self.names[depth]
        keys = roots.get(name, ())
        if keys is None:
            return self._conditions.recognised(name, f"t{depth}", kinds)
        return root_condition(name, alias, self.chain[depth].key[0]) if keys else None

    def _side_column(self, aliases: Sequence[sa.FromClause]) -> list[sa.ColumnElement[bool]]:
        if self.restricted_at is None:
            return []
        side = self.chain[self.restricted_at].own_restriction
        if not isinstance(side, SideTable):
            return []
        restricting = table_of(side.side_table, side.columns)
        record = aliases[self.restricted_at]
        pairs = (restricting.c[beside] == record.c[own] for beside, own in side.columns.items())
        return [sa.exists(sa.select(sa.literal(1)).where(*pairs))]


def _of_the_row(own: Table) -> Iterator[tuple[int, str]]:
    parent = own.through.columns if own.through else ()
    fields = (each for each in own.plain_fields if each not in own.of_others)
    return ((0, column) for column in (*own.key, *fields, *own.in_json, *parent))


def _of_its_person(ways: tuple[Way, ...], chain: tuple[Table, ...]) -> Iterator[tuple[int, str]]:
    yield from ((depth, held_in(chain[depth], column)) for depth, _, columns in ways for column in columns)
    for depth, table in enumerate(chain):
        yield from ((depth, column) for column in table.anchors.values())
        if isinstance(table.relation, FromColumn):
            yield depth, table.relation.column


def _of_restriction(chain: tuple[Table, ...]) -> Iterator[tuple[int, str]]:
    for depth, table in enumerate(chain):
        if table.own_restriction:
            yield from ((depth, column) for column in table.key)
            if isinstance(table.own_restriction, Flag):
                yield depth, table.own_restriction.flag
            return


def _joined_by(chain: tuple[Table, ...], depth: int) -> frozenset[str]:
    """The columns to which the table below joins."""
    through = chain[depth - 1].through if depth else None
    return frozenset(through.columns.values()) if through else frozenset()


def _on(child: Table, below: sa.FromClause, above: sa.FromClause) -> sa.ColumnElement[bool]:
    assert child.through is not None
    return sa.and_(*(below.c[own] == above.c[parents] for own, parents in child.through.columns.items()))

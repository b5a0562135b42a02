"""The statements that search one table for people: its rows joined with their parents, whoever those belong to."""

from collections.abc import Iterator, Sequence
from itertools import pairwise, product

import sqlalchemy as sa
from sqlalchemy.types import NullType

from connectors.sql.live import Kind, LiveSchema, table_of
from connectors.sql.map import Flag, FromColumn, MoveTo, SideTable, SqlMap, Table
from connectors.sql.recognition import Sought, index_expression
from habeas.domain.subjects import IdentifierKind

Way = tuple[int, IdentifierKind, tuple[str, ...]]
"""How far up a person is recognised, by what, in which columns."""


class Statements:
    """Everything that a search reads of one table, as columns at fixed positions.

    Depth 0 is the table itself, 1 its parent, and so on. Each row brings with it whatever its person could be
    recognised by, so that it needs no memory of its parents' rows.
    """

    def __init__(self, name: str, sql_map: SqlMap, live: LiveSchema, dialect: sa.Dialect) -> None:
        self.name = name
        self.names = sql_map.chain(name)
        self.chain = tuple(sql_map.tables[each] for each in self.names)
        self._live = live
        self._dialect = dialect
        self._prepared: dict[
            frozenset[IdentifierKind], list[tuple[tuple[str, ...], sa.Select[tuple[object, ...]]]]
        ] = {}
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
        unique = all(
            through and self._live.tables[through.table].is_unique(frozenset(through.columns.values()))
            for through in joins
        )
        return not unique or len(list(self._sources())) > 1

    def selects(self, kinds: frozenset[IdentifierKind]) -> list[tuple[tuple[str, ...], sa.Select[tuple[object, ...]]]]:
        """The statements for people sought by these kinds, each with the tables that it reads by depth."""
        if kinds not in self._prepared:
            self._prepared[kinds] = [
                (tables, select) for tables in self._sources() for select in self._selects_from(tables, kinds)
            ]
        return self._prepared[kinds]

    def parameters(self, sought: Sought) -> dict[str, list[str | int]]:
        """What the statements are executed with."""
        return {
            _parameter(kind, of): sought.candidates(kind, of)
            for depth, kind, columns in self.ways
            for of in (self._kind(depth, columns[0]),)
        }

    def expression(self, way: Way, qualifier: str = "") -> str:
        """The SQL by which a way is compared."""
        depth, kind, columns = way
        quote = self._dialect.identifier_preparer.quote
        named = [(qualifier + quote(column), self._kind(depth, column)) for column in columns]
        return index_expression(kind, named, self._dialect.name)

    def _kind(self, depth: int, column: str) -> Kind:
        return self._live.tables[self.names[depth]].columns[column].kind

    def _sources(self) -> Iterator[tuple[str, ...]]:
        """The tables to read by depth: where rows are moved to be restricted, both places."""
        places = [
            (name, table.own_restriction.move_to) if isinstance(table.own_restriction, MoveTo) else (name,)
            for name, table in zip(self.names[: self._joined], self.chain, strict=False)
        ]
        return product(*places)

    def _selects_from(
        self, tables: tuple[str, ...], kinds: frozenset[IdentifierKind]
    ) -> Iterator[sa.Select[tuple[object, ...]]]:
        """One statement for each depth at which people are recognised: across two tables no index would serve."""
        aliases = [
            table_of(name, table.mentioned | _joined_by(self.chain, depth)).alias(f"t{depth}")
            for depth, (name, table) in enumerate(zip(tables, self.chain, strict=False))
        ]
        columns = [aliases[depth].c[column] for depth, column in self._positions]
        found_before: list[sa.ColumnElement[bool]] = []
        for entry in range(len(aliases)):
            conditions = [self._condition(way) for way in self.ways if way[0] == entry and way[1] in kinds]
            if not conditions:
                continue
            joined: sa.FromClause = aliases[0]
            for depth, (child, parent) in enumerate(pairwise(aliases)):
                joined = joined.join(parent, _on(self.chain[depth], child, parent), isouter=depth >= entry)
            here = sa.or_(*conditions)
            select = sa.select(*columns, *self._side_column(aliases)).select_from(joined)
            yield select.where(here, *(each.is_not(sa.true()) for each in found_before))
            found_before.append(here.self_group())

    def _condition(self, way: Way) -> sa.ColumnElement[bool]:
        depth, kind, columns = way
        expression: sa.ColumnElement[object] = sa.literal_column(self.expression(way, f"t{depth}."))
        name = _parameter(kind, self._kind(depth, columns[0]))
        return expression.in_(sa.bindparam(name, expanding=True, type_=NullType()))

    def _side_column(self, aliases: Sequence[sa.FromClause]) -> list[sa.ColumnElement[bool]]:
        if self.restricted_at is None:
            return []
        side = self.chain[self.restricted_at].own_restriction
        if not isinstance(side, SideTable):
            return []
        restricting = table_of(side.side_table, side.columns)
        record = aliases[self.restricted_at]
        return [
            sa.exists(
                sa.select(sa.literal(1)).where(*(restricting.c[a] == record.c[b] for a, b in side.columns.items()))
            )
        ]


def _of_the_row(own: Table) -> Iterator[tuple[int, str]]:
    parent = own.through.columns if own.through else ()
    return ((0, column) for column in (*own.key, *own.fields, *parent))


def _of_its_person(ways: tuple[Way, ...], chain: tuple[Table, ...]) -> Iterator[tuple[int, str]]:
    yield from ((depth, column) for depth, _, columns in ways for column in columns)
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


def _parameter(kind: IdentifierKind, of: Kind) -> str:
    return f"{kind}_{'integer' if of == 'integer' else 'text'}"


def _joined_by(chain: tuple[Table, ...], depth: int) -> frozenset[str]:
    """The columns to which the table below joins."""
    through = chain[depth - 1].through if depth else None
    return frozenset(through.columns.values()) if through else frozenset()


def _on(child: Table, below: sa.FromClause, above: sa.FromClause) -> sa.ColumnElement[bool]:
    assert child.through is not None
    return sa.and_(*(below.c[own] == above.c[parents] for own, parents in child.through.columns.items()))

"""What the map says of each table: categories, relations and dates, those of its parents included."""

from collections.abc import Iterator, Sequence

from connectors.sql.map import FromColumn, SqlMap, Table
from habeas.domain.descriptions import Described


def describe(sql_map: SqlMap) -> Sequence[Described]:
    """Each table of the map, as a collection."""
    return [_described(sql_map, name) for name in sql_map.tables]


def _described(sql_map: SqlMap, name: str) -> Described:
    chain = [sql_map.tables[each] for each in sql_map.chain(name)]
    table = chain[0]
    fields: dict[str, str | None] = dict(table.fields)
    fields |= dict.fromkeys(_without_category(table))
    anchors = frozenset(anchor for each in chain for anchor in each.anchors)
    return Described(name, fields, _relations(chain), anchors)


def _without_category(table: Table) -> Iterator[str]:
    """Columns that say something of people and that the map puts under no category; keys lead to rows, not people."""
    for _, columns in table.recognised_by:
        for column in columns:
            if column not in table.fields and column not in table.ignored and column not in table.key:
                yield column


def _relations(chain: Sequence[Table]) -> frozenset[str] | None:
    """The nearest that is said; None where a column tells."""
    for table in chain:
        if isinstance(table.relation, FromColumn):
            return None
        if table.relation is not None:
            return frozenset({table.relation})
    return frozenset()

"""The indexes that looking people up and deleting their rows takes, and that a database lacks."""

from collections.abc import Iterator

import sqlalchemy as sa

from connectors.sql.conditions import Conditions

_SQLITE = sa.text(
    "SELECT i.name FROM pragma_index_list(:name) AS l, pragma_index_info(l.name) AS i WHERE i.seqno = 0"
    " UNION SELECT name FROM pragma_table_info(:name) WHERE pk = 1"
)
_POSTGRESQL = sa.text(
    "SELECT a.attname FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
    " WHERE i.indrelid = to_regclass(:name)"
)


def index_statements(conditions: Conditions, connection: sa.Connection) -> Iterator[str]:
    """The statements that make them: over what people are recognised by, and over what joins rows to others.

    Without the second kind each row's deletion is a pass over every table whose foreign key may forbid it.
    """
    for name, table in conditions.sql_map.tables.items():
        for number, (kind, columns) in enumerate(table.recognised_by):
            if not conditions.can_be_indexed(name, columns):
                continue
            expression = conditions.expression(name, kind, columns)
            if "habeas_" not in expression:  # SQLite can't index by a function that only we have
                yield _statement(f"{name}_{kind}_{number}", conditions.sql_map.place(name), f"({expression})")
    prepare = conditions.dialect.identifier_preparer
    for number, (name, columns) in enumerate(sorted(_joined(conditions))):
        if not _leading(name, conditions, connection) & set(columns):
            yield _statement(f"{name}_join_{number}", name, ", ".join(prepare.quote(each) for each in columns))


def _joined(conditions: Conditions) -> set[tuple[str, tuple[str, ...]]]:
    """The columns by which rows hang on others: as the map joins them, and as foreign keys do."""
    tables = conditions.sql_map.tables
    by_map = {
        (conditions.sql_map.place(name), tuple(table.through.columns))
        for name, table in tables.items()
        if table.through
    }
    mapped = (live for name, live in conditions.live.tables.items() if name in tables)
    return by_map | {(each.table, each.columns) for live in mapped for each in live.referred_by}


def _leading(name: str, conditions: Conditions, connection: sa.Connection) -> set[str]:
    """The first column of each index of a table."""
    if conditions.dialect.name == "sqlite":
        return set(connection.scalars(_SQLITE, {"name": name}))
    schema, _, bare = name.rpartition(".")
    quoted = conditions.dialect.identifier_preparer.format_table(sa.table(bare, schema=schema or None))
    return set(connection.scalars(_POSTGRESQL, {"name": quoted}))


def _statement(index: str, name: str, what: str) -> str:
    return f"CREATE INDEX IF NOT EXISTS habeas_{index.replace('.', '_')} ON {name} ({what})"

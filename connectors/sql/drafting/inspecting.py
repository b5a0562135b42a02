"""Reading a database's catalogue, and a few values of each column for their shapes."""

import warnings
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SAWarning

from connectors.sql.drafting.json_paths import email_paths
from connectors.sql.drafting.shapes import Shape, shapes_of
from connectors.sql.live import LiveTable, every_table, table_of

_SAMPLE_ROWS = 200


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key: own columns and, by the same places, those of the table it refers to."""

    table: str
    own: tuple[str, ...]
    theirs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inspected:
    """One table as it is; `key` is empty where nothing names one row."""

    name: str
    live: LiveTable
    types: Mapping[str, sa.types.TypeEngine[object]]
    key: tuple[str, ...]
    references: tuple[Reference, ...]
    shapes: Mapping[str, Mapping[Shape, float]]
    emails_in_json: Mapping[str, tuple[str, ...]]
    """By column the paths at which e-mail addresses stand."""

    @property
    def referring(self) -> frozenset[str]:
        """The columns that refer to other tables."""
        return frozenset(column for each in self.references for column in each.own)


def inspect(
    connection: sa.Connection, *, tables: Collection[str], schemas: Collection[str], today: date
) -> dict[str, Inspected]:
    """All tables of these schemas (of the default one if none is named), or those of them that are named."""
    inspector = sa.inspect(connection)
    found: dict[str, Inspected] = {}
    for schema in schemas or (None,):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # of types that nobody has told SQLAlchemy of
            columns = inspector.get_multi_columns(schema)
            keys = inspector.get_multi_pk_constraint(schema)
            references = inspector.get_multi_foreign_keys(schema)
            live = every_table(inspector, schema)
        for name, table in live.items():
            if tables and name not in tables:
                continue
            here = (schema, name.removeprefix(f"{schema}."))
            values = _sampled(connection, name, table)
            found[name] = Inspected(
                name,
                table,
                {each["name"]: each["type"] for each in columns[here]},
                _key(keys[here]["constrained_columns"], table) if here in keys else _key([], table),
                tuple(_references(references.get(here, []), schema)),
                {column: shapes_of(some, today=today) for column, some in values.items()},
                {column: paths for column, some in values.items() if (paths := email_paths(some, today=today))},
            )
    return found


def _key(primary: Iterable[str], table: LiveTable) -> tuple[str, ...]:
    """One number where there is one; else the primary key, or the fewest columns that are unique and never empty."""
    columns: tuple[str, ...] = tuple(primary)
    unique = [each for each in table.unique if not any(table.columns[column].nullable for column in each)]
    numbers = sorted(min(each) for each in unique if len(each) == 1 and table.columns[min(each)].kind == "integer")
    if numbers and (len(columns) != 1 or table.columns[columns[0]].kind == "text"):
        return ("id",) if "id" in numbers else (numbers[0],)
    fewest: frozenset[str] = min(unique, key=lambda each: (len(each), sorted(each)), default=frozenset())
    return columns or tuple(sorted(fewest))


def _references(foreign_keys: Iterable[Mapping[str, object]], schema: str | None) -> Iterable[Reference]:
    for each in foreign_keys:
        there, table = each["referred_schema"], str(each["referred_table"])
        own, theirs = each["constrained_columns"], each["referred_columns"]
        assert isinstance(own, list)
        assert isinstance(theirs, list)
        if there is None and schema is not None:
            continue  # into the default schema, by a name that is not ours to guess
        yield Reference(f"{there}.{table}" if there else table, tuple(own), tuple(theirs))


def _sampled(connection: sa.Connection, name: str, table: LiveTable) -> dict[str, list[object]]:
    columns = list(table.columns)
    try:
        rows = connection.execute(sa.select(*table_of(name, columns).c).limit(_SAMPLE_ROWS)).all()
    except DBAPIError:  # a table that may be seen and not read: its names have to do
        connection.rollback()
        return {}
    return {column: [row[place] for row in rows] for place, column in enumerate(columns)}

"""The schema as the database has it now."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import types
from sqlalchemy.engine.reflection import Inspector

from connectors.sql.map import MoveTo, SideTable, SqlMap

Kind = Literal["text", "boolean", "integer", "other"]
_SQLITE_UNIQUE = sa.text(
    "SELECT l.name, i.name FROM pragma_index_list(:name) AS l, pragma_index_info(l.name) AS i"
    ' WHERE l."unique" AND NOT l.partial'
)
_SQLITE_DEFERRED = sa.text("SELECT name FROM sqlite_master WHERE upper(sql) LIKE '%INITIALLY%DEFERRED%'")
_POSTGRESQL_TYPES = sa.text(
    "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute AS a"
    " JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE n.nspname = :schema AND a.attnum > 0 AND NOT a.attisdropped"
)
_CATALOGUE = "information_schema"
_CLEARED_BY_DATABASE = {"CASCADE", "SET NULL", "SET DEFAULT"}


@dataclass(frozen=True, slots=True)
class LiveColumn:
    """`declared` is the type as PostgreSQL writes it in a cast; SQLite needs none."""

    kind: Kind
    nullable: bool
    declared: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key: from one table's columns to another's."""

    table: str
    columns: tuple[str, ...]
    to_table: str
    to_columns: tuple[str, ...]
    blocks: bool
    """True if it forbids deleting a row to which another refers."""
    deferred: bool = False
    """True if it says so only when the transaction ends."""


@dataclass(frozen=True, slots=True)
class LiveTable:
    """A table; `unique` are the sets of columns no two rows share, and those of the key; `in_json` its JSON."""

    clause: sa.TableClause
    columns: Mapping[str, LiveColumn]
    unique: frozenset[frozenset[str]]
    referred_by: tuple[Reference, ...] = ()
    refers: tuple[Reference, ...] = ()
    in_json: frozenset[str] = frozenset()

    @property
    def blocked_by(self) -> frozenset[str]:
        """The tables whose foreign keys forbid deleting a row to which they refer."""
        return frozenset(each.table for each in self.referred_by if each.blocks)

    def is_unique(self, columns: frozenset[str]) -> bool:
        """True if no two rows share all of these columns."""
        return any(each <= columns for each in self.unique)


@dataclass(frozen=True, slots=True)
class LiveSchema:
    """The tables that the map names and the database has, and the map's collections in the order of deleting.

    A table is also under the name of each collection that is in it.
    """

    tables: Mapping[str, LiveTable]
    children_first: tuple[str, ...]


def table_of(name: str, columns: Iterable[str]) -> sa.TableClause:
    """A table for building statements; `schema.table` names one outside the default schema.

    Its columns have no type, so that values come as the driver gives them and go as the database takes them.
    """
    schema, _, bare = name.rpartition(".")
    return sa.table(bare, *(sa.column(each) for each in columns), schema=schema or None)


def untyped(value: object) -> sa.BindParameter[Any]:
    """A value as a parameter whose type the database infers from where it stands."""
    return sa.bindparam(None, value, type_=types.NullType(), unique=True)


def read_schema(connection: sa.Connection, sql_map: SqlMap) -> LiveSchema:
    """Look at the database's own catalogue."""
    inspector = sa.inspect(connection)
    by_schema: dict[str, set[str]] = {}
    for name in _named(sql_map):
        prefix, _, bare = name.rpartition(".")
        by_schema.setdefault(prefix, set()).add(bare)
    tables: dict[str, LiveTable] = {}
    for prefix, names in by_schema.items():
        tables |= _read_tables(inspector, prefix or None, names)
    tables = {name: replace(each, in_json=sql_map.in_json(name)) for name, each in tables.items()}
    order = _children_first(sql_map, tables)
    shared = {name: tables[sql_map.place(name)] for name in sql_map.tables if sql_map.place(name) in tables}
    return LiveSchema(tables | shared, order)


def every_table(inspector: Inspector, schema: str | None) -> dict[str, LiveTable]:
    """All tables of one schema, or of the default one, without its views."""
    return _read_tables(inspector, schema, set(inspector.get_table_names(schema)))


def _named(sql_map: SqlMap) -> set[str]:
    names = {sql_map.place(name) for name in sql_map.tables}
    for table in sql_map.tables.values():
        match table.own_restriction:
            case MoveTo(move_to=target) | SideTable(side_table=target):
                names.add(target)
            case _:
                pass
    return names


def _read_tables(inspector: Inspector, schema: str | None, names: set[str]) -> dict[str, LiveTable]:
    present = sorted(names & {*inspector.get_table_names(schema), *inspector.get_view_names(schema)})
    if not present:
        return {}
    columns = inspector.get_multi_columns(schema, present, kind=sa.engine.reflection.ObjectKind.ANY)
    keys = inspector.get_multi_pk_constraint(schema, present)
    indexes = _unique_indexes(inspector, schema, present)
    references = list(_references(inspector, schema))  # of all tables: any may forbid a deletion
    declared = _declared(inspector, schema)
    tables = {}
    for bare in present:
        here, full = (schema, bare), _full(schema, bare)
        unique = [keys[here]["constrained_columns"] if here in keys else [], *indexes[bare]]
        tables[full] = LiveTable(
            table_of(full, (each["name"] for each in columns[here])),
            {
                each["name"]: LiveColumn(
                    _kind(each["type"]), each["nullable"], declared.get((bare, each["name"]), "text")
                )
                for each in columns[here]
            },
            frozenset(frozenset(each) for each in unique if each),
            tuple(each for each in references if each.to_table == full),
            tuple(each for each in references if each.table == full),
        )
    return tables


def _references(inspector: Inspector, schema: str | None) -> Iterator[Reference]:
    default, schemas = inspector.default_schema_name, [schema]
    if inspector.dialect.name == "postgresql":  # a table may be referred to from another schema
        schemas += [each for each in inspector.get_schema_names() if each not in {schema or default, _CATALOGUE}]
    late = _deferring(inspector)
    for where in schemas:
        for (_, bare), found in inspector.get_multi_foreign_keys(where).items():
            for each in found:
                options = each.get("options", {})
                target = each["referred_schema"] or default
                yield Reference(
                    _full(where, bare),
                    tuple(each["constrained_columns"]),
                    _full(schema if target == (schema or default) else target, each["referred_table"]),
                    tuple(each["referred_columns"]),
                    blocks=(options.get("ondelete") or "").upper() not in _CLEARED_BY_DATABASE,
                    deferred=bare in late or (options.get("initially") or "").upper() == "DEFERRED",
                )


def _deferring(inspector: Inspector) -> frozenset[str]:
    """Of SQLite the tables that may have deferred foreign keys: only their text tells."""
    if inspector.dialect.name != "sqlite":
        return frozenset()
    assert isinstance(inspector.bind, sa.Connection)
    return frozenset(inspector.bind.scalars(_SQLITE_DEFERRED))


def _declared(inspector: Inspector, schema: str | None) -> dict[tuple[str, str], str]:
    """Each column's type as PostgreSQL writes it, domains and types of the database's own included."""
    if inspector.dialect.name != "postgresql":
        return {}
    assert isinstance(inspector.bind, sa.Connection)
    parameters = {"schema": schema or inspector.default_schema_name}
    return {(table, column): of for table, column, of in inspector.bind.execute(_POSTGRESQL_TYPES, parameters)}


def _unique_indexes(inspector: Inspector, schema: str | None, names: list[str]) -> dict[str, list[list[str]]]:
    """The columns of each unique index or constraint, save those over expressions or only some of the rows."""
    found: dict[str, list[list[str]]] = {name: [] for name in names}
    if inspector.dialect.name == "sqlite":  # whose reflection warns of every index over an expression
        assert isinstance(inspector.bind, sa.Connection)
        for name in names:
            columns: dict[str, list[str | None]] = {}
            for index, column in inspector.bind.execute(_SQLITE_UNIQUE, {"name": name}):
                columns.setdefault(index, []).append(column)
            found[name] += [[each for each in one if each] for one in columns.values() if None not in one]
        return found
    for (_, name), indexes in inspector.get_multi_indexes(schema, names).items():
        for each in indexes:
            whole = not each.get("dialect_options", {}).get("postgresql_where")
            if each["unique"] and whole and None not in each["column_names"]:
                found[name].append([column for column in each["column_names"] if column])
    return found


def _full(schema: str | None, bare: str) -> str:
    return f"{schema}.{bare}" if schema else bare


def _kind(of: types.TypeEngine[object]) -> Kind:
    match of:
        case types.String():
            return "text"
        case types.Boolean():
            return "boolean"
        case types.Integer():
            return "integer"
        case _:
            return "other"


def _referring(tables: Mapping[str, LiveTable], name: str) -> set[str]:
    return {each.table for each in tables[name].referred_by} - {name} if name in tables else set()


def _children_first(sql_map: SqlMap, tables: Mapping[str, LiveTable]) -> tuple[str, ...]:
    """Whoever refers to a row comes before it: by the map's joins and the database's own foreign keys."""
    joins: dict[str, set[str]] = {name: set() for name in sorted(sql_map.tables)}
    for name, table in sorted(sql_map.tables.items()):
        if table.through:
            joins[table.through.table].add(name)
    inside: dict[str, set[str]] = {}
    for name in joins:
        inside.setdefault(sql_map.place(name), set()).add(name)
    every = {
        name: children.union(*(inside.get(each, set()) for each in _referring(tables, sql_map.place(name))))
        for name, children in joins.items()
    }
    try:
        return tuple(TopologicalSorter(every).static_order())
    except CycleError:  # tables that refer to each other: the map's own joins have no circle
        return tuple(TopologicalSorter(joins).static_order())

"""The texts of a PostgreSQL database: all columns that can be read as text, in all schemas that the user may see."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from connectors.sql.live import table_of
from connectors.sql.sweeping_texts import (
    NOT_ALLOWED,
    TOO_LARGE,
    TOO_LATE,
    VALUE_BYTES_MAX,
    Known,
    Place,
    Text,
    bare,
)  # fmt: skip
from habeas.domain.records import Unsearched

# Of types: S text, U user-defined (json, xml, bytea, tsvector …), A arrays, C composite, X unknown, Z internal.
_COLUMNS = sa.text("""
    SELECT n.nspname, c.relname, c.relkind::text, a.attname,
           CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END = 'bytea'::regtype AS binary,
           has_schema_privilege(n.oid, 'USAGE') AND has_column_privilege(c.oid, a.attnum, 'SELECT') AS readable
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
     WHERE c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition
       AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND coalesce(e.typcategory, t.typcategory) IN ('S', 'U', 'A', 'C', 'X', 'Z')
       AND coalesce(e.oid, t.oid) NOT IN ('uuid'::regtype, 'pg_lsn'::regtype, 'txid_snapshot'::regtype)
     ORDER BY n.nspname, c.relname, a.attnum""")
_LARGE_OBJECTS = sa.text("SELECT EXISTS (SELECT 1 FROM pg_largeobject_metadata)")
_ELSEWHERE = "a foreign table, whose rows are in another database"
_REASONS = {"57014": TOO_LATE, "55P03": TOO_LATE, "42501": NOT_ALLOWED}


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    binary: bool


class PostgresqlTexts:
    """See `Texts`. Each table is read in a transaction of its own, so that none is held open for long."""

    def __init__(self, connection: sa.Connection, pattern: str) -> None:
        self._connection = connection
        self._pattern = pattern
        self.default_schema: str | None = connection.scalar(sa.select(sa.func.current_schema()))
        self._columns: dict[str, list[_Column]] = {}
        self._names: dict[str, str] = {}
        self._partitioned: set[str] = set()
        self.unsearched: list[Unsearched] = []
        for schema, name, kind, column, binary, readable in connection.execute(_COLUMNS):
            table = bare(f"{schema}.{name}", self.default_schema)
            if kind == "f":
                self.unsearched.append(Unsearched(table, _ELSEWHERE))
            elif not readable:
                self.unsearched.append(Unsearched(f"{table}.{column}", NOT_ALLOWED))
            else:
                self._names[table] = f"{schema}.{name}"
                if kind == "p":
                    self._partitioned.add(table)
                self._columns.setdefault(table, []).append(_Column(column, binary))
        self.unsearched = list(dict.fromkeys(self.unsearched))
        if connection.scalar(_LARGE_OBJECTS):
            self.unsearched.append(Unsearched("large objects", "not text"))
        connection.rollback()

    @property
    def tables(self) -> Sequence[str]:
        """See `Texts`."""
        return tuple(self._columns)

    def of_table(self, table: str, known: Known | None, *, seconds: float) -> Iterator[Text | Unsearched]:
        """See `Texts`."""
        until = time.monotonic() + seconds
        columns = self._columns[table]
        places = [Place(table, each.name) for each in columns]
        keyed = [known is not None and each.name in known.columns for each in columns]
        too_large: set[Place] = set()
        try:
            self._connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            self._connection.exec_driver_sql("SET LOCAL row_security = off")  # rows that are hidden are an error
            self._connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
            for row in self._connection.execute(self._select(table, known), execution_options=_STREAMED):
                key = tuple(row[2 * len(columns) :])
                for position, place in enumerate(places):
                    if row[len(columns) + position]:
                        too_large.add(place)
                    elif row[position] is not None:
                        yield Text(place, row[position], key if keyed[position] else None)
                if time.monotonic() > until:
                    yield Unsearched(table, TOO_LATE)
                    break
        except DBAPIError as error:
            reason = _REASONS.get(getattr(error.orig, "sqlstate", None) or "")
            if reason is None or not isinstance(error.orig, psycopg.Error):
                raise
            yield Unsearched(table, reason)
        finally:
            self._connection.rollback()
        yield from (Unsearched(str(place), TOO_LARGE) for place in sorted(too_large))

    def _select(self, table: str, known: Known | None) -> sa.Select[tuple[object, ...]]:
        """The rows in which something fits, with just those values; all is decided in the database."""
        columns = self._columns[table]
        key = known.key if known else ()
        clause = table_of(self._names[table], [*(each.name for each in columns), *key])
        pattern = sa.bindparam("pattern", self._pattern, type_=sa.Text, unique=True)
        values, larges, wanted = [], [], []
        for each in columns:
            column = clause.c[each.name]
            large = sa.func.pg_column_size(column) > VALUE_BYTES_MAX
            text = sa.func.encode(column, "escape") if each.binary else sa.cast(column, sa.Text)
            fits = sa.case((large, sa.false()), else_=text.op("~*")(pattern))
            values.append(sa.case((fits, text)))
            larges.append(large)
            wanted += [fits, large]
        select = sa.select(*values, *larges, *(clause.c[each] for each in key)).where(sa.or_(*wanted))
        return select if table in self._partitioned else select.with_hint(clause, "ONLY", "postgresql")  # no heirs


_STREAMED = {"stream_results": True, "yield_per": 500}

"""What a sweep needs of a database, on either engine: its tables, and the texts in them that may name somebody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from connectors.sql.map import MoveTo, SqlMap
from habeas.domain.records import Record, Unsearched

VALUE_BYTES_MAX = 16 * 2**20
"""Of a single value; a longer one is not read, and that is said."""

NOT_ALLOWED = "not readable"
TOO_LATE = "not in time"
TOO_LARGE = "too large"


class Place(NamedTuple):
    """A column; the table without its schema where that is the default one."""

    table: str
    column: str

    def __str__(self) -> str:
        return ".".join(self)


@dataclass(frozen=True, slots=True)
class Text:
    """One value that may name somebody. `key` says which row it is where the map knows row and column, else None."""

    place: Place
    text: str
    key: tuple[object, ...] | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the map knows of a table: by what its rows are named, and which columns hold what the search finds."""

    key: tuple[str, ...]
    columns: frozenset[str]


class Texts(Protocol):
    """A database as a sweep reads it."""

    @property
    def default_schema(self) -> str | None:
        """The one whose tables are named without it; None where there are none."""

    @property
    def tables(self) -> Sequence[str]:
        """Every table that can be read."""

    @property
    def unsearched(self) -> Sequence[Unsearched]:
        """The tables and columns that can't."""

    def of_table(self, table: str, known: Known | None, *, seconds: float) -> Iterator[Text | Unsearched]:
        """The texts of one table that may name somebody, read once; what took too long or was too large is said."""


def known_tables(sql_map: SqlMap, default_schema: str | None) -> dict[str, Known]:
    """What the map knows, by the tables' names as a sweep has them."""
    known: dict[str, Known] = {}
    for name, table in sql_map.tables.items():
        places = [sql_map.place(name)]
        if isinstance(table.own_restriction, MoveTo):
            places.append(table.own_restriction.move_to)
        for place in (bare(each, default_schema) for each in places):
            before = known[place].columns if place in known else frozenset()
            known[place] = Known(table.key, before | (table.mentioned - table.ignored))
    return known


def row_of(record: Record, default_schema: str | None) -> tuple[str, tuple[object, ...]] | None:
    """The table and key of a record that the search found."""
    table, key = record.locator.get("table"), record.locator.get("key")
    if not isinstance(table, str) or not isinstance(key, list):
        return None
    return bare(table, default_schema), tuple(key)


def bare(name: str, default_schema: str | None) -> str:
    """A table's name without the schema in which names without one are looked up."""
    return name.removeprefix(f"{default_schema}.") if default_schema else name

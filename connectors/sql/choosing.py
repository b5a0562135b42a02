"""Choosing rows by any number of keys in one statement whose text is always the same, so that it is prepared once.

PostgreSQL gets the keys as arrays, SQLite as JSON: neither has to read a list of parameters that is new each time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
import sqlalchemy as sa

from connectors.sql.changes import Key, Row, Tie
from connectors.sql.json_sql import digest
from connectors.sql.live import LiveTable
from habeas.domain.records import Scalar

Shape = tuple[tuple[str, ...], ...]
"""The sets of columns that tie rows to the person, in the order in which they came up."""
Where = sa.ColumnElement[bool] | sa.TextClause


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rows by their keys, as long as they still hold something that ties them to the person.

    All rows are one person's, so it is enough that a row holds what tied any of them.
    """

    rows: Sequence[Row]
    shape: Shape
    ties: tuple[tuple[Key, ...], ...]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Chosen":
        found: dict[tuple[str, ...], dict[Key, None]] = {}
        last: tuple[Tie, ...] = ()
        for row in rows:
            if row.ties is last:
                continue
            last = row.ties
            for columns, values in last:
                found.setdefault(columns, {})[values] = None
        return cls(rows, tuple(found), tuple(tuple(each) for each in found.values()))

    def parameters(self, dialect: str, key_columns: int) -> dict[str, object]:
        """What `conditions` is executed with."""
        parameters = packed("key", [row.key for row in self.rows], key_columns, dialect)
        for number, (columns, values) in enumerate(zip(self.shape, self.ties, strict=True)):
            parameters |= packed(f"tie{number}_", values, len(columns), dialect)
        return parameters


def conditions(table: LiveTable, key: Sequence[str], shape: Shape, dialect: sa.Dialect) -> list[Where]:
    """The conditions by which a statement chooses rows."""
    ties = [among(table, columns, f"tie{number}_", dialect) for number, columns in enumerate(shape)]
    return [among(table, key, "key", dialect), *([sa.or_(*ties)] if ties else [])]


def keyed(table: LiveTable, key: Sequence[str], dialect: sa.Dialect) -> list[Where]:
    """By the keys alone."""
    return [among(table, key, "key", dialect)]


def among(table: LiveTable, columns: Sequence[str], name: str, dialect: sa.Dialect) -> Where:
    """True of the rows whose columns together are one of the values."""
    prepare = dialect.identifier_preparer
    place = prepare.format_table(table.clause)
    quoted = [f"{place}.{prepare.quote(each)}".replace(":", "\\:") for each in columns]
    quoted = [
        digest(text, dialect.name) if each in table.in_json else text
        for each, text in zip(columns, quoted, strict=True)
    ]
    if dialect.name == "sqlite":
        if len(quoted) == 1:
            text = f"{quoted[0]} IN (SELECT value FROM json_each(:{name}))"  # noqa: S608
        else:
            parts = ", ".join(f"json_extract(value, '$[{each}]')" for each in range(len(quoted)))
            text = f"({', '.join(quoted)}) IN (SELECT {parts} FROM json_each(:{name}))"  # noqa: S608
    else:
        arrays = [f"CAST(:{name}{at} AS {_compared(table, each)}[])" for at, each in enumerate(columns)]
        if len(quoted) == 1:
            text = f"{quoted[0]} = ANY ({arrays[0]})"
        else:
            text = f"({', '.join(quoted)}) IN (SELECT * FROM unnest({', '.join(arrays)}))"  # noqa: S608
    return sa.text(text)


def _compared(table: LiveTable, column: str) -> str:
    return "text" if column in table.in_json else table.columns[column].declared


def packed(name: str, values: Sequence[Key], columns: int, dialect: str) -> dict[str, object]:
    if dialect == "sqlite":
        plain = [each[0] for each in values] if columns == 1 else values
        return {name: orjson.dumps(plain).decode()}
    return {f"{name}{at}": _array([each[at] for each in values]) for at in range(columns)}


def _array(values: list[Scalar]) -> list[Scalar] | str:
    """Of whole numbers as PostgreSQL writes it: the driver takes longer, and another type for each size of number."""
    if set(map(type, values)) <= {int}:
        return f"{{{','.join(map(str, values))}}}"
    return values

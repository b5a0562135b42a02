"""What erasing and anonymising put into a column, as SQL."""

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import NullType, UserDefinedType

from connectors.sql.changes import Step, Verb
from connectors.sql.live import LiveTable, untyped
from connectors.sql.map import Flag, Table, Value
from connectors.sql.pseudonyms import PSEUDONYM, pseudonym
from connectors.sql.restricting import flag_change

Assignments = dict[str, sa.ColumnElement[Any]]
Where = sa.ColumnElement[bool]


def assignments(step: Step, mapped: Table, table: LiveTable) -> tuple[Assignments, list[Where]]:
    """What a step sets, and the conditions that one of it isn't so yet."""
    sets: Assignments = {}
    differs: list[Where] = []
    for name, verb in sorted(step.columns):
        if name in mapped.json_fields:
            continue
        sets[name] = _filled(replacement(mapped, name, verb), mapped, table.clause, pseudonym=f"pseudonym_of_{name}")
        differs.append(_differs(table.clause.c[name], sets[name]))
    for name, value in mapped.erased_marks.items() if step.marked else ():
        mark, unmarked = flag_change(Flag(flag=name, value=None if value == "{now}" else value), "restricted", table)
        sets |= mark
        differs.append(unmarked)
    way = mapped.own_restriction
    if step.restriction and isinstance(way, Flag):
        flag, unflagged = flag_change(way, step.restriction, table)
        sets |= flag
        differs.append(unflagged)
    return sets, differs


def fills_columns(step: Step, mapped: Table) -> bool:
    """True if `assignments` sets anything."""
    return (
        any(name not in mapped.json_fields for name, _ in step.columns)
        or bool(step.marked and mapped.erased_marks)
        or bool(step.restriction and isinstance(mapped.own_restriction, Flag))
    )


def pseudonyms(step: Step, mapped: Table, token: str) -> dict[str, object]:
    """What the pseudonyms in `assignments` are executed with."""
    values = {name: replacement(mapped, name, verb) for name, verb in step.columns}
    return {
        f"pseudonym_of_{name}": pseudonym(token, f"{step.collection}.{name}")
        for name, value in values.items()
        if isinstance(value, str) and PSEUDONYM in value
    }


def replacement(mapped: Table, name: str, verb: Verb) -> Value:
    """What the map puts in place of a field; None empties it."""
    value = mapped.replacements.get(name)
    return mapped.anonymised.get(name, value) if verb == "anonymised" else value


def _filled(value: Value, mapped: Table, clause: sa.TableClause, *, pseudonym: str) -> sa.ColumnElement[Any]:
    """A replacement as SQL; `{key}` in it is the row's own key, `{pseudonym}` a parameter."""
    if value is None:
        return sa.null()
    if not isinstance(value, str) or not ("{key}" in value or PSEUDONYM in value):
        return untyped(value)
    key: sa.ColumnElement[str] = sa.cast(clause.c[mapped.key[0]], sa.Text)
    for column in mapped.key[1:]:
        key = key + "/" + sa.cast(clause.c[column], sa.Text)
    filled: sa.ColumnElement[str] = sa.literal("", sa.Text)
    for part in re.split(r"(\{key\}|\{pseudonym\})", value):
        match part:
            case "{key}":
                filled = filled + key
            case "{pseudonym}":
                filled = filled + sa.bindparam(pseudonym, type_=sa.Text, required=False)
            case _:
                filled = filled + sa.literal(part, sa.Text)
    return filled


def _differs(column: sa.ColumnElement[Any], value: sa.ColumnElement[Any]) -> Where:
    return column.is_not(None) if isinstance(value, sa.Null) else column.is_distinct_from(value)


def corrected(
    table: LiveTable, name: str, parameter: str, dialect: sa.Dialect, *, required: bool = False
) -> sa.ColumnElement[Any]:
    """A new value, which comes as text, in the column's own type."""
    if dialect.name == "sqlite":  # which converts it to what the column holds
        return sa.bindparam(parameter, type_=NullType(), required=required)
    return sa.cast(sa.bindparam(parameter, type_=sa.Text, required=required), _Declared(table.columns[name].declared))


class _Declared(UserDefinedType[Any]):
    """A type as the database itself writes it."""

    cache_ok = True

    def __init__(self, declared: str) -> None:
        self.declared = declared

    def get_col_spec(self, **_: object) -> str:
        return self.declared

"""What erasing and anonymising put into a column, as SQL."""

from typing import Any

import sqlalchemy as sa

from connectors.sql.changes import Step, Verb
from connectors.sql.live import LiveTable, untyped
from connectors.sql.map import Flag, Table, Value
from connectors.sql.restricting import flag_change

Assignments = dict[str, sa.ColumnElement[Any]]
Where = sa.ColumnElement[bool]


def assignments(step: Step, mapped: Table, table: LiveTable) -> tuple[Assignments, list[Where]]:
    """What a step sets, and the conditions that one of it isn't so yet."""
    sets: Assignments = {}
    differs: list[Where] = []
    for name, verb in sorted(step.columns):
        sets[name] = _filled(_value(mapped, name, verb), mapped, table.clause)
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


def _value(mapped: Table, name: str, verb: Verb) -> Value:
    value = mapped.replacements.get(name)
    return mapped.anonymised.get(name, value) if verb == "anonymised" else value


def _filled(value: Value, mapped: Table, clause: sa.TableClause) -> sa.ColumnElement[Any]:
    """A replacement as SQL; `{key}` in it is the row's own key."""
    if value is None:
        return sa.null()
    if not isinstance(value, str) or "{key}" not in value:
        return untyped(value)
    key: sa.ColumnElement[str] = sa.cast(clause.c[mapped.key[0]], sa.Text)
    for column in mapped.key[1:]:
        key = key + "/" + sa.cast(clause.c[column], sa.Text)
    before, *rest = (sa.literal(part, sa.Text) for part in value.split("{key}"))
    filled: sa.ColumnElement[str] = before
    for part in rest:
        filled = filled + key + part
    return filled


def _differs(column: sa.ColumnElement[Any], value: sa.ColumnElement[Any]) -> Where:
    return column.is_not(None) if isinstance(value, sa.Null) else column.is_distinct_from(value)

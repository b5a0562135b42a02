"""Taking rows out of use, and back: by a flag, by a move to another table, or by a row beside."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, assert_never

import sqlalchemy as sa

from connectors.sql.changes import Restriction
from connectors.sql.choosing import Where
from connectors.sql.live import LiveSchema, LiveTable, untyped
from connectors.sql.map import Flag, MoveTo, SideTable
from connectors.sql.map import Restriction as Way

Chooses = Callable[[LiveTable], Sequence[Where]]
"""The conditions that choose the rows, in terms of the table where they are."""
Make = Callable[[], sa.Executable]


def restricting(name: str, way: Way, verb: Restriction, live: LiveSchema, chooses: Chooses) -> Iterator[Make]:
    """The statements that restrict or lift the chosen rows of a table; the first one's row count is of them."""
    match way:
        case Flag():
            yield lambda: _flag(live.tables[name], way, verb, chooses)
        case MoveTo(move_to=target):
            here, there = (name, target) if verb == "restricted" else (target, name)
            yield lambda: _copy(live.tables[here], live.tables[there], chooses)
            yield lambda: sa.delete(live.tables[here].clause).where(*chooses(live.tables[here]))
        case SideTable(side_table=beside):
            change = _mark_beside if verb == "restricted" else _unmark
            yield lambda: change(live.tables[beside].clause, live.tables[name], way, chooses)
        case _:
            assert_never(way)


def not_restricted(name: str, way: Way, live: LiveSchema, chooses: Chooses) -> sa.Select[tuple[int]]:
    """How many of the chosen rows are in use still."""
    table = live.tables[name]
    open_ = sa.select(sa.func.count()).select_from(table.clause).where(*chooses(table))
    match way:
        case Flag():
            return open_.where(flag_change(way, "restricted", table)[1])
        case MoveTo():
            return open_
        case SideTable(side_table=beside):
            return open_.where(~_is_beside(live.tables[beside].clause, table, way))
        case _:
            assert_never(way)


def _flag(table: LiveTable, way: Flag, verb: Restriction, chooses: Chooses) -> sa.Update:
    assignment, differs = flag_change(way, verb, table)
    return sa.update(table.clause).where(*chooses(table), differs).values(assignment)


def _copy(here: LiveTable, there: LiveTable, chooses: Chooses) -> sa.Insert:
    both = [column for column in here.columns if column in there.columns]
    copied = sa.select(*(here.clause.c[column] for column in both)).where(*chooses(here))
    return sa.insert(there.clause).from_select(both, copied)


def _mark_beside(side: sa.TableClause, table: LiveTable, way: SideTable, chooses: Chooses) -> sa.Insert:
    rows = table.clause
    columns = {beside: rows.c[own] for beside, own in way.columns.items()}
    values: dict[str, sa.ColumnElement[Any]] = {**columns, **({way.since: sa.func.now()} if way.since else {})}
    new = sa.select(*values.values()).where(*chooses(table), ~_is_beside(side, table, way))
    return sa.insert(side).from_select(list(values), new)


def _is_beside(side: sa.TableClause, table: LiveTable, way: SideTable) -> sa.ColumnElement[bool]:
    pairs = (side.c[beside] == table.clause.c[own] for beside, own in way.columns.items())
    return sa.exists(sa.select(sa.literal(1)).where(*pairs).correlate(table.clause))


def _unmark(side: sa.TableClause, table: LiveTable, way: SideTable, chooses: Chooses) -> sa.Delete:
    rows = table.clause
    pairs = (side.c[beside] == rows.c[own] for beside, own in way.columns.items())
    of_them = sa.exists(sa.select(sa.literal(1)).select_from(rows).where(*pairs, *chooses(table)).correlate(side))
    return sa.delete(side).where(of_them)


def flag_change(
    way: Flag, verb: Restriction, table: LiveTable
) -> tuple[dict[str, sa.ColumnElement[Any]], sa.ColumnElement[bool]]:
    """What to set a flag to, and the condition that it isn't so yet."""
    column, live = table.clause.c[way.flag], table.columns[way.flag]
    if verb == "restricted":
        value = {"boolean": True, "integer": 1}.get(live.kind) if way.value is None else way.value
        if value is None:
            now = sa.cast(sa.func.now(), sa.Text) if live.kind == "text" else sa.func.now()
            return {way.flag: sa.func.coalesce(column, now)}, column.is_(None)
    else:
        value = {"boolean": False}.get(live.kind) if way.lifted is None else way.lifted
        if value is None and live.nullable:
            return {way.flag: sa.null()}, column.is_not(None)
    filled = untyped(0 if value is None else value)
    return {way.flag: filled}, column.is_distinct_from(filled)

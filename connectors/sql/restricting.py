"""Taking rows out of use, and back: by a flag, by a move to another table, or by a row beside."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, assert_never

import sqlalchemy as sa

from connectors.sql.changes import Restriction
from connectors.sql.live import LiveSchema, LiveTable, untyped
from connectors.sql.map import Flag, MoveTo, SideTable
from connectors.sql.map import Restriction as Way

Where = sa.ColumnElement[bool]
Chosen = Callable[[sa.TableClause], list[Where]]
"""The conditions that choose the rows, in terms of the table where they are."""


@dataclass(frozen=True, slots=True)
class Restricting:
    """Restricts rows in one transaction."""

    connection: sa.Connection
    live: LiveSchema

    def change(self, name: str, way: Way, verb: Restriction, chosen: Chosen) -> int:
        """Restrict or lift the chosen rows of a table; the number really changed."""
        match way:
            case Flag():
                table = self.live.tables[name]
                assignment, differs = flag_change(way, verb, table)
                statement = sa.update(table.clause).where(*chosen(table.clause), differs).values(assignment)
                return self.connection.execute(statement).rowcount
            case MoveTo(move_to=target):
                source, to = (name, target) if verb == "restricted" else (target, name)
                return self._move(source, to, chosen)
            case SideTable():
                return self._mark_beside(name, way, chosen) if verb == "restricted" else self._unmark(name, way, chosen)
            case _:
                assert_never(way)

    def _move(self, source: str, target: str, chosen: Chosen) -> int:
        here, there = self.live.tables[source], self.live.tables[target]
        both = [column for column in here.columns if column in there.columns]
        wheres = chosen(here.clause)
        copied = sa.select(*(here.clause.c[column] for column in both)).where(*wheres)
        moved = self.connection.execute(sa.insert(there.clause).from_select(both, copied)).rowcount
        if moved:
            self.connection.execute(sa.delete(here.clause).where(*wheres))
        return moved

    def _mark_beside(self, name: str, way: SideTable, chosen: Chosen) -> int:
        side, rows = self.live.tables[way.side_table].clause, self.live.tables[name].clause
        columns = {beside: rows.c[own] for beside, own in way.columns.items()}
        values: dict[str, sa.ColumnElement[Any]] = {**columns, **({way.since: sa.func.now()} if way.since else {})}
        there = sa.select(sa.literal(1)).where(*(side.c[beside] == own for beside, own in columns.items()))
        new = sa.select(*values.values()).where(*chosen(rows), ~sa.exists(there.correlate(rows)))
        return self.connection.execute(sa.insert(side).from_select(list(values), new)).rowcount

    def _unmark(self, name: str, way: SideTable, chosen: Chosen) -> int:
        side, rows = self.live.tables[way.side_table].clause, self.live.tables[name].clause
        pairs = (side.c[beside] == rows.c[own] for beside, own in way.columns.items())
        of_them = sa.exists(sa.select(sa.literal(1)).where(*pairs, *chosen(rows)).correlate(side))
        return self.connection.execute(sa.delete(side).where(of_them)).rowcount


def flag_change(way: Flag, verb: Restriction, table: LiveTable) -> tuple[dict[str, sa.ColumnElement[Any]], Where]:
    """What to set a flag to, and the condition that it isn't so yet."""
    column, live = table.clause.c[way.flag], table.columns[way.flag]
    if verb == "restricted":
        value = {"boolean": True, "integer": 1}.get(live.kind) if way.value is None else way.value
        if value is None:
            return {way.flag: sa.func.coalesce(column, sa.func.now())}, column.is_(None)
    else:
        value = {"boolean": False}.get(live.kind) if way.lifted is None else way.lifted
        if value is None and live.nullable:
            return {way.flag: sa.null()}, column.is_not(None)
    filled = untyped(0 if value is None else value)
    return {way.flag: filled}, column.is_distinct_from(filled)

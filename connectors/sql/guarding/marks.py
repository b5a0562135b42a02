"""By what SQL a row is known to be restricted: a flag of its own, a row beside it, or what restricts its parent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from connectors.sql.live import LiveColumn, LiveSchema
from connectors.sql.map import Flag, MoveTo, SideTable, SqlMap, Value

Column = Callable[[str], str]
"""The SQL for a column of the row that is asked about."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How rows of one collection are marked; `condition` is never NULL."""

    collection: str
    columns: tuple[str, ...]
    """Those of the row that `condition` looks at, in its order."""
    elsewhere: bool
    """True if other tables say so."""
    condition: Callable[[Column], str]


@dataclass(frozen=True, slots=True)
class Marks:
    """Those of one map. `named` gives a table's name as SQL, `quoted` a column's."""

    sql_map: SqlMap
    live: LiveSchema
    named: Callable[[str], str]
    quoted: Callable[[str], str]

    def by_place(self) -> dict[str, tuple[Mark, ...]]:
        """Each table whose rows stay where they are, with all that may restrict them."""
        found: dict[str, tuple[Mark, ...]] = {}
        for name in self.sql_map.tables:
            place, mark = self.sql_map.place(name), self._mark(name)
            if mark is not None:
                found[place] = (*found.get(place, ()), mark)
        return found

    def moved(self) -> dict[str, str]:
        """Each table whose rows are moved away to be restricted, and where to."""
        return {
            self.sql_map.place(name): table.own_restriction.move_to
            for name, table in self.sql_map.tables.items()
            if isinstance(table.own_restriction, MoveTo)
        }

    def side_tables(self) -> list[str]:
        """The tables whose rows restrict those of others."""
        ways = (table.own_restriction for table in self.sql_map.tables.values())
        return list(dict.fromkeys(way.side_table for way in ways if isinstance(way, SideTable)))

    def _mark(self, name: str) -> Mark | None:
        """None if the rows are moved away, or if the map has no way to restrict them."""
        chain = self.sql_map.chain(name)
        marked_at = next((at for at, each in enumerate(chain) if self.sql_map.tables[each].own_restriction), None)
        if marked_at is None:
            return None
        if marked_at:
            joined = self.sql_map.tables[name].through
            assert joined is not None
            return Mark(name, tuple(joined.columns), True, lambda own: self._above(chain[: marked_at + 1], own))
        match self.sql_map.tables[name].own_restriction:
            case Flag() as flag:
                return Mark(name, (flag.flag,), False, lambda own: self._flagged(name, flag, own))
            case SideTable() as side:
                return Mark(name, tuple(side.columns.values()), True, lambda own: self._beside(side, own))
            case _:
                return None

    def _above(self, chain: Sequence[str], own: Column) -> str:
        """A row above is restricted, some joins away."""
        top, last = chain[-1], len(chain) - 1
        way = self.sql_map.tables[top].own_restriction
        tables, joins = [], []
        for at, name in enumerate(chain[1:], start=1):
            gone = at == last and isinstance(way, MoveTo)
            place = way.move_to if gone and isinstance(way, MoveTo) else self.sql_map.place(name)
            tables.append(f"{self.named(place)} AS t{at}")
            through = self.sql_map.tables[chain[at - 1]].through
            assert through is not None
            below = own if at == 1 else self._of(at - 1)
            joins += [f"{self._of(at)(theirs)} = {below(ours)}" for ours, theirs in through.columns.items()]
        restricted = self._itself(top, self._of(last))
        return f"EXISTS (SELECT 1 FROM {', '.join(tables)} WHERE {' AND '.join([*joins, *restricted])})"  # noqa: S608 - quoted

    def _itself(self, name: str, own: Column) -> list[str]:
        match self.sql_map.tables[name].own_restriction:
            case Flag() as way:
                return [self._flagged(name, way, own)]
            case SideTable() as way:
                return [self._beside(way, own)]
            case MoveTo() | None:  # that it lies there says it
                return []
            case way:
                assert_never(way)

    def _of(self, at: int) -> Column:
        return lambda column: f"t{at}.{self.quoted(column)}"

    def _beside(self, way: SideTable, own: Column) -> str:
        pairs = " AND ".join(f"beside.{self.quoted(theirs)} = {own(ours)}" for theirs, ours in way.columns.items())
        return f"EXISTS (SELECT 1 FROM {self.named(way.side_table)} AS beside WHERE {pairs})"  # noqa: S608 - as above

    def _flagged(self, name: str, way: Flag, own: Column) -> str:
        """As `reading` understands a flag; two-valued, as NOT of an unknown would hide rows that are in use."""
        column = own(way.flag)
        if way.value is not None:
            return f"({column} IS NOT NULL AND {column} = {_literal(way.value)})"
        off = [_off(self.live.tables[name].columns[way.flag]), None if way.lifted is None else _literal(way.lifted)]
        differs = [f"{column} <> {each}" for each in off if each is not None]
        return f"({' AND '.join([f'{column} IS NOT NULL', *differs])})"


def _off(column: LiveColumn) -> str | None:
    """What a flag without a value of its own holds when it is not set, besides NULL."""
    return {"boolean": "FALSE", "integer": "0"}.get(column.kind)


def _literal(value: Value) -> str:
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case _:
            return str(value)

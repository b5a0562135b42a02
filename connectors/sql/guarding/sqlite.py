"""The SQL that guards an SQLite database: triggers refuse to change or delete what is restricted.

Nothing can refuse reading it, so there is a view of what is in use. https://www.sqlite.org/lang_createtrigger.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from connectors.sql.guarding.marks import Column, Mark, Marks
from connectors.sql.guarding.words import GUARDED, MOVED_AWAY, again, marked_only, remark
from connectors.sql.guarding.writing import MAKE, TABLE
from connectors.sql.live import LiveSchema
from connectors.sql.map import SqlMap
from habeas.errors import ConfigurationError
from habeas.ports import Guard, Problem

_IN_USE = "_in_use"
_ALL_BUT_READ = f"guarded from changes; programs have to read the views …{_IN_USE}"
_REFUSAL = "BEGIN SELECT RAISE(ABORT, 'what is restricted is stored only (GDPR, Article 18)'); END"
_MADE = sa.text("SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')")


@dataclass(frozen=True, slots=True)
class SqliteGuard:
    """The statements for one map, as the database is now."""

    sql_map: SqlMap
    live: LiveSchema
    connection: sa.Connection
    system: str

    @property
    def marks(self) -> Marks:
        return Marks(self.sql_map, self.live, self.quoted, self.quoted)

    def quoted(self, name: str) -> str:
        return self.connection.dialect.identifier_preparer.quote_identifier(name)

    def script(self, roles: Sequence[str]) -> str:
        """All of it, in one transaction. Raises ConfigurationError if roles are named."""
        if roles:
            raise ConfigurationError("SQLite knows no roles: leave --role out")
        lines = [
            remark(f"Keeps programs from changing what Habeas has restricted in {self.system} (GDPR, Article 18(2))."),
            "-- SQLite can't keep them from reading it: those that use or export it must read the views below.",
            "-- Run it once, and again when the map changes: sqlite3 THE_DATABASE < THIS_FILE",
            "BEGIN IMMEDIATE;",
            f"{MAKE};",
        ]
        for place in self._places():
            lines += ["", remark(place)]
            for name, statement in self._statements(place):
                kind = "VIEW" if statement.startswith("CREATE VIEW") else "TRIGGER"
                lines += [f"DROP {kind} IF EXISTS {self.quoted(name)};", f"{statement};"]
        return "\n".join([*lines, "COMMIT;", ""])

    def guards(self) -> Iterator[Guard]:
        """Each table of the map."""
        made = {row.name: row.sql for row in self.connection.execute(_MADE)}
        moved = self.marks.moved()
        for place in self._places():
            if place in moved.values():
                continue
            is_read = place in self.marks.by_place()
            how = _ALL_BUT_READ if is_read else GUARDED
            yield Guard(place, how, self._gap(place, made))
        for place, target in moved.items():
            gap = self._gap(target, made)
            yield Guard(
                place, MOVED_AWAY, gap and Problem(f"moved to {target}, where programs may change it", gap.remedy)
            )

    def _gap(self, place: str, made: Mapping[str, str]) -> Problem | None:
        wanted = dict(self._statements(place))
        if all(made.get(name) == statement for name, statement in wanted.items()):
            return None
        if wanted.keys() & made.keys():
            return Problem("guarded by another map than the one in use", again(self.system))
        return marked_only(self.system)

    def _places(self) -> list[str]:
        marks = self.marks
        return list(dict.fromkeys((*marks.by_place(), *marks.side_tables(), *marks.moved().values())))

    def _statements(self, place: str) -> Iterator[tuple[str, str]]:
        """Each trigger and view by its name, as SQLite keeps its text."""
        marks = self.marks.by_place().get(place, ())
        if not marks:  # a mark, or a row that was moved: nobody's but ours to change
            yield self._trigger(place, "update", "TRUE")
            yield self._trigger(place, "delete", "TRUE")
            return
        old = self._restricted(marks, "OLD")
        joining = [each.condition(self._column_of("NEW")) for each in marks if each.elsewhere]
        replacing = list(self._replaced(place, marks))
        yield self._trigger(place, "update", " OR ".join([old, *joining, *replacing]))
        yield self._trigger(place, "delete", old)
        if joining or replacing:
            yield self._trigger(place, "insert", " OR ".join([*joining, *replacing]))
        view, in_use = self.quoted(place + _IN_USE), f"NOT ({self._restricted(marks, 'own')})"
        yield place + _IN_USE, f"CREATE VIEW {view} AS SELECT * FROM {self.quoted(place)} AS own WHERE {in_use}"  # noqa: S608

    def _replaced(self, place: str, marks: Sequence[Mark]) -> Iterator[str]:
        """A restricted row that INSERT OR REPLACE would delete, which asks no trigger of deletion."""
        restricted = self._restricted(marks, "other")
        for unique in sorted(map(sorted, self.live.tables[place].unique)):
            same = " AND ".join(f"other.{self.quoted(each)} = NEW.{self.quoted(each)}" for each in unique)
            yield f"EXISTS (SELECT 1 FROM {self.quoted(place)} AS other WHERE {same} AND ({restricted}))"  # noqa: S608

    def _trigger(self, place: str, verb: str, when: str) -> tuple[str, str]:
        name = f"habeas_guard_{place}_{verb}"
        return name, (
            f"CREATE TRIGGER {self.quoted(name)}"  # noqa: S608 - quoted
            f" BEFORE {verb.upper()} ON {self.quoted(place)} FOR EACH ROW"
            f" WHEN ({when}) AND NOT EXISTS (SELECT 1 FROM {TABLE}) {_REFUSAL}"
        )

    def _restricted(self, marks: Sequence[Mark], row: str) -> str:
        return " OR ".join(each.condition(self._column_of(row)) for each in marks)

    def _column_of(self, row: str) -> Column:
        return lambda column: f"{row}.{self.quoted(column)}"

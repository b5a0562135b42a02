"""Deleting rows to which others may refer: what a foreign key keeps is emptied, and told."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from connectors.sql.batches import execute_all
from connectors.sql.changes import Row, Step, Verb
from connectors.sql.choosing import Chosen, Where, among, conditions, packed
from connectors.sql.executing import Execution
from connectors.sql.failures import ForbiddenError
from connectors.sql.live import LiveTable, Reference, table_of
from connectors.sql.ready import Ready
from connectors.sql.target import Target
from connectors.sql.values import key_text, scalar
from habeas.errors import PermanentError
from habeas.ports import RETAINED_BY_REFERENCE, Effects


class Deletion:
    """Deletes rows in one transaction. `held_back` are those which something still refers to."""

    def __init__(self, connection: sa.Connection, target: Target, execution: Execution, effects: Effects) -> None:
        self.held_back: dict[Step, list[Row]] = {}
        self.retained: set[tuple[str, str]] = set()
        """By collection and key the rows that are kept and could not be emptied of everything."""
        self._connection = connection
        self._target = target
        self._execution = execution
        self._effects = effects

    def may_be_forbidden(self, step: Step) -> bool:
        """True if it deletes rows to which a foreign key may refer."""
        return step.delete and bool(self._table(step).blocked_by)

    def needs_care(self, step: Step) -> bool:
        """True if it would be told too late that it is forbidden."""
        return step.delete and any(each.blocks and each.deferred for each in self._table(step).referred_by)

    def delete(self, step: Step, rows: Sequence[Row]) -> None:
        """Delete all of the rows. Raises sqlalchemy.exc.IntegrityError if one is referred to."""
        self.note(step, self._delete(step, rows, unreferred=False))

    def statement(self, step: Step, rows: Sequence[Row], *, unreferred: bool = False) -> Ready:
        """What deletes all of the rows, or those to which nothing refers."""
        chosen, table = Chosen.of(rows), self._table(step)

        def made() -> sa.Delete:
            free = [_unreferred(table, each) for each in table.referred_by if each.blocks] if unreferred else []
            return sa.delete(table.clause).where(*self._where(step, chosen), *free)

        name = (step, chosen.shape, unreferred)
        return self._target.prepared.ready(name, made, self._target.parameters(step, chosen))

    def note(self, step: Step, deleted: int) -> None:
        """Count rows that have been deleted."""
        self._effects.note(step.collection, "erased", deleted)

    def delete_what_may_be(self, step: Step, rows: Sequence[Row]) -> None:
        """Delete those of the rows to which nothing refers, and hold the others back."""
        if not self._table(step).blocked_by:
            self.delete(step, rows)
            return
        if not self.needs_care(step):
            try:
                with self._execution.as_before_if_forbidden(), self._connection.begin_nested():
                    self.delete(step, rows)
            except ForbiddenError:
                pass
            else:
                return
        try:
            with self._execution.as_before_if_forbidden(), self._connection.begin_nested():
                while deleted := self._delete(
                    step, rows, unreferred=True
                ):  # those of one table may refer to each other
                    self.note(step, deleted)
            self._hold_back(step, self._left_of(step, rows))
        except ForbiddenError:  # by a trigger, or by what has been added meanwhile
            if len(rows) == 1:
                self._hold_back(step, self._left_of(step, rows))
                return
            middle = len(rows) // 2
            self.delete_what_may_be(step, rows[:middle])
            self.delete_what_may_be(step, rows[middle:])

    def unlink(self, held: Mapping[Step, Sequence[Row]]) -> None:
        """Take from rows that are to be deleted what they refer to one another by, where it may be empty."""
        places = {step.table: step for step in held}
        for step, rows in held.items():
            tied = {column for row in rows for columns, _ in row.ties for column in columns}
            table, key = self._table(step), self._target.sql_map.tables[step.collection].key
            for each in table.refers:
                to = places.get(each.to_table)
                free = not tied.union(key) & set(each.columns) and all(table.columns[c].nullable for c in each.columns)
                if to and free and set(each.to_columns) == set(self._target.sql_map.tables[to.collection].key):
                    self._unlink(step, rows, each, (to, held[to]))

    def keep(self, step: Step, rows: Sequence[Row]) -> None:
        """Erase all columns that can be of rows that are kept by a foreign key."""
        mapped, table = self._target.sql_map.tables[step.collection], self._table(step)
        fields = mapped.own_fields
        free = fields & {
            *mapped.json_fields,
            *mapped.replacements,
            *(c for c, at in table.columns.items() if at.nullable),
        }
        can = free - set(mapped.key)
        columns: frozenset[tuple[str, Verb]] = frozenset((name, "erased") for name in can)
        self._execution.fill(Step(step.collection, step.table, columns=columns, marked=True), rows)
        self._effects.note(step.collection, RETAINED_BY_REFERENCE, len(rows))
        if fields - can:
            self.retained.update((step.collection, key_text(row.key)) for row in rows)

    def _table(self, step: Step) -> LiveTable:
        if step.table not in self._target.live.tables:
            raise PermanentError(f"the plan names {step.table}, which the map no longer has")
        return self._target.live.tables[step.table]

    def _hold_back(self, step: Step, rows: Sequence[Row]) -> None:
        if rows:
            self.held_back.setdefault(step, []).extend(rows)

    def _delete(self, step: Step, rows: Sequence[Row], *, unreferred: bool) -> int:
        (deleted,) = execute_all(self._connection, [self.statement(step, rows, unreferred=unreferred)])
        return deleted

    def _left_of(self, step: Step, rows: Sequence[Row]) -> list[Row]:
        chosen, table = Chosen.of(rows), self._table(step)
        key = self._target.sql_map.tables[step.collection].key

        def made() -> sa.Select[tuple[object, ...]]:
            return sa.select(*(table.clause.c[each] for each in key)).where(*self._where(step, chosen))

        parameters = self._target.parameters(step, chosen)
        found = self._target.prepared.run(self._connection, (step, chosen.shape, "left"), made, parameters)
        left = {tuple(scalar(each) for each in row) for row in found}
        return [row for row in rows if row.key in left]

    def _unlink(self, step: Step, rows: Sequence[Row], by: Reference, to: tuple[Step, Sequence[Row]]) -> None:
        """Both ends are rows that are to be deleted; what anybody else refers to stays."""
        chosen, table = Chosen.of(rows), self._table(step)
        target_key = self._target.sql_map.tables[to[0].collection].key
        columns = [by.columns[by.to_columns.index(each)] for each in target_key]
        dialect = self._target.prepared.dialect

        def made() -> sa.Update:
            linked = among(table, columns, "linked", dialect)
            emptied = dict.fromkeys(by.columns, sa.null())
            return sa.update(table.clause).where(*self._where(step, chosen), linked).values(emptied)

        parameters = self._target.parameters(step, chosen)
        parameters |= packed("linked", [row.key for row in to[1]], len(columns), dialect.name)
        self._target.prepared.run(self._connection, (step, chosen.shape, by), made, parameters)

    def _where(self, step: Step, chosen: Chosen) -> list[Where]:
        key = self._target.sql_map.tables[step.collection].key
        return conditions(self._table(step), key=key, shape=chosen.shape, dialect=self._target.prepared.dialect)


def _unreferred(table: LiveTable, by: Reference) -> sa.ColumnElement[bool]:
    referring = table_of(by.table, by.columns).alias("referring")
    pairs = zip(by.columns, by.to_columns, strict=True)
    there = sa.select(sa.literal(1)).where(*(referring.c[own] == table.clause.c[to] for own, to in pairs))
    return ~sa.exists(there.correlate(table.clause))

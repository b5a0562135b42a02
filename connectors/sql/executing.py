"""Steps as SQL. Only rows that still are the person's are changed, and only what isn't so yet is counted."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import NullType

from connectors.sql.changes import Key, Restriction, Step, Verb
from connectors.sql.failures import forbidden_by_reference
from connectors.sql.live import LiveSchema, untyped
from connectors.sql.map import Flag, MoveTo, SqlMap, Table, Value
from connectors.sql.restricting import Chosen, Restricting, flag_change
from habeas.errors import PermanentError
from habeas.ports import Effects

Assignments = dict[str, sa.ColumnElement[Any]]
Where = sa.ColumnElement[bool]


class Execution:
    """Carries steps out in one transaction and counts what they really did."""

    def __init__(self, connection: sa.Connection, sql_map: SqlMap, live: LiveSchema, effects: Effects) -> None:
        self.held_back: dict[Step, list[Key]] = {}
        self._connection = connection
        self._map = sql_map
        self._live = live
        self._effects = effects
        self._restricting = Restricting(connection, live)
        self._parents: dict[tuple[str, Key, Restriction], bool] = {}

    def carry_out(self, step: Step, keys: Sequence[Key], *, last: bool) -> None:
        """Change some rows; while it isn't the last time, those to whom others refer are held back."""
        if step.table not in self._live.tables:
            raise PermanentError(f"the plan names {step.table}, which the map no longer has")
        if step.delete:
            self._delete(step, keys, last=last)
            return
        if step.restriction and not isinstance(self._map.tables[step.collection].own_restriction, Flag):
            step = self._restrict_elsewhere(step, step.restriction, keys)
        if step.columns or step.marked or step.restriction:
            self._update(step, keys)

    def _delete(self, step: Step, keys: Sequence[Key], *, last: bool) -> None:
        table = self._live.tables[step.table]
        statement = sa.delete(table.clause).where(*self._chosen(step, keys)(table.clause))
        if not table.blocked_by:
            self._effects.note(step.collection, "erased", self._connection.execute(statement).rowcount)
            return
        try:
            with self._connection.begin_nested():
                deleted = self._connection.execute(statement).rowcount
        except IntegrityError as error:
            if not forbidden_by_reference(error):
                raise
        else:
            self._effects.note(step.collection, "erased", deleted)
            return
        if len(keys) > 1:
            middle = len(keys) // 2
            self._delete(step, keys[:middle], last=last)
            self._delete(step, keys[middle:], last=last)
        elif last:
            self._empty_instead(step, keys)
        else:
            self.held_back.setdefault(step, []).extend(keys)

    def _empty_instead(self, step: Step, keys: Sequence[Key]) -> None:
        """Erase all columns of a row that a foreign key keeps."""
        mapped = self._map.tables[step.collection]
        columns: frozenset[tuple[str, Verb]] = frozenset((name, "erased") for name in mapped.fields.keys() - mapped.key)
        changed = self._set(replace(step, delete=False, columns=columns, marked=True), keys)
        self._effects.note(step.collection, "retained_by_reference", changed)

    def _update(self, step: Step, keys: Sequence[Key]) -> None:
        changed = self._set(step, keys)
        for verb in sorted({verb for _, verb in step.columns} | ({step.restriction} if step.restriction else set())):
            self._effects.note(step.collection, verb, changed)
        if step.restriction:
            for key in keys:
                self._parents.setdefault((step.collection, key, step.restriction), changed > 0)

    def _set(self, step: Step, keys: Sequence[Key]) -> int:
        """Fill columns and flag of those rows in which one of them isn't so yet; the number of such rows."""
        table = self._live.tables[step.table]
        mapped = self._map.tables[step.collection]
        assignments: Assignments = {}
        differs: list[Where] = []
        for name, verb in sorted(step.columns):
            value = mapped.replacements.get(name)
            if verb == "anonymised":
                value = mapped.anonymised.get(name, value)
            assignments[name] = _filled(value, mapped, table.clause)
            differs.append(_differs(table.clause.c[name], assignments[name]))
        for name, value in mapped.erased_marks.items() if step.marked else ():
            mark, unmarked = flag_change(
                Flag(flag=name, value=None if value == "{now}" else value), "restricted", table
            )
            assignments |= mark
            differs.append(unmarked)
        way = mapped.own_restriction
        if step.restriction and isinstance(way, Flag):
            flag, unflagged = flag_change(way, step.restriction, table)
            assignments |= flag
            differs.append(unflagged)
        if not assignments:
            return 0
        statement = sa.update(table.clause).where(*self._chosen(step, keys)(table.clause), sa.or_(*differs))
        return self._connection.execute(statement.values(assignments)).rowcount

    def _restrict_elsewhere(self, step: Step, verb: Restriction, keys: Sequence[Key]) -> Step:
        """Restrict by the parent, a move or a side table; the step is then what is left to do, where the rows are."""
        way = self._map.tables[step.collection].own_restriction
        if way is None:
            self._restrict_parent(step, verb, len(keys))
            return replace(step, restriction=None)
        changed = self._restricting.change(step.collection, way, verb, self._chosen(step, keys))
        self._effects.note(step.collection, verb, changed)
        if not isinstance(way, MoveTo):
            return replace(step, restriction=None)
        now_in = way.move_to if verb == "restricted" else step.collection
        return replace(step, restriction=None, table=now_in)

    def _restrict_parent(self, step: Step, verb: Restriction, rows: int) -> None:
        """Restrict the row with which these are restricted, once, and count them with it."""
        parents = (each for each in self._map.chain(step.collection) if self._map.tables[each].own_restriction)
        parent = next(parents, None)
        if parent is None or step.restricted_with is None:
            raise PermanentError(f"the map says of no table above {step.collection} how it is restricted")
        way = self._map.tables[parent].own_restriction
        assert way is not None
        known = (parent, step.restricted_with, verb)
        if known not in self._parents:
            key = step.restricted_with
            columns = self._map.tables[parent].key
            changed = self._restricting.change(parent, way, verb, lambda clause: [_keyed(clause, columns, [key])])
            self._effects.note(parent, verb, changed)
            self._parents[known] = changed > 0
        if self._parents[known]:
            self._effects.note(step.collection, verb, rows)

    def _chosen(self, step: Step, keys: Sequence[Key]) -> Chosen:
        """The rows of these keys that still hold what ties them to the person."""
        columns = self._map.tables[step.collection].key

        def conditions(clause: sa.TableClause) -> list[Where]:
            ties = [
                sa.and_(*(clause.c[column] == untyped(value) for column, value in tie.items()))
                for tie in step.alternatives()
            ]
            return [_keyed(clause, columns, keys), *([sa.or_(*ties)] if ties else [])]

        return conditions


def _keyed(clause: sa.TableClause, columns: Sequence[str], keys: Sequence[Key]) -> Where:
    if len(columns) == 1:
        values = sa.bindparam(None, [key[0] for key in keys], expanding=True, type_=NullType(), unique=True)
        return clause.c[columns[0]].in_(values)
    return sa.tuple_(*(clause.c[column] for column in columns)).in_(keys)


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

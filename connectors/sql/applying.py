"""The changes of one task, as the worker asks for them record by record."""

from collections.abc import Set as AbstractSet

from connectors.sql.changes import Change, Row, Rows, Step, once_corrected
from connectors.sql.deleting import Deletion
from connectors.sql.executing import Execution
from connectors.sql.failures import ForbiddenError, database_errors
from connectors.sql.proving import prove_restricted
from connectors.sql.ready import Ready
from connectors.sql.stating import column_of, stated
from connectors.sql.target import Target
from connectors.sql.undertaking import Undertaking
from habeas.domain.outcomes import Annotate
from habeas.domain.records import Record
from habeas.domain.subjects import Subject
from habeas.errors import PermanentError
from habeas.ports import Effects

_ROWS_WAITING_MAX = 10_000
_ROWS_A_STATEMENT = 5_000
_SAVEPOINT = "habeas_rows"

_Waiting = dict[Step, list[Row]]


class SqlApplication:
    """Erases, anonymises, restricts, rectifies and annotates.

    Statements are sent when many rows have come together, and by `finish`.
    """

    def __init__(self, undertaking: Undertaking, target: Target, *, system: str, subject: Subject) -> None:
        self._undertaking = undertaking
        self._connection = undertaking.connection
        self._target = target
        self._map = target.sql_map
        self._system = system
        self._effects = Effects()
        self._execution = Execution(self._connection, target, self._effects, subject=subject)
        self._deletion = Deletion(self._connection, target, self._execution, self._effects)
        self._order = target.order
        self._steps = target.steps
        self._current: Change | None = None
        self._rows = Rows()
        self._waiting: _Waiting = {}
        self._rows_waiting = 0
        self._last_step: Step | None = None
        self._like_it: list[Row] = []

    @property
    def earlier(self) -> Effects | None:
        with database_errors(self._system):
            return self._undertaking.earlier

    @property
    def effects(self) -> Effects:
        return self._effects

    @property
    def retained(self) -> AbstractSet[tuple[str, str]]:
        return self._deletion.retained

    def erase(self, record: Record, fields: tuple[str, ...]) -> None:
        self._change_of(record).emptied.append((fields, "erased"))

    def anonymise(self, record: Record, fields: tuple[str, ...]) -> None:
        self._change_of(record).emptied.append((fields, "anonymised"))

    def restrict(self, record: Record) -> None:
        self._change_of(record).restriction = "restricted"

    def lift(self, record: Record) -> None:
        self._change_of(record).restriction = "lifted"

    def rectify(self, record: Record, name: str, value: str) -> None:
        change, mapped = self._change_of(record), self._map.tables[record.collection]
        if name not in mapped.fields:
            raise PermanentError(f"the plan names {record.collection}.{name}, which the map no longer has")
        if name in mapped.of_others:
            raise PermanentError(f"{record.collection}.{name} is another person's")
        if mapped.free_text:
            raise PermanentError(f"{record.collection}.{name} is text of others: correct it by hand")
        if "[*]" in name and name in mapped.json_fields:
            raise PermanentError(f"{record.collection}.{name} holds several values: correct them by hand")
        if name in mapped.key:
            raise PermanentError(f"{record.collection}.{name} is part of the key: correct it by hand")
        change.corrected = {**(change.corrected or {}), name: value}

    def annotate(self, record: Record, fields: tuple[str, ...], annotation: Annotate) -> None:
        if column_of(self._map.tables[record.collection]) is None:
            raise PermanentError(f"the map names no column for statements about {record.collection}")
        change = self._change_of(record)
        change.stated = [*(change.stated or []), (fields, annotation)]

    def finish(self) -> None:
        """Send what is left, and have all of it hold. Raises as a connector does."""
        self._complete_current()
        with database_errors(self._system):
            self._send()
            self._delete_held_back()
            self._undertaking.complete(self._effects)

    def _change_of(self, record: Record) -> Change:
        current = self._current
        if current is None or not current.concerns(record):
            self._complete_current()
            if record.collection not in self._map.tables:
                raise PermanentError(f"{self._system}: the plan names {record.collection}, which the map no longer has")
            current = self._current = Change(record)
        return current

    def _complete_current(self) -> None:
        change, self._current = self._current, None
        if change is None:
            return
        try:
            step, row = self._steps.step(change), self._rows.row(change)
        except PermanentError:
            if self.earlier is None:
                raise
            return
        if change.corrected is not None or change.stated is not None:
            if self.earlier is not None:
                return
            with database_errors(self._system):
                row = self._at_once(change, row)
        if not change.emptied and change.restriction is None:
            return
        if step is not self._last_step:
            self._last_step, self._like_it = step, self._waiting.setdefault(step, [])
        self._like_it.append(row)
        self._rows_waiting += 1
        if self._rows_waiting >= _ROWS_WAITING_MAX:
            with database_errors(self._system):
                self._send()

    def _at_once(self, change: Change, row: Row) -> Row:
        """Correct and annotate; the row as it then is."""
        place = Step(change.record.collection, str(change.record.locator.get("table")))
        if change.corrected:
            self._execution.rectify(place, row, change.corrected)
            row = once_corrected(row, change.corrected)
        for fields, annotation in change.stated or ():
            self._execution.state(place, row, stated(annotation, fields), annotation.request)
        return row

    def _send(self) -> None:
        waiting, self._waiting, self._rows_waiting, self._last_step = self._waiting, {}, 0, None
        if waiting and self._change(waiting):
            prove_restricted(self._connection, self._target, waiting)

    def _change(self, waiting: _Waiting) -> bool:
        """Straight on, as if nothing were forbidden; if something is, once more with care.

        False if the task has been applied before.
        """
        steps = sorted(waiting, key=lambda each: self._order[each.collection])
        if not any(self._deletion.may_be_forbidden(step) for step in steps):
            return self._straight_on(waiting, steps, [])
        if not any(self._deletion.needs_care(step) for step in steps):
            try:
                with self._execution.as_before_if_forbidden():
                    return self._straight_on(waiting, steps, [Ready(f"SAVEPOINT {_SAVEPOINT}")])
            except ForbiddenError:
                self._connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")
        if self._undertaking.earlier is not None:
            return False
        self._carry_out(waiting, steps, carefully=True)
        return True

    def _straight_on(self, waiting: _Waiting, steps: list[Step], before: list[Ready]) -> bool:
        """All in one go if each step is one statement."""
        if not all(step.delete or self._execution.is_plain(step) for step in steps):
            if self._undertaking.execute(before, Effects()) is None:
                return False
            self._carry_out(waiting, steps)
            return True
        parts = [(step, rows) for step in steps for rows in _chunks(waiting[step])]
        made = [(self._deletion if step.delete else self._execution).statement(step, rows) for step, rows in parts]
        expected = Effects()
        for step, rows in parts:
            for verb in step.verbs:
                expected.note(step.collection, verb, len(rows))
        counts = self._undertaking.execute([*before, *made], expected)
        if counts is None:
            return False
        for (step, rows), count in zip(parts, counts[len(before) :], strict=True):
            if step.delete:
                self._deletion.note(step, count)
            else:
                self._execution.note(step, rows, count)
        return True

    def _carry_out(self, waiting: _Waiting, steps: list[Step], *, carefully: bool = False) -> None:
        """Children first. A row that others still refer to is held back: its children may yet come."""
        delete = self._deletion.delete_what_may_be if carefully else self._deletion.delete
        for step in steps:
            do = delete if step.delete else self._execution.carry_out
            for rows in _chunks(waiting[step]):
                do(step, rows)

    def _delete_held_back(self) -> None:
        """What is still referred to when all else is gone is kept, without its content."""
        for attempt in range(2):
            held, self._deletion.held_back = self._deletion.held_back, {}
            if not held:
                return
            if attempt:
                self._deletion.unlink(held)
            self._carry_out(held, sorted(held, key=lambda each: self._order[each.collection]), carefully=True)
        for step, rows in self._deletion.held_back.items():
            for chunk in _chunks(rows):
                self._deletion.keep(step, chunk)


def _chunks(rows: list[Row]) -> list[list[Row]]:
    return [rows[start : start + _ROWS_A_STATEMENT] for start in range(0, len(rows), _ROWS_A_STATEMENT)]

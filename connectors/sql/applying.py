"""The changes of one task, as the worker asks for them record by record."""

import sqlalchemy as sa

from connectors.sql.changes import Change, Key, Step, Verb
from connectors.sql.executing import Execution
from connectors.sql.failures import database_errors
from connectors.sql.live import LiveSchema
from connectors.sql.map import SqlMap
from habeas.domain.records import Record
from habeas.errors import PermanentError
from habeas.ports import Effects

_ROWS_WAITING_MAX = 10_000
_ROWS_A_STATEMENT = 500


class SqlApplication:
    """Erases, anonymises and restricts. Statements are sent when many rows have come together, and by `finish`."""

    def __init__(
        self, connection: sa.Connection, sql_map: SqlMap, live: LiveSchema, *, system: str, earlier: Effects | None
    ) -> None:
        self._map = sql_map
        self._system = system
        self._earlier = earlier
        self._effects = Effects()
        self._execution = Execution(connection, sql_map, live, self._effects)
        self._order = {name: place for place, name in enumerate(live.children_first)}
        self._current: Change | None = None
        self._waiting: dict[Step, list[Key]] = {}
        self._rows_waiting = 0

    @property
    def earlier(self) -> Effects | None:
        return self._earlier

    @property
    def effects(self) -> Effects:
        return self._effects

    def erase(self, record: Record, fields: tuple[str, ...]) -> None:
        self._empty(record, fields, "erased")

    def anonymise(self, record: Record, fields: tuple[str, ...]) -> None:
        self._empty(record, fields, "anonymised")

    def restrict(self, record: Record) -> None:
        self._change_of(record).restriction = "restricted"

    def lift(self, record: Record) -> None:
        self._change_of(record).restriction = "lifted"

    def finish(self) -> None:
        """Send what is left. Raises as a connector does."""
        self._complete_current()
        self._send(last=True)

    def _empty(self, record: Record, fields: tuple[str, ...], verb: Verb) -> None:
        self._change_of(record).empty(self._map.tables[record.collection], fields, verb)

    def _change_of(self, record: Record) -> Change:
        if record.collection not in self._map.tables:
            raise PermanentError(f"{self._system}: the plan names {record.collection}, which the map no longer has")
        if self._current is None or not self._current.concerns(record):
            self._complete_current()
            self._current = Change(record)
        return self._current

    def _complete_current(self) -> None:
        change, self._current = self._current, None
        if change is None or self._earlier is not None:
            return
        self._waiting.setdefault(change.step(), []).append(change.key())
        self._rows_waiting += 1
        if self._rows_waiting >= _ROWS_WAITING_MAX:
            self._send(last=False)

    def _send(self, *, last: bool) -> None:
        """Children first. A row that others still refer to waits for the last time: its children may yet come."""
        waiting, self._waiting, self._rows_waiting = self._waiting, {}, 0
        if last:
            for step, keys in self._execution.held_back.items():
                waiting.setdefault(step, []).extend(keys)
        with database_errors(self._system):
            for step in sorted(waiting, key=lambda each: self._order[each.collection]):
                keys = waiting[step]
                for start in range(0, len(keys), _ROWS_A_STATEMENT):
                    self._execution.carry_out(step, keys[start : start + _ROWS_A_STATEMENT], last=last)

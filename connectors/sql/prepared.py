"""Statements whose text is made once for all tasks, however many rows they are executed for."""

from collections.abc import Callable, Hashable, Mapping
from threading import Lock

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler

from connectors.sql.batches import Ready

_KEPT_MAX = 2_000
"""Statements; there are some for each table, by what is changed and what ties rows to people."""


class PreparedStatements:
    """Compiled statements by what they do. Shared by all tasks of a connector."""

    def __init__(self, dialect: sa.Dialect) -> None:
        self.dialect = dialect
        self._compiled: dict[Hashable, SQLCompiler] = {}
        self._lock = Lock()

    def run(
        self,
        connection: sa.Connection,
        name: Hashable,
        make: Callable[[], sa.Executable],
        parameters: Mapping[str, object],
    ) -> sa.CursorResult[tuple[object, ...]]:
        """Execute the statement of that name, made by `make` where it isn't known yet."""
        ready = self.ready(name, make, parameters)
        return connection.exec_driver_sql(ready.text, ready.parameters)

    def ready(self, name: Hashable, make: Callable[[], sa.Executable], parameters: Mapping[str, object]) -> Ready:
        """The same, to be executed later."""
        compiled = self._compiled.get(name)
        if compiled is None:
            compiled = self._made(name, make())
        filled = compiled.construct_params(dict(parameters))
        if compiled.positional:
            assert compiled.positiontup is not None
            return Ready(str(compiled), tuple([filled[each] for each in compiled.positiontup]))
        return Ready(str(compiled), filled)

    def _made(self, name: Hashable, statement: sa.Executable) -> SQLCompiler:
        assert isinstance(statement, sa.ClauseElement)
        compiled = statement.compile(dialect=self.dialect)
        assert isinstance(compiled, SQLCompiler)
        with self._lock:
            if len(self._compiled) >= _KEPT_MAX:
                self._compiled.clear()
            self._compiled[name] = compiled
        return compiled

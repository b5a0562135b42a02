"""Statements whose text is made once for all tasks, however many rows they are executed for."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from threading import Lock

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler

from connectors.sql.ready import Ready

_KEPT_MAX = 2_000
"""Statements; there are some for each table, by what is changed and what ties rows to people."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement's text, the constants in it, and the names of its parameters by their places, if they have such.

    `escaped` are names that the text writes in another way.
    """

    text: str
    constants: Mapping[str, object]
    places: tuple[str, ...] | None
    escaped: Mapping[str, str]

    @classmethod
    def of(cls, compiled: SQLCompiler) -> "_Compiled":
        places = tuple(compiled.positiontup or ()) if compiled.positional else None
        constants = compiled.construct_params(escape_names=False, _check=False)
        return cls(str(compiled), constants, places, compiled.escaped_bind_names)

    def filled(self, parameters: Mapping[str, object]) -> Ready:
        given = {**self.constants, **parameters}
        if self.places is not None:
            return Ready(self.text, tuple([given[each] for each in self.places]))
        if self.escaped:
            given = {self.escaped.get(name, name): value for name, value in given.items()}
        return Ready(self.text, given)


class PreparedStatements:
    """Compiled statements by what they do. Shared by all tasks of a connector."""

    def __init__(self, dialect: sa.Dialect) -> None:
        self.dialect = dialect
        self._compiled: dict[Hashable, _Compiled] = {}
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
        return compiled.filled(parameters)

    def _made(self, name: Hashable, statement: sa.Executable) -> _Compiled:
        assert isinstance(statement, sa.ClauseElement)
        compiled = statement.compile(dialect=self.dialect)
        assert isinstance(compiled, SQLCompiler)
        with self._lock:
            if len(self._compiled) >= _KEPT_MAX:
                self._compiled.clear()
            made = self._compiled[name] = _Compiled.of(compiled)
        return made

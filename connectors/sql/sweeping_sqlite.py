"""The texts of a SQLite database. Any column may hold text there, whatever its type says, so all are read."""

import time
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from connectors.sql.live import table_of
from connectors.sql.sweeping_texts import NOT_ALLOWED, TOO_LARGE, TOO_LATE, VALUE_BYTES_MAX, Known, Place, Text
from habeas.domain.records import Unsearched

_TABLES = sa.text(
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual')"
    " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
)
_COLUMNS = sa.text("SELECT name FROM pragma_table_xinfo(:name) WHERE hidden <> 1")  # generated ones are not hidden
_ROWS_BETWEEN_LOOKS = 1_000


class SqliteTexts:
    """See `Texts`. What an index of words was made of is read in the table itself."""

    default_schema = None

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self.tables = tuple(connection.scalars(_TABLES))
        self.unsearched: tuple[Unsearched, ...] = ()

    def of_table(self, table: str, known: Known | None, *, seconds: float) -> Iterator[Text | Unsearched]:
        """See `Texts`."""
        until = time.monotonic() + seconds
        columns = list(self._connection.scalars(_COLUMNS, {"name": table}))
        places = [Place(table, column) for column in columns]
        keyed = [known is not None and column in known.columns for column in columns]
        key = [columns.index(each) for each in known.key if each in columns] if known else []
        too_large: set[Place] = set()
        try:
            rows = self._connection.execute(
                sa.select(*table_of(table, columns).c), execution_options={"yield_per": 500}
            )
            for number, row in enumerate(rows):
                if number % _ROWS_BETWEEN_LOOKS == 0 and time.monotonic() > until:
                    yield Unsearched(table, TOO_LATE)
                    break
                for position, value in enumerate(row):
                    if not isinstance(value, str | bytes):
                        continue
                    if len(value) > VALUE_BYTES_MAX:
                        too_large.add(places[position])
                        continue
                    text = value if isinstance(value, str) else value.decode("latin-1")
                    yield Text(places[position], text, tuple(row[each] for each in key) if keyed[position] else None)
        except DatabaseError:  # a virtual table whose module is not at hand, a column that can't be computed
            yield Unsearched(table, NOT_ALLOWED)
        yield from (Unsearched(str(place), TOO_LARGE) for place in sorted(too_large))

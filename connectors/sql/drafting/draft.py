"""The draft of one database's map. Everything stays on this machine, and no value that was looked at is written."""

from collections.abc import Collection
from datetime import date

from connectors.sql.database import engine_for
from connectors.sql.drafting.guessing import guesses_of
from connectors.sql.drafting.inspecting import inspect
from connectors.sql.drafting.joining import join
from connectors.sql.drafting.writing import written
from connectors.sql.failures import database_errors
from habeas.errors import NotFoundError

_NAME = "draft"


def draft(url: str, *, tables: Collection[str] = (), schemas: Collection[str] = (), today: date) -> str:
    """Propose a map as YAML, ready to be loaded and to be edited.

    Raises NotFoundError if a table is not there or nobody could be looked up anywhere; ConfigurationError for an
    address that is none; RetriableError, SystemDownError or PermanentError as a connector does.
    """
    engine = engine_for(url, system=_NAME)
    try:
        with database_errors(_NAME), engine.connect() as connection:
            inspected = inspect(connection, tables=frozenset(tables), schemas=tuple(schemas), today=today)
    finally:
        engine.dispose()
    if absent := sorted(set(tables) - inspected.keys()):
        raise NotFoundError(f"there is no table {', '.join(absent)}")
    guesses = {name: guesses_of(table) for name, table in inspected.items()}
    joins = join(inspected, guesses)
    if not joins.links:
        raise NotFoundError(f"none of {len(inspected)} tables has e-mail addresses, phone numbers or the like")
    return written(inspected, guesses, joins)

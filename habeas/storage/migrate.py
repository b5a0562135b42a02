"""Brings a state database to this version's tables.

Alembic is loaded only where something is to be migrated: it costs every role ten megabytes and a moment otherwise.
"""

from pathlib import Path

from sqlalchemy import inspect, text

from habeas.storage.database import Database

HEAD = "0009"
"""The last of the migrations; a test compares it with the scripts."""

_SCRIPTS = Path(__file__).with_name("migrations")
_LOCK = 0x4841424541  # one migration at a time, however many roles start at once


def migrate(database: Database) -> None:
    """Run the migrations that are missing, none if the database is up to date."""
    if is_current(database):
        return
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    with database.transaction() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(database: Database) -> bool:
    """True if no migration is missing."""
    with database.reading() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        return bool(connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD)

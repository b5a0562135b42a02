"""Brings a state database to this version's tables."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from habeas.storage.database import Database

_SCRIPTS = Path(__file__).with_name("migrations")
_LOCK = 0x4841424541  # one migration at a time, however many roles start at once


def migrate(database: Database) -> None:
    """Run the migrations that are missing, none if the database is up to date."""
    config = _config()
    head = ScriptDirectory.from_config(config).get_current_head()
    with database.reading() as connection:
        if MigrationContext.configure(connection).get_current_revision() == head:
            return
    with database.transaction() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(database: Database) -> bool:
    """True if no migration is missing."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with database.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config

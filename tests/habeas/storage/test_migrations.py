from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import habeas.storage.migrate
from habeas.storage.migrate import HEAD, is_current, migrate
from habeas.storage.tables import metadata


def test_the_migrations_lead_to_the_tables_that_the_code_knows(database):
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_again_changes_nothing(database):
    migrate(database)
    assert is_current(database)


def test_a_database_is_held_for_current_only_at_the_last_migration():
    scripts = Path(habeas.storage.migrate.__file__).with_name("migrations")
    assert ScriptDirectory(str(scripts)).get_current_head() == HEAD

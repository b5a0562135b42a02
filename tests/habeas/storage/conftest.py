import pytest

from habeas.storage.database import Database
from habeas.storage.migrate import migrate


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request, tmp_path):
    """A migrated state database, on either engine."""
    url = f"sqlite:///{tmp_path}/state.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    database = Database(url)
    migrate(database)
    yield database
    database.close()

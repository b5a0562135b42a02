"""A vault on real files, and key stores on each database there is."""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from habeas.vault.files import FileStore
from habeas.vault.keys import KeyStore
from habeas.vault.master_file import FileMasterKeys
from habeas.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Premises:
    """Where everything of one vault lies."""

    root: Path
    keys_url: str

    @property
    def master(self) -> Path:
        return self.root / "secret" / "master.keys"

    @property
    def key_files(self) -> Path:
        return self.root / "keys"

    @property
    def sealed_files(self) -> Path:
        return self.root / "sealed"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """HABEAS_TEST_POSTGRES, else a container, else a loud skip (a failure where HABEAS_REQUIRE_SERVICES=1)."""
    if url := os.environ.get("HABEAS_TEST_POSTGRES"):
        yield url
    elif "DOCKER_HOST" in os.environ or Path("/var/run/docker.sock").exists():
        from testcontainers.community.postgres import PostgresContainer  # noqa: PLC0415 - slow, and rarely needed

        with PostgresContainer("postgres:17", driver="psycopg") as container:
            yield container.get_connection_url()
    else:
        missing = pytest.fail if os.environ.get("HABEAS_REQUIRE_SERVICES") == "1" else pytest.skip
        missing("no PostgreSQL: set HABEAS_TEST_POSTGRES or start Docker")


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty database of the test's own."""
    name = f"vault_{uuid.uuid4().hex}"
    engine = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def premises(tmp_path: Path) -> Premises:
    made = Premises(tmp_path, f"sqlite:///{tmp_path}/keys/keys.db")
    FileMasterKeys.init(made.master)
    return made


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def everywhere(request: pytest.FixtureRequest, premises: Premises) -> Premises:
    """The premises on SQLite, then on PostgreSQL."""
    if request.param == "sqlite":
        return premises
    return Premises(premises.root, request.getfixturevalue("postgres_url"))


@pytest.fixture
def keys(premises: Premises) -> Iterator[KeyStore]:
    store = KeyStore(premises.keys_url, master=FileMasterKeys(premises.master))
    yield store
    store.close()


@pytest.fixture
def vault(premises: Premises, keys: KeyStore) -> Vault:
    return Vault(keys=keys, files=FileStore(premises.sealed_files))


@pytest.fixture
def request_id(vault: Vault) -> str:
    made = str(uuid.uuid4())
    vault.create_keys([made])
    return made

"""Real services, one of each for the whole run, shared by all of its workers."""

import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import psycopg
import pytest
import structlog
from psycopg import sql

from habeas.ports import Connector
from habeas.storage.database import Database
from habeas.storage.migrate import migrate
from habeas.testing.pipeline import Pipeline

pytest.register_assert_rewrite("habeas.testing.eventlog", "habeas.testing.connectors", "habeas.testing.populated")

with warnings.catch_warnings():
    # kafka-python reads its message schemas by a deprecated call, while it is imported.
    warnings.simplefilter("ignore", DeprecationWarning)
    from habeas.testing.services import ServiceUnavailableError, running_kafka, running_postgres

# How long an example takes is the machine's affair: limits of time are tested where they are promised.
hypothesis.settings.register_profile("habeas", deadline=None)
hypothesis.settings.load_profile("habeas")

REQUIRED = "HABEAS_REQUIRE_SERVICES"


@pytest.fixture(autouse=True)
def _own_log_lines() -> Iterator[None]:
    """What one test set up for its log lines, as every command does, is not another one's."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run see."""
    own = tmp_path_factory.getbasetemp()
    return (own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own) / "services"


@pytest.fixture(scope="session")
def kafka_bootstrap(services: Path) -> Iterator[str]:
    """Bootstrap servers of a real broker. Topics and groups are each test's own: they stay."""
    yield from _address(running_kafka(services))


@pytest.fixture(scope="session")
def postgres_server(services: Path) -> Iterator[str]:
    """A superuser's URL, `postgresql://…`, of a real server."""
    yield from _address(running_postgres(services))


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A SQLAlchemy URL of an empty database."""
    name = f"habeas_test_{uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    base = postgres_server.rpartition("/")[0].replace("postgresql://", "postgresql+psycopg://", 1)
    yield f"{base}/{name}"
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated state database, on either engine."""
    url = f"sqlite:///{tmp_path}/state.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    database = Database(url)
    migrate(database)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def state_url(request: pytest.FixtureRequest) -> str:
    """An empty state database of either kind, for a pipeline; name it before `new_pipeline`."""
    return "sqlite:///data/state.db" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def new_pipeline(tmp_path: Path) -> Iterator[Callable[..., Pipeline]]:
    """Starts a pipeline over the given connectors, by system, on a held clock."""
    opened: list[Pipeline] = []

    def start(connectors: Mapping[str, Connector], **options: Any) -> Pipeline:
        folder = tmp_path / f"pipeline{len(opened)}"
        folder.mkdir()
        opened.append(Pipeline(folder, connectors, **options))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def _address(service: AbstractContextManager[str]) -> Iterator[str]:
    try:
        address = service.__enter__()
    except ServiceUnavailableError as error:
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(f"{error} ({REQUIRED}=1)")
        pytest.skip(str(error))
    try:
        yield address
    finally:
        service.__exit__(None, None, None)

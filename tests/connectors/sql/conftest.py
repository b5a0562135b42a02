"""A database on either engine, made from a script, and a connector by a map written in the test."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from connectors.sql import SqlConnector, load_map


class Target:
    """A database of a test's own."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._folder = folder
        self._exits = ExitStack()
        self._engine = sa.create_engine(url)
        self._exits.callback(self._engine.dispose)

    def run(self, script: str) -> None:
        """Run statements that end in semicolons."""
        with self._engine.begin() as connection:
            for statement in script.split(";"):
                if statement.strip():
                    connection.exec_driver_sql(statement)

    def transaction(self) -> AbstractContextManager[sa.Connection]:
        """A transaction, committed at the end."""
        return self._engine.begin()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query gives."""
        with self._engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def connect(self, sql_map: str) -> SqlConnector:
        """A connector by a map of the tables given, as YAML."""
        path = self._folder / "map.yaml"
        path.write_text(sql_map, "utf-8")
        connector = SqlConnector(self.url, load_map(path), system="target")
        self._exits.callback(connector.close)
        return connector

    def close(self) -> None:
        self._exits.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    """An empty database on SQLite, and the same test again on PostgreSQL."""
    if request.param == "sqlite":
        (tmp_path / "target.db").touch()
        url = f"sqlite:///{tmp_path}/target.db"
    else:
        url = request.getfixturevalue("postgres_url")
    made = Target(url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def target_postgres(postgres_url: str, tmp_path: Path) -> Iterator[Target]:
    """An empty database on PostgreSQL only."""
    made = Target(postgres_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def write_map(tmp_path: Path) -> Callable[[Any], Path]:
    """Writes a map file."""

    def write(content: Any) -> Path:
        path = tmp_path / "broken-map.yaml"
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), "utf-8")
        return path

    return write

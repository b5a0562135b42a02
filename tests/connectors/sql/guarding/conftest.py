"""A firm whose tables are restricted in every way there is, and the roles of its own programs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

from connectors.sql import SqlConnector, load_map
from habeas.domain.records import Record
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.ports import Effects

ANNA = Subject("anna", (identifier(IdentifierKind.EMAIL, "anna@example.org"),))

SCHEMA = """
CREATE TABLE people (id INTEGER PRIMARY KEY, email VARCHAR(99) UNIQUE, blocked_at TIMESTAMP);
CREATE TABLE notes (id INTEGER PRIMARY KEY, person INTEGER REFERENCES people (id) ON DELETE CASCADE, text VARCHAR(99));
CREATE TABLE orders (id INTEGER PRIMARY KEY, person INTEGER REFERENCES people (id) ON DELETE CASCADE, text VARCHAR(99));
CREATE TABLE orders_aside (order_id INTEGER PRIMARY KEY, since TIMESTAMP);
CREATE TABLE lines (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id) ON DELETE CASCADE, text VARCHAR(99));
CREATE TABLE parcels (id INTEGER PRIMARY KEY, person INTEGER, text VARCHAR(99));
CREATE TABLE parcels_kept (id INTEGER PRIMARY KEY, person INTEGER, text VARCHAR(99));
CREATE TABLE labels (id INTEGER PRIMARY KEY, parcel INTEGER, text VARCHAR(99));
INSERT INTO people VALUES (1, 'anna@example.org', NULL), (2, 'bo@example.org', NULL);
INSERT INTO notes VALUES (1, 1, 'of Anna'), (2, 2, 'of Bo');
INSERT INTO orders VALUES (1, 1, 'of Anna'), (2, 2, 'of Bo');
INSERT INTO lines VALUES (1, 1, 'of Anna'), (2, 2, 'of Bo');
INSERT INTO parcels VALUES (1, 1, 'of Anna'), (2, 2, 'of Bo');
INSERT INTO labels VALUES (1, 1, 'of Anna'), (2, 2, 'of Bo');
"""
TABLES = ("people", "notes", "orders", "lines", "parcels", "labels")

MAP = """
sweep: false
tables:
  people:
    title: People
    key: [id]
    identifiers: {email: email}
    categories: {contact: [email]}
    restrict: {flag: blocked_at}
  notes:
    title: Notes
    key: [id]
    through: {table: people, columns: {person: id}}
    categories: {marketing: [text]}
  orders:
    title: Orders
    key: [id]
    through: {table: people, columns: {person: id}}
    categories: {transaction: [text]}
    restrict: {side_table: orders_aside, columns: {order_id: id}, since: since}
  lines:
    title: Lines
    key: [id]
    through: {table: orders, columns: {order_id: id}}
    categories: {transaction: [text]}
  parcels:
    title: Parcels
    key: [id]
    through: {table: people, columns: {person: id}}
    categories: {transaction: [text]}
    restrict: {move_to: parcels_kept}
  labels:
    title: Labels
    key: [id]
    through: {table: parcels, columns: {parcel: id}}
    categories: {transaction: [text]}
"""


def records(connector: SqlConnector) -> list[Record]:
    return [each.what for each in connector.find([ANNA]) if isinstance(each.what, Record)]


def change(connector: SqlConnector, verb: str, collections: Sequence[str] = TABLES) -> Effects:
    """Restrict, lift or erase what is found of Anna in these."""
    plan = [each for each in records(connector) if each.collection in collections]
    with connector.applying(ANNA, uuid4().hex) as application:
        for each in plan:
            if verb == "erase":
                application.erase(each, ())
            else:
                getattr(application, verb)(each)
    return application.effects


def restricted(connector: SqlConnector) -> dict[str, bool]:
    return {each.collection: each.restricted for each in records(connector)}


@dataclass
class Firm:
    """A PostgreSQL database, and who signs in to it."""

    url: str
    folder: Path
    suffix: str = field(default_factory=lambda: uuid4().hex[:8])
    connectors: list[SqlConnector] = field(default_factory=list)

    def name(self, role: str) -> str:
        return f"{role}_{self.suffix}"

    def run(self, script: str, *, role: str | None = None) -> None:
        """All statements of a script, as psql sends them; without a role as a superuser. `@web` is a role's name."""
        with psycopg.connect(self.url_of(role), autocommit=True) as connection:
            connection.execute(self._named(script))  # type: ignore[call-overload]

    def rows(self, query: str, *, role: str | None = None) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url_of(role), autocommit=True) as connection:
            return connection.execute(self._named(query)).fetchall()  # type: ignore[call-overload]

    def changed(self, statement: str, *, role: str) -> int:
        """How many rows it changes; they stay as they were."""
        with psycopg.connect(self.url_of(role)) as connection:
            count = connection.execute(statement).rowcount  # type: ignore[call-overload]
            connection.rollback()
        return int(count)

    def exported(self, table: str, *, role: str) -> str:
        """What COPY gives."""
        with (
            psycopg.connect(self.url_of(role)) as connection,
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table} TO STDOUT") as copy,  # type: ignore[call-overload]
        ):
            return b"".join(bytes(each) for each in copy).decode()

    def connect(self, sql_map: str = MAP) -> SqlConnector:
        """Habeas, signed in as a role of its own."""
        path = self.folder / f"{uuid4().hex}.yaml"
        path.write_text(self._named(sql_map), "utf-8")
        url = self.url_of("habeas").replace("postgresql://", "postgresql+psycopg://")
        self.connectors.append(SqlConnector(url, load_map(path), system="crm"))
        return self.connectors[-1]

    def guard(self, *roles: str, sql_map: str = MAP) -> str:
        """Have the administrator run what is printed."""
        script = self.connect(sql_map).guard_script([self.name(each) for each in roles])
        self.run(script)
        return script

    def make_role(self, role: str, options: str = "LOGIN") -> None:
        self.run(f"CREATE ROLE @{role} {options} PASSWORD 'guarded'")

    def close(self) -> None:
        for each in self.connectors:
            each.close()
        for (role,) in self.rows(f"SELECT rolname FROM pg_roles WHERE rolname LIKE '%\\_{self.suffix}'"):
            self.run(f'DROP OWNED BY "{role}" CASCADE; DROP ROLE "{role}"')

    def _named(self, text: str) -> str:
        for role in ("habeas", "web", "reports", "owner", "group"):
            text = text.replace(f"@{role}", self.name(role))
        return text

    def url_of(self, role: str | None) -> str:
        url = sa.make_url(self.url).set(drivername="postgresql")
        if role is not None:
            url = url.set(username=self.name(role), password="guarded")
        return url.render_as_string(hide_password=False)


@pytest.fixture
def firm(postgres_url: str, tmp_path: Path) -> Iterator[Firm]:
    """Its tables are a superuser's; Habeas and the programs, `web`, may read and write them."""
    made = Firm(postgres_url, tmp_path)
    for role in ("habeas", "web"):
        made.make_role(role)
    made.run(SCHEMA)
    made.run("GRANT ALL ON ALL TABLES IN SCHEMA public TO @habeas, @web")
    yield made
    made.close()


@pytest.fixture
def act() -> Callable[..., Effects]:
    """`act(connector, "restrict")`, or "lift", or "erase", what is found of Anna."""
    return change


@pytest.fixture
def found() -> Callable[[SqlConnector], dict[str, bool]]:
    """What is found of Anna, and whether it is restricted."""
    return restricted


@pytest.fixture
def firm_map() -> str:
    """The map of the firm's tables, on either engine."""
    return MAP


@pytest.fixture
def firm_schema() -> str:
    return SCHEMA

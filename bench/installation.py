"""A complete installation to be measured: systems with people in them, settings, and the roles as processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import cast

import psutil
import sqlalchemy as sa

from connectors.sql.connector import SqlConnector
from habeas.bootstrap import Habeas
from habeas.cli.setup import write_config
from habeas.domain.subjects import Identifier, IdentifierKind, identifier
from habeas.sample.consultancy import build
from habeas.sample.databases import load_databases
from habeas.settings import load_settings
from schemas.topics import TOPICS

SYSTEMS = ("crm", "billing", "mailing_list", "customs_files")
ROLES = (
    ("intake",),
    *(("connector", system) for system in SYSTEMS),
    ("aggregator",),
    ("delivery",),
    ("timekeeper",),
)
SEED = 7


@dataclass(frozen=True, slots=True)
class Installation:
    """Where it is, and whom its databases know, each by e-mail address and name."""

    folder: Path
    people: Sequence[tuple[Identifier, ...]]

    def opened(self) -> Habeas:
        """Its parts, for this process."""
        return Habeas(load_settings(self.folder / "habeas.toml"))


def make_embedded(folder: Path, *, people: int) -> Installation:
    """Everything in one folder: SQLite, the embedded log."""
    build(folder / "systems", people=people, files=400, seed=SEED)
    write_config(folder, (resources.files("habeas.sample") / "habeas.toml").read_text("utf-8"), _maps())
    return Installation(folder, _people(f"sqlite:///{folder}/systems/crm.db"))


def make_distributed(folder: Path, *, kafka: str, postgres: str, people: int) -> Installation:
    """Kafka, and PostgreSQL for the state, the keys, the CRM and the billing database."""
    build(folder / "systems", people=2_000, files=400, seed=SEED)  # the mailing list and the files
    urls = {name: _database(postgres, name) for name in ("state", "keys", "crm", "billing")}
    load_databases(urls["crm"], urls["billing"], people=people, seed=SEED, today=datetime.now(UTC).date())
    write_config(folder, _toml(kafka, urls), _maps())
    installation = Installation(folder, _people(urls["crm"]))
    with installation.opened() as habeas:
        habeas.event_log.ensure_topics(TOPICS)
        _ = habeas.database  # migrated before the roles start
        for system in ("crm", "billing"):
            _create_indexes(urls[system], cast("SqlConnector", habeas.connector(system)).indexes())
    return installation


@contextmanager
def running(installation: Installation, roles: Sequence[Sequence[str]] = ROLES) -> Iterator[dict[str, psutil.Process]]:
    """The roles as processes, by name; `(("up",),)` for all in one."""
    log = (installation.folder / "roles.log").open("ab")
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for role in roles:
            words = role if role == ("up",) else ("run", *role)
            command = [sys.executable, "-m", "habeas", "--config", str(installation.folder / "habeas.toml"), *words]
            started[" ".join(role)] = subprocess.Popen(
                command, stdout=log, stderr=log, env=os.environ | {"HABEAS_TRACEBACK": "1"}
            )
        yield {name: psutil.Process(process.pid) for name, process in started.items()}
    finally:
        for process in started.values():
            process.send_signal(signal.SIGTERM)
        for process in started.values():
            process.wait(timeout=60)
        log.close()


def _database(server: str, name: str) -> str:
    engine = sa.create_engine(server.replace("postgresql://", "postgresql+psycopg://", 1), isolation_level="AUTOCOMMIT")
    full_name = f"habeas_bench_{name}"
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {full_name} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {full_name}")
    engine.dispose()
    return engine.url.set(database=full_name).render_as_string(hide_password=False)


def _create_indexes(url: str, statements: Sequence[str]) -> None:
    """Those that the operators' guide tells to make on a database that is searched by name."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def _maps() -> dict[str, str]:
    folder = resources.files("connectors")
    return {system: (folder / system / "map.yaml").read_text("utf-8") for system in ("crm", "billing")}


def _people(crm_url: str) -> list[tuple[Identifier, ...]]:
    engine = sa.create_engine(crm_url)
    statement = "SELECT lower(email), first_name || ' ' || last_name FROM customers WHERE email IS NOT NULL ORDER BY id"
    with engine.connect() as connection:
        rows = dict(connection.exec_driver_sql(statement).tuples().all())
    engine.dispose()
    return [
        (identifier(IdentifierKind.EMAIL, email), identifier(IdentifierKind.NAME, name)) for email, name in rows.items()
    ]


def _toml(kafka: str, urls: dict[str, str]) -> str:
    return f"""
register_file = "register.yaml"
[log]
engine = "kafka"
bootstrap_servers = "{kafka}"
[state]
url = "{urls["state"]}"
[vault]
keys_url = "{urls["keys"]}"
[systems.crm]
kind = "sql"
title = "Customer database"
options.url = "{urls["crm"]}"
options.map = "crm-map.yaml"
[systems.billing]
kind = "sql"
title = "Billing database"
options.url = "{urls["billing"]}"
options.map = "billing-map.yaml"
[systems.mailing_list]
kind = "mailing_list"
title = "Mailing list"
options.path = "systems/mailing_list.db"
[systems.customs_files]
kind = "customs_files"
title = "Client files"
options.root = "systems/clients"
"""

"""The same as docker-compose.yml with plain processes, for machines without Docker: one role a process, each killed."""

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from habeas.bootstrap import Habeas
from habeas.cli.setup import write_config
from habeas.domain.requests import IdentityCheck, Right
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.sample.truth import GroundTruth
from habeas.settings import load_settings
from habeas.testing.answered import assert_each_answered_once
from habeas.testing.compose import ROOT
from habeas.testing.desk.tell import tell
from habeas.testing.forking import Fork, Forks
from habeas.testing.services import kafka_broker, running_kafka
from habeas.testing.services.sftp_server import running_sftp
from habeas.testing.services.unavailable import ServiceUnavailableError
from producers.intake import Submission

pytestmark = [pytest.mark.kafka, pytest.mark.postgres, pytest.mark.crash, pytest.mark.timeout(600)]

DATABASES = ("state", "keys", "crm", "billing")
ROLES = (
    ("intake",),
    ("connector", "crm"),
    ("connector", "billing"),
    ("connector", "mailing_list"),
    ("connector", "customs_files"),
    ("aggregator",),
    ("delivery",),
    ("timekeeper",),
)
RIGHTS = (Right.ACCESS, Right.ERASURE, Right.RESTRICTION)
FILES = """options.root = "sftp://files@sftp/clients"
options.key_file = "/run/secrets/sftp/key"
options.known_hosts = "/run/secrets/sftp/known_hosts\""""
ANSWERED_S_MAX = 180.0
STOPPED_S_MAX = 60.0


class Site:
    """An installation in a folder, and its running roles."""

    def __init__(self, folder: Path, forks: Forks) -> None:
        self.config = folder / "habeas.toml"
        self.log = folder / "roles.log"
        self._forks = forks
        self._running: dict[Sequence[str], Fork] = {}
        truth = GroundTruth.read(folder / "systems" / "ground-truth.json")
        self._emails = (
            each.value
            for person in truth.people.values()
            if not person.look_alikes and all(person.places_in(system) for system in ("crm", "billing"))
            for each in person.identifiers
            if each.kind is IdentifierKind.EMAIL
        )
        self._rights = cycle(RIGHTS)

    def start(self, role: Sequence[str]) -> None:
        self._running[role] = self._forks.start("--config", str(self.config), "run", *role, log=self.log)

    def kill(self, role: Sequence[str]) -> None:
        """With SIGKILL."""
        running = self._running.pop(role)
        running.kill()
        assert running.wait(STOPPED_S_MAX) == -signal.SIGKILL, "it had ended by itself"

    def stop(self) -> None:
        """As an operator does."""
        stopping = [self._running.pop(role) for role in list(self._running)]
        assert [each.stop(STOPPED_S_MAX) for each in stopping] == [0] * len(stopping), self.log.read_text()[-2000:]

    def submit(self, count: int = 1) -> list[str]:
        """Requests of so many people who have not asked before; their ids."""
        submissions = [
            Submission(
                next(self._rights),
                (identifier(IdentifierKind.EMAIL, next(self._emails)),),
                IdentityCheck.LOGIN,
            )
            for _ in range(count)
        ]
        with Habeas(load_settings(self.config)) as opened:
            return [each.request_id for each in opened.intake.submit(submissions, actor="tester")]

    def answered(self) -> dict:
        """What became of all requests, once all are answered. Raises AssertionError if that takes too long."""
        until = time.monotonic() + ANSWERED_S_MAX
        with Habeas(load_settings(self.config)) as opened:
            while not (told := tell(opened))["events"]:
                assert time.monotonic() < until, self.log.read_text()[-2000:]
                time.sleep(0.2)
        return told


@pytest.fixture
def site(tmp_path: Path, postgres_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A broker of its own, since topics have the same names everywhere, and databases of its own."""
    monkeypatch.delenv(kafka_broker.SETTING, raising=False)
    names = {name: f"habeas_test_{uuid4().hex}" for name in DATABASES}
    base = postgres_server.rpartition("/")[0].replace("postgresql://", "postgresql+psycopg://", 1)
    folder = tmp_path / "site"
    with (
        running_kafka(tmp_path / "services") as kafka,
        psycopg.connect(postgres_server, autocommit=True) as server,
        client_files(folder) as files,
        Forks() as forks,
    ):
        for name in names.values():
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        maps = {system: (ROOT / "connectors" / system / "map.yaml").read_text() for system in ("crm", "billing")}
        write_config(folder, toml(kafka, {name: f"{base}/{database}" for name, database in names.items()}, files), maps)
        sample = [
            "fill-sample",
            "--truth",
            str(folder / "systems" / "ground-truth.json"),
            "--people",
            "300",
            "--files",
            "60",
        ]
        filling = forks.start("--config", str(folder / "habeas.toml"), *sample, log=folder / "sample.log")
        assert filling.wait(120) == 0, (folder / "sample.log").read_text()[-2000:]
        site = Site(folder, forks)
        try:
            yield site
        finally:
            site.stop()
            for name in names.values():
                server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def client_files(folder: Path) -> Iterator[str]:
    """Where they lie, as settings: on an SFTP server as in the containers, or in a folder where there is none."""
    clients = folder / "systems" / "clients"
    clients.mkdir(parents=True)
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running_sftp())
        except ServiceUnavailableError:
            yield 'options.root = "systems/clients"'
            return
        root = f"sftp://{server.user}@127.0.0.1:{server.port}{server.folder}"
        options = {"root": root, "key_file": server.key_file, "known_hosts": server.known_hosts}
        yield "\n".join(f'options.{name} = "{value}"' for name, value in options.items())


def toml(kafka: str, urls: dict[str, str], files: str) -> str:
    """That of the containers, with this machine's addresses, and the list server that comes along instead of Mailman."""
    text = (ROOT / "deploy" / "habeas.toml").read_text()
    changes = {
        "kafka:9092": kafka,
        "port = 9464": "port = 0",
        "/run/secrets/master/": "data/",
        'options.backend = "mailman"\noptions.url = "http://mailman:8001"\n': "",
        'options.password_file = "/run/secrets/mailman/password"\n': "",
        'options.journal = "/var/lib/habeas/mailing-list/journal.db"': 'options.path = "systems/mailing_list.db"',
        FILES: files,
        "/var/lib/habeas/": "data/",
        **{
            f"postgresql+psycopg://habeas@{name}-db/habeas?passfile=/run/secrets/{name}/pgpass": url
            for name, url in urls.items()
        },
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


def test_every_role_may_be_killed_and_all_be_stopped(site: Site) -> None:
    """Each role's process is killed with requests under way, then all are stopped: each request is answered once."""
    for role in ROLES:
        site.start(role)
    ids = site.submit(len(RIGHTS))
    assert_each_answered_once(site.answered(), expected=ids)
    for role in ROLES:
        ids += site.submit(2)
        site.kill(role)
        site.start(role)
    ids += site.submit(2)
    site.stop()
    ids += site.submit(1)  # nobody works now, but who asks is heard
    for role in ROLES:
        site.start(role)
    told = site.answered()
    assert_each_answered_once(told, expected=ids)
    assert len(told["cases"]) == len(ids) + 1  # the sample's own

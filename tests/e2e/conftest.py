import fcntl

import pytest

from habeas.eventlog.kafka import KafkaLog
from habeas.testing.forking import Forks
from habeas.testing.installation import Installation, await_true
from schemas.topics import TOPICS

SESSION_S = 3.0
NAMES = [topic.name for topic in TOPICS]


@pytest.fixture(scope="session")
def forks():
    """Where processes come from."""
    with Forks() as forks:
        yield forks


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """An installation to copy."""
    return Installation.make(tmp_path_factory.mktemp("prepared") / "installation")


@pytest.fixture
def emptied_kafka(kafka_bootstrap, services):
    """A broker without our topics; they have the same names in every test, so one test at a time uses it."""
    services.mkdir(parents=True, exist_ok=True)
    with (services / "topics.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        log = KafkaLog(kafka_bootstrap, client_options={})
        with log._asking() as admin:
            there = [name for name in admin.list_topics() if name in NAMES]
            if there:
                admin.delete_topics(there)
            await_true(lambda: not set(NAMES) & set(admin.list_topics()), timeout_s=30, what="the topics to go")
        log.close()
        yield kafka_bootstrap


@pytest.fixture
def distributed(prepared, emptied_kafka, postgres_url, tmp_path):
    """An installation on Kafka and PostgreSQL."""
    installation = prepared.copied(tmp_path / "distributed")
    installation.configure(
        log={"engine": "kafka", "bootstrap_servers": emptied_kafka, "session_s": SESSION_S},
        state={"url": postgres_url},
    )
    return installation

"""The services that the tests need can also be had as containers, as on a machine with a Docker engine."""

import psycopg
import pytest

from habeas.eventlog.interface import Message
from habeas.eventlog.kafka import KafkaLog
from habeas.testing.services import docker_engine, kafka_broker, postgres_server, running_kafka, running_postgres
from schemas.topics import TOPICS


@pytest.fixture(autouse=True)
def _engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Containers, and no other way, whatever else this machine has."""
    if not docker_engine.answers():
        message = "no Docker engine answers"
        if docker_engine.demanded():
            pytest.fail(f"{message} (HABEAS_TEST_ENGINE=docker)")
        pytest.skip(message)
    monkeypatch.setenv("HABEAS_TEST_ENGINE", "docker")
    monkeypatch.delenv(kafka_broker.SETTING, raising=False)
    monkeypatch.delenv(postgres_server.SETTING, raising=False)


@pytest.mark.containers
@pytest.mark.kafka
def test_a_broker_in_a_container_keeps_records() -> None:
    """It can be reached under the address that it is told to advertise, from its first record on."""
    with running_kafka() as bootstrap:
        log = KafkaLog(bootstrap, client_options={})
        assert len(log.ensure_topics(TOPICS)) == len(TOPICS)
        ((place, offset),) = log.append([Message("dsr.requests", b"key", b"value")])
        assert offset == 0
        member = log.subscribe("group", ["dsr.requests"], member="a")
        records = list(member.poll(max_records=1, timeout_s=30))
        assert [(record.place, record.value) for record in records] == [(place, b"value")]
        member.close()
        log.close()


@pytest.mark.containers
@pytest.mark.postgres
def test_a_server_in_a_container_lets_its_owner_make_databases() -> None:
    """As the tests do, one for each."""
    with running_postgres() as url, psycopg.connect(url, autocommit=True) as server:
        server.execute("CREATE DATABASE habeas_test")
        (version,) = server.execute("SHOW server_version_num").fetchone() or ("",)
    assert int(version) >= 170_000

"""The services as containers, started through testcontainers, where a Docker engine answers."""

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docker.errors import DockerException  # type: ignore[import-untyped]  # the library has no types
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from habeas.testing.services.java_kafka import KAFKA_VERSION, ONE_BROKER
from habeas.testing.services.java_kafka import answers as kafka_answers
from habeas.testing.services.processes import await_answer

POSTGRES_IMAGE = "postgres:17"
KAFKA_IMAGE = f"apache/kafka:{KAFKA_VERSION}"
_SOCKET = Path("/var/run/docker.sock")
_START_S_MAX = 90.0
_PORT = 9092
_SCRIPT = "/tmp/start-broker.sh"


def demanded() -> bool:
    """Whether no other way may be taken."""
    return os.environ.get("HABEAS_TEST_ENGINE") == "docker"


def answers() -> bool:
    """Whether there is an engine."""
    if not (os.environ.get("DOCKER_HOST") or _SOCKET.exists()):
        return False
    try:
        client = DockerClient(timeout=10).client
        try:
            return bool(client.ping())
        finally:
            client.close()
    except (DockerException, OSError):
        return False


@contextmanager
def kafka() -> Iterator[str]:
    """One broker; its address. The advertised port is known only once the container runs: the start waits for it."""
    settings = ONE_BROKER | {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": "1@127.0.0.1:9093",
        "listeners": f"PLAINTEXT://0.0.0.0:{_PORT},CONTROLLER://127.0.0.1:9093",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    }
    waiting = f"while [ ! -f {_SCRIPT} ]; do sleep 0.1; done; exec sh {_SCRIPT}"
    container = DockerContainer(KAFKA_IMAGE).with_exposed_ports(_PORT).with_command(["sh", "-c", waiting])
    for name, value in settings.items():
        container.with_env("KAFKA_" + name.upper().replace(".", "_"), value)
    with container:
        address = f"{container.get_container_host_ip()}:{container.get_exposed_port(_PORT)}"
        advertised = shlex.quote(f"PLAINTEXT://{address}")
        # The image writes to copies of its default settings, which they must allow, whatever they were built from.
        writable = "chmod u+w /etc/kafka/docker/*.yaml /etc/kafka/docker/*.properties || true"
        script = f"{writable}\nexport KAFKA_ADVERTISED_LISTENERS={advertised}\nexec /etc/kafka/docker/run\n"
        container.copy_into_container(script.encode(), _SCRIPT, 0o755)
        await_answer(lambda: kafka_answers(address), what="Kafka in its container", timeout_s=_START_S_MAX)
        yield address


@contextmanager
def postgres() -> Iterator[str]:
    """One server; its superuser's URL."""
    with PostgresContainer(POSTGRES_IMAGE, driver=None) as container:
        yield container.get_connection_url()

"""A real Apache Kafka broker, by the first way that this machine has.

KAFKA_BOOTSTRAP_SERVERS, a Docker engine, Java with Maven. HABEAS_TEST_ENGINE=docker allows the second way only.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from habeas.testing.services import docker_engine, java_kafka
from habeas.testing.services.sharing import shared
from habeas.testing.services.unavailable import ServiceUnavailableError

SETTING = "KAFKA_BOOTSTRAP_SERVERS"


@contextmanager
def running_kafka(folder: Path | None = None) -> Iterator[str]:
    """Bootstrap servers of a broker; those who name the same folder share it.

    Raises ServiceUnavailableError if there is no way to have one.
    """
    given = os.environ.get(SETTING)
    if given:
        yield given
    elif folder is not None:
        with shared("kafka", folder) as address:
            yield address
    else:
        with tempfile.TemporaryDirectory(prefix="habeas-kafka-") as own, shared("kafka", Path(own)) as address:
            yield address


@contextmanager
def started_broker() -> Iterator[str]:
    """Start one, for the length of the block."""
    if docker_engine.answers():
        with docker_engine.kafka() as address:
            yield address
    elif docker_engine.demanded():
        raise ServiceUnavailableError("HABEAS_TEST_ENGINE=docker, and no Docker engine answers.")
    elif java_kafka.available():
        with java_kafka.started() as address:
            yield address
    else:
        raise ServiceUnavailableError(f"No Kafka: set {SETTING}, run a Docker engine, or install Java 17 and Maven.")

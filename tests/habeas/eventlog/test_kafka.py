"""The event log on Kafka keeps every promise of the interface, on a real broker."""

import time

import pytest

from habeas.eventlog.interface import EventLog
from habeas.eventlog.kafka import KafkaLog
from habeas.testing.eventlog import Engine, EventLogConformance

SESSION_S = 6.0


def _trim(log: EventLog, topic: str) -> None:
    assert isinstance(log, KafkaLog)
    log.trim(topic, int(time.time() * 1000) + 60_000)


@pytest.mark.kafka
class TestKafkaLog(EventLogConformance):
    @pytest.fixture
    def engine(self, kafka_bootstrap: str) -> Engine:
        return Engine(
            open=lambda: KafkaLog(kafka_bootstrap, client_options={}, session_s=SESSION_S),
            source=(
                "from habeas.eventlog.kafka import KafkaLog\n"
                f"log = KafkaLog({kafka_bootstrap!r}, client_options={{}}, session_s={SESSION_S})"
            ),
            silence_s=SESSION_S,
            trim=_trim,
        )

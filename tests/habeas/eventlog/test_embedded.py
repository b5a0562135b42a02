"""The embedded log keeps every promise of the interface, on a real file."""

import time
from pathlib import Path

import pytest

from habeas.eventlog.embedded import EmbeddedLog
from habeas.eventlog.interface import EventLog
from habeas.testing.eventlog import Engine, EventLogConformance

LEASE_S = 3.0


def _trim(log: EventLog, topic: str) -> None:
    assert isinstance(log, EmbeddedLog)
    log.trim(topic, int(time.time() * 1000) + 60_000)


class TestEmbeddedLog(EventLogConformance):
    @pytest.fixture
    def engine(self, tmp_path: Path) -> Engine:
        path = tmp_path / "log.sqlite"
        return Engine(
            open=lambda: EmbeddedLog(path, lease_s=LEASE_S),
            source=(
                "from pathlib import Path\n"
                "from habeas.eventlog.embedded import EmbeddedLog\n"
                f"log = EmbeddedLog(Path({str(path)!r}), lease_s={LEASE_S})"
            ),
            silence_s=LEASE_S,
            trim=_trim,
        )

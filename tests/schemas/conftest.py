import json
from pathlib import Path

import pytest

from habeas.eventlog.interface import LogRecord

ROOT = Path(__file__).parents[2] / "schemas"


@pytest.fixture
def example():
    """Reads an example by name, as it lies on a log."""

    def read(name: str) -> LogRecord:
        content = json.loads((ROOT / "examples" / f"{name}.json").read_text("utf-8"))
        return LogRecord(
            topic=content["topic"],
            partition=0,
            offset=0,
            timestamp_ms=0,
            key=content["key"].encode(),
            value=json.dumps(content["value"]).encode(),
            headers=tuple((header, text.encode()) for header, text in content["headers"].items()),
        )

    return read

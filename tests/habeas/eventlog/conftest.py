"""An embedded log in a file of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from habeas.eventlog.embedded import EmbeddedLog
from schemas.topics import TOPICS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "log.sqlite"


@pytest.fixture
def log(path: Path) -> Iterator[EmbeddedLog]:
    log = EmbeddedLog(path)
    log.ensure_topics(TOPICS)
    yield log
    log.close()

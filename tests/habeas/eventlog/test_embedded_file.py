"""The file of the embedded log: whose it is, what it survives, and what is not taken for one."""

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from habeas.errors import ConfigurationError, RetriableError, SystemDownError
from habeas.eventlog.embedded import EmbeddedLog
from habeas.eventlog.interface import Message
from habeas.testing.eventlog.engine import numbered, numbers
from schemas.topics import TOPICS

TOPIC = "dsr.requests"


def test_the_file_is_for_its_owner_only(log: EmbeddedLog, path: Path) -> None:
    """Who asked for what is nobody else's business, even without names."""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_every_append_is_synced_to_the_disk(log: EmbeddedLog, path: Path) -> None:
    """Power may fail right after append has returned."""
    with log._storage.reading() as db:
        assert db.execute("PRAGMA synchronous").fetchone() == (2,)
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_what_lies_there_is_there_after_reopening(log: EmbeddedLog, path: Path) -> None:
    log.append(numbered(TOPIC, 10))
    log.close()
    again = EmbeddedLog(path)
    assert sorted(numbers(list(again.read(TOPIC)))) == list(range(10))
    again.close()


def test_several_processes_may_open_a_new_file_at_once(path: Path) -> None:
    """Nobody meets a half-made one."""
    script = (
        "import sys\nfrom pathlib import Path\nfrom habeas.eventlog.embedded import EmbeddedLog\n"
        "from schemas.topics import TOPICS\n"
        "log = EmbeddedLog(Path(sys.argv[1]))\nlog.ensure_topics(TOPICS)\nlog.close()\n"
    )
    openers = [subprocess.Popen([sys.executable, "-c", script, str(path)]) for _ in range(6)]
    assert [opener.wait(60) for opener in openers] == [0] * 6
    log = EmbeddedLog(path)
    assert list(log.check_topics(TOPICS)) == []
    log.close()


def test_trimming_keeps_what_is_younger(path: Path) -> None:
    """Retention deletes by age, from the beginning, and tells how much."""
    now_ms = [1_000]
    log = EmbeddedLog(path, now_ms=lambda: now_ms[0])
    log.ensure_topics(TOPICS)
    for now_ms[0] in (1_000, 2_000, 3_000):
        log.append([Message(TOPIC, b"key", b"%d" % now_ms[0])])
    assert log.trim(TOPIC, 2_000) == 1
    assert numbers(list(log.read(TOPIC))) == [2_000, 3_000]
    assert log.trim(TOPIC, 2_000) == 0
    log.append([Message(TOPIC, b"key", b"4000")])
    assert [record.offset for record in log.read(TOPIC)] == [1, 2, 3]
    log.close()


def test_a_file_of_something_else_is_left_alone(path: Path) -> None:
    """With a clear error, instead of tables among somebody's tables."""
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA application_id = 7")
    db.close()
    with pytest.raises(ConfigurationError, match="not an event log"):
        EmbeddedLog(path)


def test_a_file_of_a_newer_version_is_left_alone(log: EmbeddedLog, path: Path) -> None:
    with log._storage.writing() as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(ConfigurationError, match="this version"):
        EmbeddedLog(path)


def test_a_broken_file_is_a_clear_error(path: Path) -> None:
    """It says which file can't be used."""
    path.parent.mkdir()
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(SystemDownError, match=r"log\.sqlite"):
        EmbeddedLog(path)


def test_a_file_that_is_locked_for_long_is_a_passing_fault(log: EmbeddedLog, path: Path) -> None:
    """Whoever appends is told to try again, and nothing is appended."""
    log._storage._busy_timeout_s = 0.2
    log._storage._close_idle()
    with sqlite3.connect(path, isolation_level=None) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        with pytest.raises(RetriableError):
            log.append(numbered(TOPIC, 1))
        blocker.execute("ROLLBACK")
    blocker.close()
    assert list(log.read(TOPIC)) == []
    log.append(numbered(TOPIC, 1))


def test_a_full_disk_loses_nothing(log: EmbeddedLog) -> None:
    """Appending fails as the whole log's fault, what was there stays, and with room it goes on."""
    log.append(numbered(TOPIC, 10))
    with log._storage.reading() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(SystemDownError, match="FULL"):
        log.append([Message(TOPIC, b"key", bytes(200_000))])
    assert sorted(numbers(list(log.read(TOPIC)))) == list(range(10))
    log.append(numbered(TOPIC, 1, first=10))

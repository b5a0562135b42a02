"""The embedded log keeps every promise of the interface, on a real file, and some of its own."""

import os
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from habeas.errors import ConfigurationError, FencedError, RetriableError, SystemDownError
from habeas.eventlog.embedded import EmbeddedLog
from habeas.eventlog.embedded.liveness import is_dead, own_identity
from habeas.eventlog.interface import EventLog, Message
from habeas.testing.eventlog import Engine, EventLogConformance
from habeas.testing.eventlog.engine import numbered, numbers, take
from schemas.topics import TOPICS

LEASE_S = 3.0
TOPIC = "dsr.requests"


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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "log.sqlite"


@pytest.fixture
def log(path: Path) -> Iterator[EmbeddedLog]:
    log = EmbeddedLog(path)
    log.ensure_topics(TOPICS)
    yield log
    log.close()


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


def test_several_processes_may_append_at_once(log: EmbeddedLog, path: Path) -> None:
    """None loses or overwrites another's records, and offsets have no gaps."""
    script = (
        "import sys\nfrom pathlib import Path\nfrom habeas.eventlog.embedded import EmbeddedLog\n"
        "from habeas.testing.eventlog.engine import numbered\n"
        "log = EmbeddedLog(Path(sys.argv[1]))\n"
        "for first in range(int(sys.argv[2]), int(sys.argv[2]) + 200, 10):\n"
        f"    log.append(numbered({TOPIC!r}, 10, first=first))\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", script, str(path), str(first)]) for first in range(0, 800, 200)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0, 0]
    records = list(log.read(TOPIC))
    assert sorted(numbers(records)) == list(range(800))
    for place, end in log.end_offsets([TOPIC]).items():
        assert [record.offset for record in records if record.place == place] == list(range(end))


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


def test_a_waiting_poll_wakes_at_once(log: EmbeddedLog) -> None:
    """Within the process there is nothing to wait for."""
    member = log.subscribe("group", [TOPIC], member="a")
    member.poll(max_records=1, timeout_s=0)
    delays = []
    for _ in range(10):
        woken: list[float] = []
        waiting = threading.Thread(target=lambda woken=woken: (take(member, 1), woken.append(time.monotonic())))
        waiting.start()
        time.sleep(0.1)
        log.append(numbered(TOPIC, 1))
        appended = time.monotonic()
        waiting.join()
        delays.append(woken[0] - appended)
    assert sorted(delays)[2] < 0.03
    member.close()


def test_a_waiting_poll_notices_another_log_soon(log: EmbeddedLog, path: Path) -> None:
    """Another process's record is seen within a few hundredths of a second."""
    other = EmbeddedLog(path)
    member = log.subscribe("group", [TOPIC], member="a")
    member.poll(max_records=1, timeout_s=0)
    delays = []
    for _ in range(10):
        appended: list[float] = []

        def append(appended: list[float] = appended) -> None:
            other.append(numbered(TOPIC, 1))
            appended.append(time.monotonic())

        appending = threading.Timer(0.1, append)
        appending.start()
        assert len(member.poll(max_records=1, timeout_s=10)) == 1
        noticed = time.monotonic()
        appending.join()
        delays.append(noticed - appended[0])
    assert sorted(delays)[2] < 0.1
    member.close()
    other.close()


def test_idle_members_cost_next_to_nothing(log: EmbeddedLog) -> None:
    """Ten waiting consumers need less than a fiftieth of a processor."""
    members = [log.subscribe(f"group {n}", [TOPIC], member="a") for n in range(10)]
    for member in members:
        member.poll(max_records=1, timeout_s=0)
    threads = [threading.Thread(target=member.poll, kwargs={"max_records": 1, "timeout_s": 3}) for member in members]
    before = resource.getrusage(resource.RUSAGE_SELF)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime) < 3 / 50 * 2
    for member in members:
        member.close()


def test_a_member_of_the_same_name_replaces_the_first(log: EmbeddedLog) -> None:
    """A restarted consumer needs not wait for its own earlier life; that one is out."""
    log.append(numbered(TOPIC, 5))
    first = log.subscribe("group", [TOPIC], member="a")
    place = take(first, 5, commit=False)[0].place
    second = log.subscribe("group", [TOPIC], member="a")
    assert len(take(second, 5)) == 5
    with pytest.raises(FencedError):
        first.commit({place: 1})
    with pytest.raises(FencedError):
        first.poll(max_records=1, timeout_s=0)
    first.close()
    second.close()


def test_a_slow_member_keeps_its_partitions_while_nobody_else_wants_them(path: Path) -> None:
    """A lease that ran out harms nobody who is alone."""
    now_ms = [1_000_000]
    log = EmbeddedLog(path, now_ms=lambda: now_ms[0])
    log.ensure_topics(TOPICS)
    log.append(numbered(TOPIC, 5))
    member = log.subscribe("group", [TOPIC], member="a")
    records = take(member, 5, commit=False)
    now_ms[0] += 3_600_000
    member.commit({record.place: record.offset + 1 for record in records})
    member.close()
    log.close()


def test_a_silent_member_is_put_out_by_the_next_to_join(path: Path) -> None:
    """When its lease has run out, though its process still runs."""
    now_ms = [1_000_000]
    log = EmbeddedLog(path, lease_s=30, now_ms=lambda: now_ms[0])
    log.ensure_topics(TOPICS)
    silent = log.subscribe("group", [TOPIC], member="a")
    silent.poll(max_records=1, timeout_s=0)
    now_ms[0] += 30_001
    second = log.subscribe("group", [TOPIC], member="b")
    second.poll(max_records=1, timeout_s=0)
    assert len(second.assignment()) == 12
    with pytest.raises(FencedError):
        silent.poll(max_records=1, timeout_s=0)
    silent.close()
    assert len(second.assignment()) == 12
    second.close()
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


def test_a_dead_process_is_known_for_dead(log: EmbeddedLog) -> None:
    """By its number and start time, so that a new process of the same number is not taken for it."""
    mine = own_identity()
    assert not is_dead(mine)
    machine, pid, started = mine.rsplit("/", 2)
    assert is_dead(f"{machine}/{pid}/{int(started) + 1}")
    assert not is_dead(f"another machine/{pid}/{started}")
    assert not is_dead("")
    child = subprocess.Popen(
        [sys.executable, "-c", "from habeas.eventlog.embedded.liveness import *; print(own_identity()); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    identity = child.stdout.readline().strip()
    assert not is_dead(identity)
    os.kill(child.pid, signal.SIGKILL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert is_dead(identity)
    child.communicate()
    assert is_dead(identity)


def test_a_large_batch_is_read_in_bearable_pieces(log: EmbeddedLog) -> None:
    """A poll is bounded in bytes as well as in records; the rest comes with the next."""
    log.append([Message(TOPIC, b"key", bytes(200_000)) for _ in range(200)])
    member = log.subscribe("group", [TOPIC], member="a")
    first = member.poll(max_records=500, timeout_s=1)
    assert 100 < len(first) < 200
    second = member.poll(max_records=500, timeout_s=1)
    assert [record.offset for record in [*first, *second]] == list(range(200))
    member.close()

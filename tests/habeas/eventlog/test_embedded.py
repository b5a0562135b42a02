"""The embedded log keeps every promise of the interface, on a real file, and some of its own."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from habeas.errors import FencedError
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

"""Crashes: real processes, killed with SIGKILL or stopped with SIGSTOP at a chosen moment."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from habeas.eventlog.interface import EventLog, Message, Subscription, TopicPartition
from habeas.testing.eventlog.engine import PATIENCE_S, Engine, EngineTests, numbered, numbers, settle, take

Join = Callable[[str], Subscription]

_PRODUCER = """
from habeas.eventlog.interface import Message
for n in range(100_000):
    log.append([Message(TOPIC, b"key-%d" % (n % 24), b"%d" % n)])
    print(n, flush=True)
"""
_CONSUMER = """
import sys
from habeas.errors import FencedError
member = log.subscribe(GROUP, [TOPIC], member="other process")
records = []
while len(records) < 10:
    records += member.poll(max_records=10 - len(records), timeout_s=1)
place = records[0].place
member.commit({place: 4})
print("polled", flush=True)
for line in sys.stdin:
    try:
        if line == "commit\\n":
            member.commit({place: 10})
        else:
            member.poll(max_records=10, timeout_s=1)
        print("done", flush=True)
    except FencedError:
        print("fenced", flush=True)
"""


@contextmanager
def process(engine: Engine, script: str, **names: str) -> Iterator[subprocess.Popen[str]]:
    """Run a script that finds `log` and the names; killed at the end, if it still runs."""
    constants = "".join(f"{name.upper()} = {value!r}\n" for name, value in names.items())
    command = [sys.executable, "-c", f"{engine.source}\n{constants}{script}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


def line(of: subprocess.Popen[str]) -> str:
    assert of.stdout is not None
    return of.stdout.readline().strip()


def say(to: subprocess.Popen[str], command: str) -> str:
    assert to.stdin is not None
    to.stdin.write(f"{command}\n")
    to.stdin.flush()
    return line(to)


class Crashes(EngineTests):
    @pytest.mark.crash
    def test_what_append_returned_for_outlives_a_kill(self, engine: Engine, log: EventLog, topic: str) -> None:
        """A producer killed with SIGKILL has lost none of the records whose append had returned."""
        with process(engine, _PRODUCER, topic=topic) as producer:
            acknowledged = [int(line(producer)) for _ in range(200)]
            producer.kill()
            assert producer.stdout is not None
            acknowledged += [int(each) for each in producer.stdout.read().split("\n")[:-1]]
        assert set(acknowledged) <= set(numbers(list(log.read(topic))))
        log.append(numbered(topic, 1))

    @pytest.mark.crash
    def test_a_killed_consumers_work_comes_again(
        self, engine: Engine, log: EventLog, topic: str, group: str, join: Join
    ) -> None:
        """Everything after its last commit goes to another member, nothing before it."""
        log.append([Message(topic, b"key", b"%d" % n) for n in range(10)])
        with process(engine, _CONSUMER, topic=topic, group=group) as consumer:
            assert line(consumer) == "polled"
            consumer.kill()
            consumer.wait()
            assert numbers(take(join("successor"), 6)) == [4, 5, 6, 7, 8, 9]

    @pytest.mark.crash
    def test_a_stale_owner_is_fenced(self, engine: Engine, log: EventLog, topic: str, group: str, join: Join) -> None:
        """A member that froze, was replaced, and thaws can't overwrite its successor's position, nor read on."""
        log.append([Message(topic, b"key", b"%d" % n) for n in range(10)])
        (place,) = {record.place for record in log.read(topic)}
        with process(engine, _CONSUMER, topic=topic, group=group) as consumer:
            assert line(consumer) == "polled"
            consumer.send_signal(signal.SIGSTOP)
            successor = join("successor")
            assert numbers(take(successor, 6, commit=False)) == [4, 5, 6, 7, 8, 9]
            successor.commit({place: 5})
            consumer.send_signal(signal.SIGCONT)
            assert say(consumer, "commit") == "fenced"
            assert dict(log.committed(group, [topic])) == {place: 5}
            assert say(consumer, "poll") == "fenced"

    def test_another_process_wakes_a_waiting_poll(self, engine: Engine, topic: str, join: Join) -> None:
        """It does not matter which process appends."""
        member = join("a")
        settle(member, share=12)
        with process(engine, _PRODUCER, topic=topic) as producer:
            assert member.poll(max_records=1, timeout_s=PATIENCE_S)
            producer.kill()

    def test_two_processes_share_a_group(
        self, engine: Engine, log: EventLog, topic: str, group: str, join: Join
    ) -> None:
        """Membership holds across processes: what the other one owns is not ours."""
        log.append([Message(topic, b"key", b"%d" % n) for n in range(10)])
        (place,) = {record.place for record in log.read(topic)}
        with process(engine, _CONSUMER, topic=topic, group=group) as consumer:
            assert line(consumer) == "polled"
            ours = join("a")
            until = time.monotonic() + PATIENCE_S
            owned: frozenset[TopicPartition] = frozenset()
            while len(owned) != 6 and time.monotonic() < until:
                assert say(consumer, "poll") == "done"
                ours.poll(max_records=10, timeout_s=0.5)
                owned = ours.assignment()
            assert len(owned) == 6
            assert place.topic == topic

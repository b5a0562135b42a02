"""The event log on Kafka keeps every promise of the interface, on a real broker, and some of its own."""

import gc
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import uuid4

import psutil
import pytest

from habeas.errors import ConfigurationError, FencedError, HabeasError, SystemDownError
from habeas.eventlog.interface import EventLog, Message, Subscription
from habeas.eventlog.kafka import KafkaLog
from habeas.testing.eventlog import Engine, EventLogConformance
from habeas.testing.eventlog.engine import new_topic, next_offsets, numbered, numbers, settle, take
from habeas.testing.services import java_kafka
from schemas.topics import TOPICS, Topic

SESSION_S = 6.0
# kafka-python leaves a socket that could not connect to the garbage collector.
leaves_sockets = pytest.mark.filterwarnings("ignore:unclosed.*socket:ResourceWarning")
IMPATIENT = {"request_timeout_ms": 1_500, "bootstrap_timeout_ms": 1_500}


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


@pytest.fixture
def log(kafka_bootstrap: str) -> Iterator[KafkaLog]:
    log = KafkaLog(kafka_bootstrap, client_options={}, session_s=SESSION_S)
    yield log
    log.close()


@pytest.fixture
def topic(log: KafkaLog) -> Topic:
    topic = new_topic()
    log.ensure_topics([topic])
    return topic


@pytest.fixture
def swept(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Garbage is collected while the test's own filters hold, and no captured log line holds an error's frames."""
    caplog.set_level(logging.CRITICAL, logger="kafka")
    yield
    gc.collect()


@pytest.mark.kafka
def test_one_broker_is_said_not_to_be_durable(log: KafkaLog, topic: Topic) -> None:
    """A trial set-up works and does not pretend to be safe."""
    (problem,) = log.check_topics([topic])
    assert "fewer than three brokers" in problem.what.lower()


@pytest.mark.kafka
def test_topics_get_the_settings_that_are_written_down(log: KafkaLog) -> None:
    """Every topic of schemas/topics.py is made so that the check has nothing else to say."""
    suffix = f".{uuid4()}"
    topics = [replace(topic, name=topic.name + suffix) for topic in TOPICS]
    assert list(log.ensure_topics(topics)) == [topic.name for topic in topics]
    assert len(log.check_topics(topics)) == 1


@pytest.mark.kafka
def test_settings_that_were_changed_are_told(log: KafkaLog, topic: Topic) -> None:
    """By name, as found and as it should be."""
    told = [problem.what for problem in log.check_topics([replace(topic, extra={"retention.ms": "1234"})])]
    assert any(f"{topic.name} has retention.ms=" in what and "instead of 1234" in what for what in told)


@pytest.mark.kafka
def test_threads_may_share_a_log(log: KafkaLog, topic: Topic) -> None:
    """Appending and asking at once, none disturbs another."""
    log.append(numbered(topic.name, 1))
    failures: list[BaseException] = []

    def work(writer: int) -> None:
        try:
            for n in range(10):
                log.append(numbered(topic.name, 20, first=1000 * writer + 20 * n))
                log.end_offsets([topic.name])
        except HabeasError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=[writer]) for writer in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert sum(log.end_offsets([topic.name]).values()) == 801


@pytest.mark.kafka
def test_a_static_member_takes_up_where_it_was_without_a_rebalance(kafka_bootstrap: str, topic: Topic) -> None:
    """A restart under the same name gets the same partitions at once."""
    log = KafkaLog(kafka_bootstrap, client_options={}, session_s=SESSION_S, static_members=True)
    log.append(numbered(topic.name, 12))
    first = log.subscribe("static", [topic.name], member="crm-1")
    take(first, 12)
    first.close()
    again = log.subscribe("static", [topic.name], member="crm-1")
    log.append(numbered(topic.name, 6, first=12))
    assert sorted(numbers(take(again, 6))) == list(range(12, 18))
    again.close()
    log.close()


def test_nothing_connects_before_it_is_needed() -> None:
    """A process may start before its brokers do."""
    log = KafkaLog("127.0.0.1:9", client_options={})
    log.close()


@leaves_sockets
@pytest.mark.usefixtures("swept")
def test_no_broker_is_a_system_that_is_down() -> None:
    """Soon, and not as a hang, whatever is asked."""
    log = KafkaLog(f"127.0.0.1:{_unused_port()}", client_options=IMPATIENT)
    began = time.monotonic()
    for ask in _questions(log):
        with pytest.raises(SystemDownError):
            ask()
    (problem,) = log.check()
    assert "address" in problem.remedy
    assert time.monotonic() - began < 20
    log.close()


@leaves_sockets
@pytest.mark.usefixtures("swept")
def test_trying_for_long_piles_nothing_up() -> None:
    """Neither threads nor files, however often a broker was not there."""
    log = KafkaLog(f"127.0.0.1:{_unused_port()}", client_options=IMPATIENT | {"bootstrap_timeout_ms": 200})
    process = psutil.Process()

    def try_in_vain() -> tuple[int, int]:
        assert log.check()
        gc.collect()
        return threading.active_count(), process.num_fds()

    before = try_in_vain()
    assert [try_in_vain() for _ in range(5)] == [before] * 5
    log.close()


@leaves_sockets
@pytest.mark.usefixtures("swept")
def test_a_broker_that_accepts_and_says_nothing_is_down_too() -> None:
    """A frozen broker or a wrong port must not freeze us."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        log = KafkaLog(f"127.0.0.1:{mute.getsockname()[1]}", client_options=IMPATIENT)
        with pytest.raises(SystemDownError):
            log.append([Message("dsr.requests", b"key", b"value")])
        log.close()


def _questions(log: KafkaLog) -> list[Callable[[], object]]:
    return [
        lambda: log.append([Message("dsr.requests", b"key", b"value")]),
        lambda: log.subscribe("group", ["dsr.requests"], member="a"),
        lambda: log.end_offsets(["dsr.requests"]),
        lambda: log.ensure_topics(TOPICS),
    ]


def _unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


@pytest.mark.parametrize("name", ["acks", "enable_auto_commit", "value_deserializer", "bootstrap_servers"])
def test_options_that_would_lose_records_are_refused(name: str) -> None:
    """Settings of TLS, SASL and the network are the user's; those that keep the promises are not."""
    with pytest.raises(ConfigurationError, match=name):
        KafkaLog("localhost:9092", client_options={name: 0})


def test_secrets_do_not_show() -> None:
    """Nor does a password in whatever is printed of the log."""
    log = KafkaLog("localhost:9092", client_options={"sasl_plain_password": "hunter-two"})
    assert "hunter-two" not in repr(log._clients)
    log.close()


@contextmanager
def _broker_to_freeze() -> Iterator[tuple[str, psutil.Process]]:
    if not java_kafka.available():
        pytest.skip("needs a broker of its own, run by Java")
    others = {child.pid for child in psutil.Process().children()}
    with java_kafka.started() as bootstrap:
        (broker,) = [child for child in psutil.Process().children() if child.pid not in others]
        try:
            yield bootstrap, broker
        finally:
            broker.resume()


def _poll_for(member: Subscription, *, seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        member.poll(max_records=10, timeout_s=1)


@pytest.mark.kafka
@pytest.mark.crash
@leaves_sockets
@pytest.mark.usefixtures("swept")
def test_a_broker_that_freezes_is_noticed_and_its_return_too() -> None:
    """Appending and polling say that the system is down; when it is back they go on, and nothing is skipped."""
    with _broker_to_freeze() as (bootstrap, broker):
        log = KafkaLog(bootstrap, client_options=IMPATIENT, session_s=SESSION_S, delivery_s=4)
        topic = new_topic()
        log.ensure_topics([topic])
        member = log.subscribe("group", [topic.name], member="a")
        settle(member, share=12)
        log.append(numbered(topic.name, 100))
        assert len(take(member, 100)) == 100

        broker.suspend()
        with pytest.raises(SystemDownError):
            log.append(numbered(topic.name, 100, first=100))
        with pytest.raises(SystemDownError):
            _poll_for(member, seconds=60)
        broker.resume()

        log.append(numbered(topic.name, 100, first=200))
        seen: set[int] = set()
        until = time.monotonic() + 60
        while not seen.issuperset(range(200, 300)) and time.monotonic() < until:
            try:
                batch = member.poll(max_records=500, timeout_s=1)
                seen.update(numbers(batch))
                member.commit(next_offsets(batch))
            except FencedError:
                member.close()
                member = log.subscribe("group", [topic.name], member="b")
        assert seen.issuperset(range(200, 300))
        assert set(numbers(list(log.read(topic.name)))) >= {*range(100), *range(200, 300)}
        member.close()
        log.close()

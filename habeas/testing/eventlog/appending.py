"""Appending: where records go, what is taken and what is refused."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habeas.errors import PermanentError, SystemDownError
from habeas.eventlog.interface import EventLog, Message, TopicPartition
from habeas.eventlog.limits import wire_bytes
from habeas.testing.eventlog.engine import Engine, EngineTests, new_topic, numbered, numbers
from schemas.topics import MESSAGE_BYTES_MAX

KAFKA_HASHES = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}
"""As in Apache Kafka's own tests (UtilsTest.testMurmur2)."""
_HEADERS = st.lists(st.tuples(st.text(st.characters(codec="utf-8"), max_size=8), st.binary(max_size=8)), max_size=4)


class Appending(EngineTests):
    def test_append_says_where_each_message_lies(self, log: EventLog, topic: str) -> None:
        """The positions returned are those under which the records are read."""
        messages = numbered(topic, 100)
        positions = log.append(messages)
        found = {(record.place, record.offset): record.value for record in log.read(topic)}
        assert found == {position: message.value for position, message in zip(positions, messages, strict=True)}

    def test_equal_keys_lie_where_kafka_puts_them(self, log: EventLog, topic: str) -> None:
        """A key's partition is murmur2's, so that other producers agree, and never changes."""
        places = [TopicPartition(topic, (digest & 0x7FFFFFFF) % 12) for digest in KAFKA_HASHES.values()]
        for _ in range(2):
            positions = log.append([Message(topic, key, b"x") for key in KAFKA_HASHES])
            assert [place for place, _ in positions] == places

    def test_records_without_a_key_are_spread(self, log: EventLog, topic: str) -> None:
        """Nothing without a key piles up in one partition."""
        positions = log.append([Message(topic, None, b"x")] * 24)
        places = [place for place, _ in positions]
        assert all(places.count(TopicPartition(topic, each)) == 2 for each in range(12))

    def test_order_holds_within_a_partition(self, log: EventLog, topic: str) -> None:
        """Whoever appends in order, however many at once, finds that order in each partition."""

        def write(writer: int) -> None:
            for first in range(0, 60, 20):
                log.append([Message(topic, b"one key", b"%d" % (writer * 1000 + n)) for n in range(first, first + 20)])

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(write, range(4)))
        records = list(log.read(topic))
        assert len({record.place for record in records}) == 1
        assert [record.offset for record in records] == list(range(240))
        for writer in range(4):
            mine = [number for number in numbers(records) if number // 1000 == writer]
            assert mine == sorted(mine)
            assert len(mine) == 60

    def test_a_large_batch_is_taken_whole(self, log: EventLog, topic: str) -> None:
        """There is no number of messages that a caller must not pass at once."""
        messages = numbered(topic, 5000)
        assert len(log.append(messages)) == 5000
        assert sorted(numbers(list(log.read(topic)))) == list(range(5000))

    def test_nothing_appended_is_nothing(self, log: EventLog) -> None:
        assert list(log.append([])) == []

    def test_nulls_headers_and_tombstones_come_back_as_they_went(self, log: EventLog, topic: str) -> None:
        """A tombstone is no empty value, a missing key no empty key, and headers keep order, doubles and bytes."""
        messages = [
            Message(topic, b"key", None, (("ce_type", b"x"),)),
            Message(topic, b"key", b""),
            Message(topic, None, b"value"),
            Message(topic, b"", b"\x00\xff\xfe", (("a", b""), ("a", b"\xff\x00"), ("Å", "ü".encode()), ("", b"-"))),
        ]
        positions = log.append(messages)
        found = {(record.place, record.offset): record for record in log.read(topic)}
        for position, message in zip(positions, messages, strict=True):
            record = found[position]
            assert (record.key, record.value, record.headers) == (message.key, message.value, message.headers)

    # The topic may hold other examples' records: each looks only for its own.
    # Both engines inherit this test on purpose.
    @settings(
        max_examples=20,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(value=st.none() | st.binary(max_size=64), key=st.binary(max_size=64), headers=_HEADERS)
    def test_any_bytes_come_back_as_they_went(
        self, log: EventLog, topic: str, value: bytes | None, key: bytes, headers: list[tuple[str, bytes]]
    ) -> None:
        """Whatever key, value and headers are."""
        ((place, offset),) = log.append([Message(topic, key, value, tuple(headers))])
        (record,) = [each for each in log.read(topic) if (each.place, each.offset) == (place, offset)]
        assert (record.key, record.value, record.headers) == (key, value, tuple(headers))

    def test_a_message_is_taken_up_to_the_limit_and_refused_beyond(self, log: EventLog, topic: str) -> None:
        """The error says how large it may be, and nothing of the batch is appended."""
        room = MESSAGE_BYTES_MAX - wire_bytes(b"key", b"", ())
        with pytest.raises(PermanentError, match=f"{MESSAGE_BYTES_MAX:,}"):
            log.append([Message(topic, b"key", b"fits"), Message(topic, b"key", bytes(room + 1))])
        assert list(log.read(topic)) == []
        log.append([Message(topic, b"key", bytes(room))])
        assert [len(record.value or b"") for record in log.read(topic)] == [room]

    def test_a_message_without_key_and_value_is_refused(self, log: EventLog, topic: str) -> None:
        with pytest.raises(PermanentError, match="neither a key nor a value"):
            log.append([Message(topic, None, None)])

    def test_an_unknown_topic_is_a_clear_error(self, log: EventLog, topic: str) -> None:
        """The error names the topic, and nothing makes it by accident."""
        with pytest.raises(PermanentError, match=r"dsr\.misspelt"):
            log.append([Message(topic, b"key", b"x"), Message("dsr.misspelt", b"key", b"x")])
        with pytest.raises(PermanentError, match=r"dsr\.misspelt"):
            log.subscribe("group", ["dsr.misspelt"], member="a")
        assert list(log.read(topic)) == []

    def test_topics_are_made_once_and_checked(self, log: EventLog) -> None:
        """Making them again changes nothing; a check names those that are missing."""
        made, missing = new_topic(), new_topic()
        assert list(log.ensure_topics([made])) == [made.name]
        assert list(log.ensure_topics([made])) == []
        told = [problem.what for problem in log.check_topics([made, missing])]
        assert any(missing.name in what for what in told)
        assert not any(made.name in what for what in told)

    def test_a_wrong_number_of_partitions_is_told(self, log: EventLog) -> None:
        """With another number of partitions keys move, and the order of a person's requests is lost."""
        topic = new_topic()
        log.ensure_topics([topic])
        told = [problem.what for problem in log.check_topics([replace(topic, partitions=13)])]
        assert any("12 partitions instead of 13" in what for what in told)

    def test_a_working_log_has_no_problems(self, log: EventLog) -> None:
        assert list(log.check()) == []

    def test_after_close_nothing_is_taken(self, engine: Engine, topic: str) -> None:
        """A late caller gets an error, not a hang."""
        log = engine.open()
        log.append(numbered(topic, 1))
        log.close()
        log.close()
        with pytest.raises(SystemDownError, match="closed"):
            log.append(numbered(topic, 1))

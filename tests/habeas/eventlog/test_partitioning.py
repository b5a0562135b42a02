"""A key's partition is Kafka's own, on every engine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2 as reference

from habeas.eventlog.partitioning import Partitioner, murmur2, partition_of
from habeas.testing.eventlog.appending import KAFKA_HASHES


@pytest.mark.parametrize(("key", "digest"), KAFKA_HASHES.items())
def test_the_hash_is_kafkas(key: bytes, digest: int) -> None:
    """Taken from Apache Kafka's own test of it."""
    assert murmur2(key) == digest & 0xFFFFFFFF


@given(st.binary(max_size=70))
def test_the_hash_is_the_client_librarys(key: bytes) -> None:
    """For keys of any length, so that records of other producers meet ours."""
    assert murmur2(key) == reference(key)


@given(st.binary(), st.integers(1, 64))
def test_a_key_lies_in_one_of_the_partitions(key: bytes, partitions: int) -> None:
    assert 0 <= partition_of(key, partitions) < partitions


def test_keyless_records_take_turns_topic_by_topic() -> None:
    """One busy topic does not make another one lopsided."""
    partitioner = Partitioner()
    chosen = [partitioner.choose(topic, None, 3) for topic in ("a", "b", "a", "b", "a", "a")]
    assert chosen == [0, 0, 1, 1, 2, 0]

"""A dead letter holds the original record as it was, and says in headers why it lies there."""

from dataclasses import replace
from uuid import UUID

import pytest

from habeas.errors import PoisonError
from habeas.eventlog import dead_letters
from habeas.eventlog.embedded import EmbeddedLog
from habeas.eventlog.interface import LogRecord, Message
from habeas.eventlog.limits import check_messages, wire_bytes
from schemas.topics import DEAD_LETTERS, MESSAGE_BYTES_MAX, TOPICS

ORIGINAL = LogRecord(
    "dsr.requests",
    5,
    42,
    1_700_000_000_123,
    b"\x00key",
    b"not json \xff",
    (("ce_id", b"\xff\x00"), ("ce_type", b"x"), ("ce_type", b"y")),
)
LETTER = dead_letters.letter_id("connector.crm", "dsr.requests", 5, 42)


def letter(record: LogRecord = ORIGINAL, system: str | None = "crm") -> Message:
    return dead_letters.to_message(
        record, letter_id=LETTER, consumer="connector.crm", error_class="PoisonError", attempts=3, system=system
    )


def as_record(message: Message) -> LogRecord:
    return LogRecord(message.topic, 0, 0, 0, message.key, message.value, message.headers)


def test_the_original_stays_byte_for_byte() -> None:
    """Key, value and every header, doubles and order too: what is replayed is what came."""
    message = letter()
    assert message.topic == DEAD_LETTERS.name
    assert (message.key, message.value) == (ORIGINAL.key, ORIGINAL.value)
    assert message.headers[:3] == ORIGINAL.headers


def test_reasons_are_text_under_springs_names() -> None:
    """The usual tools show them; an exception's message is not among them."""
    reasons = dict(letter().headers[3:])
    assert reasons == {
        "kafka_dlt-original-topic": b"dsr.requests",
        "kafka_dlt-original-partition": b"5",
        "kafka_dlt-original-offset": b"42",
        "kafka_dlt-original-timestamp": b"1700000000123",
        "kafka_dlt-original-consumer-group": b"connector.crm",
        "kafka_dlt-exception-fqcn": b"habeas.errors.PoisonError",
        "habeas_attempts": b"3",
        "habeas_error-class": b"PoisonError",
        "habeas_dead-letter-id": LETTER.encode(),
        "habeas_system": b"crm",
    }


def test_a_dead_letter_is_read_back() -> None:
    read = dead_letters.of_record(as_record(letter()))
    assert read.original == ORIGINAL
    assert (read.id, read.consumer, read.error_class, read.attempts) == (LETTER, "connector.crm", "PoisonError", 3)
    assert read.system == "crm"
    assert dead_letters.of_record(as_record(letter(system=None))).system is None


def test_giving_up_the_same_record_again_is_the_same_letter() -> None:
    """A crash between noting and publishing leaves one letter, not two."""
    assert dead_letters.letter_id("connector.crm", "dsr.requests", 5, 42) == LETTER
    assert dead_letters.letter_id("connector.billing", "dsr.requests", 5, 42) != LETTER
    assert UUID(LETTER).version == 5


def test_a_dead_letter_that_fails_again_tells_the_newer_reason_only() -> None:
    """Reasons do not pile up: there is one of each."""
    again = letter(as_record(letter(system=None)))
    assert len(again.headers) == len(dict(again.headers)) + 1  # ce_type came doubled
    assert dict(again.headers)["kafka_dlt-original-topic"] == DEAD_LETTERS.name.encode()


def test_the_largest_record_still_becomes_a_dead_letter() -> None:
    """Otherwise a record at the limit would stop its consumer for ever."""
    room = MESSAGE_BYTES_MAX - wire_bytes(b"key", b"", ())
    largest = LogRecord("dsr.requests", 0, 0, 0, b"key", bytes(room), ())
    check_messages([Message(largest.topic, largest.key, largest.value), letter(largest)])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("kafka_dlt-original-topic", None),
        ("kafka_dlt-original-offset", b"many"),
        ("kafka_dlt-original-partition", b"\xff"),
        ("habeas_dead-letter-id", b"42"),
        ("habeas_attempts", "٣".encode()),
    ],
)
def test_what_is_no_dead_letter_is_poison(name: str, content: bytes | None) -> None:
    """With the header's name, and not its content, in the message."""
    headers = tuple(each for each in letter().headers if each[0] != name)
    if content is not None:
        headers += ((name, content),)
    with pytest.raises(PoisonError, match=name):
        dead_letters.of_record(replace(as_record(letter()), headers=headers))


def test_a_dead_letter_survives_the_log(tmp_path) -> None:
    """Written, read, and the original is whole."""
    log = EmbeddedLog(tmp_path / "log.sqlite")
    log.ensure_topics(TOPICS)
    log.append([letter()])
    (found,) = log.read(DEAD_LETTERS.name)
    assert dead_letters.of_record(found).original == ORIGINAL
    log.close()

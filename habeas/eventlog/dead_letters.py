"""Dead letters on the log: the original record as it was, and why it lies there, in headers.

The names are Spring Kafka's where it has one, so that the usual tools show them; all are UTF-8 text. There is no
exception message: it may come from an outside system.
"""

from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from habeas import errors
from habeas.errors import PoisonError
from habeas.eventlog.cloudevents import header
from habeas.eventlog.interface import LogRecord, Message
from schemas.topics import DEAD_LETTERS

TOPIC = "kafka_dlt-original-topic"
PARTITION = "kafka_dlt-original-partition"
OFFSET = "kafka_dlt-original-offset"
TIMESTAMP = "kafka_dlt-original-timestamp"
GROUP = "kafka_dlt-original-consumer-group"
EXCEPTION = "kafka_dlt-exception-fqcn"
ATTEMPTS = "habeas_attempts"
ERROR_CLASS = "habeas_error-class"
LETTER = "habeas_dead-letter-id"
SYSTEM = "habeas_system"
_OURS = frozenset((TOPIC, PARTITION, OFFSET, TIMESTAMP, GROUP, EXCEPTION, ATTEMPTS, ERROR_CLASS, LETTER, SYSTEM))


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead letter read back: the record that could not be handled, by whom, and why."""

    id: str
    original: LogRecord
    consumer: str
    error_class: str
    attempts: int
    system: str | None


def letter_id(consumer: str, topic: str, partition: int, offset: int) -> str:
    """The same whenever the same consumer gives up the same record, so that a crash in between makes no second one."""
    return str(uuid5(NAMESPACE_URL, f"urn:habeas:dead-letter:{consumer}|{topic}|{partition}|{offset}"))


def to_message(
    record: LogRecord,
    *,
    letter_id: str,
    consumer: str,
    error_class: str,
    attempts: int,
    system: str | None = None,
) -> Message:
    """The dead letter of a record; key, value and headers stay byte for byte.

    `error_class` is the name of one of `habeas.errors`. A record that is a dead letter itself loses the older reasons.
    """
    reasons = {
        TOPIC: record.topic,
        PARTITION: str(record.partition),
        OFFSET: str(record.offset),
        TIMESTAMP: str(record.timestamp_ms),
        GROUP: consumer,
        EXCEPTION: f"{errors.__name__}.{error_class}" if hasattr(errors, error_class) else error_class,
        ATTEMPTS: str(attempts),
        ERROR_CLASS: error_class,
        LETTER: letter_id,
    }
    if system is not None:
        reasons[SYSTEM] = system
    kept = tuple(each for each in record.headers if each[0] not in _OURS)
    added = tuple((name, text.encode()) for name, text in reasons.items())
    key = b"" if record.key is None and record.value is None else record.key  # a client sends no record without both
    return Message(DEAD_LETTERS.name, key, record.value, kept + added)


def of_record(record: LogRecord) -> DeadLetter:
    """Read a dead letter. Raises PoisonError for a record that is none."""
    original = LogRecord(
        topic=_text(record, TOPIC),
        partition=_number(record, PARTITION),
        offset=_number(record, OFFSET),
        timestamp_ms=_number(record, TIMESTAMP),
        key=record.key,
        value=record.value,
        headers=tuple(each for each in record.headers if each[0] not in _OURS),
    )
    return DeadLetter(
        id=_uuid(record, LETTER),
        original=original,
        consumer=_text(record, GROUP),
        error_class=_text(record, ERROR_CLASS),
        attempts=_number(record, ATTEMPTS),
        system=None if header(record.headers, SYSTEM) is None else _text(record, SYSTEM),
    )


def _text(record: LogRecord, name: str) -> str:
    content = header(record.headers, name)
    try:
        text = (content or b"").decode()
    except UnicodeDecodeError:
        text = ""
    if not text:
        raise PoisonError(f"This is no dead letter: header {name} is missing or not text.")
    return text


def _number(record: LogRecord, name: str) -> int:
    text = _text(record, name)
    if not (text.isascii() and text.removeprefix("-").isdecimal()):
        raise PoisonError(f"This is no dead letter: header {name} is no number.")
    return int(text)


def _uuid(record: LogRecord, name: str) -> str:
    text = _text(record, name)
    try:
        return str(UUID(text))
    except ValueError:
        pass
    raise PoisonError(f"This is no dead letter: header {name} is no UUID.")

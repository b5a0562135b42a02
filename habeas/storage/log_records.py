"""Records of the log in a JSON column: latin-1 gives any bytes back as they were, and leaves text readable."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from habeas.eventlog.interface import Headers, LogRecord


def headers_to_json(headers: Headers) -> list[list[str]]:
    """`[[name, value], …]`."""
    return [[name, value.decode("latin-1")] for name, value in headers]


def headers_of_json(pairs: Iterable[Sequence[str]]) -> Headers:
    """The inverse of `headers_to_json`."""
    return tuple((name, value.encode("latin-1")) for name, value in pairs)


def record_to_json(record: LogRecord) -> dict[str, object]:
    """All but its value, which has a column of its own."""
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp_ms": record.timestamp_ms,
        "key": None if record.key is None else record.key.decode("latin-1"),
        "headers": headers_to_json(record.headers),
    }


def record_of_json(raw: Mapping[str, Any], value: bytes | None) -> LogRecord:
    """The inverse of `record_to_json`."""
    key = None if raw["key"] is None else raw["key"].encode("latin-1")
    return LogRecord(**{**raw, "key": key, "headers": headers_of_json(raw["headers"]), "value": value})

"""What a database column holds, as a record may carry it."""

import math
from collections.abc import Sequence
from datetime import date, datetime

import orjson

from habeas.domain.records import Scalar
from habeas.errors import PermanentError

_INT64 = 2**63


def scalar(raw: object) -> Scalar:
    """The value itself if JSON has it, else its usual text: ISO 8601 for dates, hexadecimal for bytes."""
    kind = type(raw)  # every value of every row comes by here
    if kind is str or raw is None or kind is bool or (kind is int and -_INT64 <= raw < _INT64):  # type: ignore[operator]
        return raw  # type: ignore[return-value]
    match raw:
        case str() | bool():
            return raw
        case int() if -_INT64 <= raw < _INT64:
            return raw
        case float() if math.isfinite(raw):
            return raw
        case _:
            return _text(raw)


def _text(raw: object) -> str:
    match raw:
        case datetime():
            return raw.isoformat(sep=" ")
        case bytes() | bytearray() | memoryview():
            return bytes(raw).hex()
        case dict() | list():
            return orjson.dumps(raw, default=str).decode()
        case _:  # a date, a decimal, a UUID: their text is the usual one
            return str(raw)


def day(raw: object, *, column: str) -> date | None:
    """An anchor date. Raises PermanentError if the column holds something else."""
    match raw:
        case None | "":
            return None
        case datetime():
            return raw.date()
        case date():
            return raw
        case str():
            try:
                return date.fromisoformat(raw[:10])
            except ValueError:
                raise PermanentError(f"{column} of a row is not a date: write it as 2026-01-31") from None
        case _:
            raise PermanentError(f"{column} of a row is not a date")


def key_text(values: Sequence[object]) -> str:
    """A row's key as text, its parts separated by slashes."""
    return "/".join(str(scalar(each)) for each in values)

"""Record headers in a JSON column: latin-1 gives any bytes back as they were, and leaves text readable."""

from collections.abc import Iterable, Sequence

from habeas.eventlog.interface import Headers


def headers_to_json(headers: Headers) -> list[list[str]]:
    """`[[name, value], …]`."""
    return [[name, value.decode("latin-1")] for name, value in headers]


def headers_of_json(pairs: Iterable[Sequence[str]]) -> Headers:
    """The inverse of `headers_to_json`."""
    return tuple((name, value.encode("latin-1")) for name, value in pairs)

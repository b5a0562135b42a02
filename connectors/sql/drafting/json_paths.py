"""Paths within JSON at which e-mail addresses stand. The values are looked at and forgotten, as those of columns."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date

from connectors.sql.drafting.shapes import Shape, shapes_of

_PLAIN = re.compile(r"[A-Za-z_][\w-]*")
_DATA = re.compile(r"@|\d{4}")
_DEPTH_MAX = 20


def email_paths(values: Sequence[object], *, today: date) -> tuple[str, ...]:
    """As a map writes them; empty where the column holds no JSON, or no addresses."""
    held: dict[str, list[object]] = {}
    for value in values:
        for path, leaf in _leaves(_parsed(value), ""):
            held.setdefault(path, []).append(leaf)
    return tuple(path for path, leaves in held.items() if Shape.EMAIL in shapes_of(leaves, today=today))


def _parsed(value: object) -> object:
    """PostgreSQL's driver gives JSON as what it is, a text column as text."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value if isinstance(value, dict | list) else None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _leaves(value: object, path: str, depth: int = 0) -> Iterator[tuple[str, object]]:
    if depth > _DEPTH_MAX:
        return
    match value:
        case dict():
            for key, each in value.items():
                if key and not _DATA.search(key):  # a key may be somebody's data itself, which no draft may show
                    yield from _leaves(each, _within(path, key), depth + 1)
        case list():
            for each in value:
                yield from _leaves(each, f"{path}[*]", depth + 1)
        case str() if path:
            yield path, value


def _within(path: str, key: str) -> str:
    name = key if _PLAIN.fullmatch(key) else json.dumps(key, ensure_ascii=False)
    return f"{path}.{name}" if path else name

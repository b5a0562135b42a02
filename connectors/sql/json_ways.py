"""Recognising people by what is within JSON: several values may stand at one path, and only one of them be theirs."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

from connectors.sql.json_texts import Path, elements, held, is_json, parse_path, value
from connectors.sql.map import Table
from habeas.domain.records import Scalar
from habeas.domain.subjects import IdentifierKind

Raw = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where in a row something stands by which people are recognised; `path` is None where it is a whole column."""

    column: str
    position: int
    path: Path | None

    def values(self, row: Sequence[object]) -> list[object]:
        """Each of them."""
        text = row[self.position]
        if self.path is None:
            return [text]
        if not isinstance(text, str) or not is_json(text):
            return [None]
        return [value([one], ()) for one in held(text, self.path)] or [None]


def held_in(table: Table, name: str) -> str:
    """The column itself, or the one in whose JSON it is."""
    return table.json_fields[name][0] if name in table.json_fields else name


def sources_of(table: Table, way: Sequence[str], position: Callable[[str], int]) -> tuple[Source, ...]:
    """Of one way to recognise a person; `position` tells where in a row a column is."""
    found = []
    for name in way:
        column = held_in(table, name)
        path = parse_path(table.json_fields[name][1]) if name in table.json_fields else None
        found.append(Source(column, position(column), path))
    return tuple(found)


def raws(sources: Sequence[Source], row: Sequence[object]) -> list[Raw]:
    """What the columns of a way hold together, once for each value of a list."""
    return list(product(*(each.values(row) for each in sources)))


def narrowed(
    text: str,
    path: Path,
    ways: Sequence[tuple[IdentifierKind, Path]],
    is_theirs: Callable[[IdentifierKind, Scalar], bool],
) -> list[Path]:
    """Of a path within a list of several people, the same in those elements that are this person's.

    The path itself where it lies in no list by which the person was recognised.
    """
    theirs: dict[int, dict[int, None]] = {}
    for kind, way in ways:
        at = way.index(None)
        if path[: at + 1] != way[: at + 1]:
            continue
        found = theirs.setdefault(at, {})
        for number in range(elements(text, way[:at])):
            own = (value([one], ()) for one in held(text, (*way[:at], number, *way[at + 1 :])))
            if any(is_theirs(kind, each) for each in own):
                found[number] = None
    if not theirs:
        return [path]
    ((at, numbers),) = theirs.items()  # the first list on one path is the same for all
    return [(*path[:at], number, *path[at + 1 :]) for number in sorted(numbers)]


def digest_of(text: str | None) -> str | None:
    """Of JSON as the database writes it."""
    return None if text is None else hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()

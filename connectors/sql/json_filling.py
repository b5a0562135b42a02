"""Changing fields that are within JSON: the rows are read under lock, and only the paths that are meant are rewritten.

The database's own functions would rewrite the whole value: the order of keys, the blanks, the spelling of numbers.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import NullType

from connectors.sql.changes import Key, Row, Step
from connectors.sql.choosing import Chosen, conditions
from connectors.sql.entries import Table
from connectors.sql.filling import corrected, replacement
from connectors.sql.json_texts import Path, as_written, changed, held, is_json, parse_path
from connectors.sql.json_ways import digest_of
from connectors.sql.pseudonyms import PSEUDONYM, pseudonym
from connectors.sql.target import Target
from connectors.sql.values import key_text, scalar

Writes = list[tuple[Key, dict[str, str]]]
"""By key the new texts of columns."""
_New = Callable[[str, Key, list[str]], str | None]
"""What comes in place of a field, by its name, the row's key and what stands there; None empties it."""


def emptied(step: Step, mapped: Table, token: str) -> _New:
    """What erasing or anonymising puts there."""
    verbs = dict(step.columns)

    def new(name: str, key: Key, _: list[str]) -> str | None:
        value = replacement(mapped, name, verbs[name])
        if isinstance(value, str):
            value = value.replace("{key}", key_text(key))
            value = value.replace(PSEUDONYM, pseudonym(token, f"{step.collection}.{name}"))
        return None if value is None else json.dumps(value, ensure_ascii=False)

    return new


def correcting(values: Mapping[str, str]) -> _New:
    """The values themselves, in the type of what they replace."""
    return lambda name, _, before: as_written(values[name], before)


class JsonFields:
    """Some fields of some rows of one table."""

    def __init__(self, connection: sa.Connection, target: Target, step: Step, names: Sequence[str]) -> None:
        self._connection = connection
        self._target = target
        self._step = step
        self._mapped = target.sql_map.tables[step.collection]
        self._table = target.live.tables[step.table]
        self._paths: dict[str, dict[str, Path]] = {}
        for name in names:
            column, path, _ = self._mapped.json_fields[name]
            self._paths.setdefault(column, {})[name] = parse_path(path)

    def read(
        self, rows: Sequence[Row], new: _New, differs: sa.ColumnElement[bool], more: Mapping[str, object] | None = None
    ) -> tuple[Writes, int]:
        """What is to be written, and in how many of the rows that, or what the condition tells of, is a change.

        `more` are the condition's own parameters.
        """
        key, clause, chosen = self._mapped.key, self._table.clause, Chosen.of(rows)
        dialect = self._target.prepared.dialect
        where = conditions(self._table, key=key, shape=chosen.shape, dialect=dialect)
        texts = [sa.cast(clause.c[column], sa.Text) for column in self._paths]
        select = sa.select(*(clause.c[each] for each in key), differs, *texts).where(*where).with_for_update()
        parameters = self._target.parameters(self._step, chosen) | dict(more or {})
        in_lists = {row.key: row for row in rows if row.narrowed is not None}
        writes: Writes = []
        count = 0
        for row in self._connection.execute(select, parameters).all():
            here = tuple(row[: len(key)])
            known = in_lists.get(tuple([scalar(each) for each in here])) if in_lists else None
            different = self._different(here, row[len(key) + 1 :], new, known)
            if different:
                writes.append((here, different))
            count += bool(different or row[len(key)])
        return writes, count

    def write(self, writes: Writes) -> None:
        """To rows that have been read, and so are locked, by their keys alone."""
        clause = self._table.clause
        dialect = self._target.prepared.dialect
        keyed = [
            clause.c[each] == sa.bindparam(f"key_{at}", type_=NullType()) for at, each in enumerate(self._mapped.key)
        ]
        by_columns: dict[tuple[str, ...], list[dict[str, object]]] = {}
        for key, texts in writes:
            values: dict[str, object] = {f"key_{at}": each for at, each in enumerate(key)}
            values |= {f"new_{at}": text for at, text in enumerate(texts.values())}
            by_columns.setdefault(tuple(texts), []).append(values)
        for columns, some in by_columns.items():
            new: dict[str, Any] = {
                column: corrected(self._table, column, f"new_{at}", dialect, required=True)
                for at, column in enumerate(columns)
            }
            self._connection.execute(sa.update(clause).where(*keyed).values(new), some)

    def _different(self, key: Key, texts: Sequence[str | None], new: _New, row: Row | None) -> dict[str, str]:
        different = {}
        for (column, paths), text in zip(self._paths.items(), texts, strict=True):
            if text is None or not is_json(text):
                continue
            narrow = row.narrowed or {} if row else {}
            if row and narrow.keys() & paths.keys() and ((column,), (digest_of(text),)) not in row.ties:
                continue  # no longer as it was read: the elements may have moved
            there = {
                each: (name, held(text, each)) for name, path in paths.items() for each in narrow.get(name, (path,))
            }
            edited = changed(text, {path: new(name, key, what) for path, (name, what) in there.items() if what})
            if edited != text:
                different[column] = edited
        return different

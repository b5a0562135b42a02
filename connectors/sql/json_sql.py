"""Identifiers within JSON as SQL: a quick look at what stands at a path; `json_ways` has the last word."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from connectors.sql.json_texts import Path, parse_path
from connectors.sql.live import LiveColumn

DIGEST = "habeas_digest"
"""SQLite's function for what PostgreSQL calls sha256."""
_NATIVE = {"json", "jsonb"}
_Holds = Callable[[str], sa.ColumnElement[bool]]


def whose(column: str, path: str, live: LiveColumn, dialect: str, holds: _Holds) -> sa.ColumnElement[bool]:
    """The condition that something at the path of a quoted column fulfils `holds`, which is given it as SQL.

    PostgreSQL can't ask a text whether it is JSON without failing where it isn't: of a text column every row is read.
    """
    steps = parse_path(path)
    if dialect == "sqlite":
        return holds(_scalar_of_sqlite(column, steps)) if None not in steps else _any_of_sqlite(column, steps, holds)
    if live.declared not in _NATIVE:
        return sa.literal_column(column).is_not(None)
    if None not in steps:
        return holds(_extracted(column, steps))
    found = f"jsonb_path_query(CAST({column} AS jsonb), CAST({_literal(_jsonpath(steps))} AS jsonpath)) AS e (v)"
    return _some(found, holds("(e.v #>> CAST(ARRAY[] AS text[]))"))


def indexable(column: str, path: str, live: LiveColumn, dialect: str) -> str | None:
    """What an index can be made over, None if nothing: several values are in none, nor what may not be JSON."""
    steps = parse_path(path)
    if None in steps:
        return None
    if dialect == "sqlite":
        return _scalar_of_sqlite(column, steps)
    return _extracted(column, steps) if live.declared in _NATIVE else None


def digest(column: str, dialect: str) -> str:
    """A digest of the whole JSON, by which a row is known to be as it was read."""
    if dialect == "sqlite":
        return f"{DIGEST}(CAST({column} AS TEXT))"
    return f"encode(sha256(convert_to(CAST({column} AS TEXT), 'UTF8')), 'hex')"


def _extracted(column: str, steps: Path) -> str:
    keys = ", ".join(_literal(str(each)) for each in steps)
    return f"({column} #>> CAST(ARRAY[{keys}] AS text[]))"


def _any_of_sqlite(column: str, steps: Path, holds: _Holds) -> sa.ColumnElement[bool]:
    """A table-valued function for each `[*]`; each is given lists and objects only, and nothing that is no JSON."""
    parts: list[list[str | int]] = [[]]
    for each in steps:
        if each is None:
            parts.append([])
        else:
            parts[-1].append(each)
    here, sources = f"CASE WHEN json_valid({column}) THEN {column} END", []
    for number, part in enumerate(parts[:-1]):
        sources.append(f"json_each({here}, {_literal(_sqlite_path(part))}) AS e{number}")
        here = f"CASE WHEN e{number}.type IN ('array', 'object') THEN e{number}.value END"
    value = f"json_extract({here}, {_literal(_sqlite_path(parts[-1]))})" if parts[-1] else f"e{len(sources) - 1}.value"
    return _some(", ".join(sources), holds(f"CAST({value} AS TEXT)"))


def _some(sources: str, condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    there: sa.Select[Any] = (
        sa.select(sa.literal_column("1")).select_from(sa.text(sources.replace(":", "\\:"))).where(condition)
    )
    return sa.exists(there.correlate(None))


def _scalar_of_sqlite(column: str, steps: Path) -> str:
    path = _literal(_sqlite_path([each for each in steps if each is not None]))
    return f"CAST(CASE WHEN json_valid({column}) THEN json_extract({column}, {path}) END AS TEXT)"


def _sqlite_path(steps: list[str | int]) -> str:
    return "$" + "".join(f'."{each}"' if isinstance(each, str) else f"[{each}]" for each in steps)


def _jsonpath(steps: Path) -> str:
    return "$" + "".join(_jsonpath_step(each) for each in steps)


def _jsonpath_step(step: str | int | None) -> str:
    if step is None:
        return "[*]"
    if isinstance(step, int):
        return f"[{step}]"
    escaped = step.replace("\\", "\\\\").replace('"', '\\"')
    return f'."{escaped}"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

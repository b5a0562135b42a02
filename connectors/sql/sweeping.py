"""Looking through the whole database for what erasing left behind: applications keep copies that no map knows of.

Each table is read once, for all people and in all of its columns that hold text. Rows that the search itself finds, or
that were left on purpose, are accounted for already, in the columns that the map names.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from connectors.sql.failures import database_errors
from connectors.sql.map import SqlMap, Sweep
from connectors.sql.sweeping_postgresql import PostgresqlTexts
from connectors.sql.sweeping_sqlite import SqliteTexts
from connectors.sql.sweeping_texts import Place, Text, Texts, known_tables, row_of
from connectors.sql.traces import Traces
from connectors.sql.values import key_text
from habeas.domain.records import Found, Leftover, Record, Unsearched
from habeas.domain.subjects import Subject

_Tell = Callable[[int, int], None]
"""Told how many tables are read, of how many."""
_Finding = Callable[[Sequence[Subject]], Iterable[Found]]
_LEFT_OUT = "left out by the map"
_SUBJECTS_A_PASS = 50


def sweep(
    engine: sa.Engine,
    sql_map: SqlMap,
    subjects: Sequence[Subject],
    *,
    system: str,
    accounted_for: _Finding,
    tell: _Tell,
) -> Iterator[Leftover | Unsearched]:
    """As `habeas.ports.Sweeps`; `accounted_for` gives the records that are known of."""
    if sql_map.sweep is False:
        yield Unsearched("all columns that the map does not name", _LEFT_OUT)
        return
    told: set[Unsearched] = set()
    for start in range(0, len(subjects), _SUBJECTS_A_PASS):
        some = subjects[start : start + _SUBJECTS_A_PASS]
        for each in _sweep(engine, sql_map, some, system=system, accounted_for=accounted_for, tell=tell):
            if each not in told:
                yield each
            if isinstance(each, Unsearched):
                told.add(each)


def _sweep(
    engine: sa.Engine,
    sql_map: SqlMap,
    subjects: Sequence[Subject],
    *,
    system: str,
    accounted_for: _Finding,
    tell: _Tell,
) -> Iterator[Leftover | Unsearched]:
    traces = Traces(subjects)
    if not traces or sql_map.sweep is False:
        return
    hits = _Hits()
    with database_errors(system), engine.connect() as connection:
        texts: Texts
        if engine.dialect.name == "postgresql":
            texts = PostgresqlTexts(connection, traces.pattern)
        else:
            texts = SqliteTexts(connection)
        known = known_tables(sql_map, texts.default_schema)
        yield from texts.unsearched
        for number, table in enumerate(texts.tables):
            tell(number, len(texts.tables))
            if table in sql_map.sweep.left_out:
                yield Unsearched(table, _LEFT_OUT)
                continue
            for each in texts.of_table(table, known.get(table), seconds=sql_map.sweep.seconds_a_table):
                if isinstance(each, Unsearched):
                    yield each
                else:
                    hits.note(each, traces, sql_map.sweep)
        tell(len(texts.tables), len(texts.tables))
    yield from (Unsearched(str(place), _LEFT_OUT) for place in sorted(hits.left_out))
    if hits.mapped:
        for found in accounted_for(subjects):
            row = row_of(found.what, texts.default_schema) if isinstance(found.what, Record) else None
            if row is not None:
                hits.account_for(found.subject, *row)
    yield from hits.leftovers()


@dataclass(slots=True)
class _Hits:
    """Rows by person and place; which ones, where the search may account for some of them."""

    counted: Counter[tuple[str, Place]] = field(default_factory=Counter)
    mapped: dict[tuple[str, str], dict[Place, set[int]]] = field(default_factory=dict)
    left_out: set[Place] = field(default_factory=set)

    def note(self, text: Text, traces: Traces, settings: Sweep) -> None:
        for token in traces.owners(text.text):
            if str(text.place) in settings.left_out:
                self.left_out.add(text.place)
            elif text.key is None:
                self.counted[token, text.place] += 1
            else:
                places = self.mapped.setdefault((token, text.place.table), {})
                places.setdefault(text.place, set()).add(_row(text.key))

    def account_for(self, token: str, table: str, key: tuple[object, ...]) -> None:
        row = _row(key)
        for rows in self.mapped.get((token, table), {}).values():
            rows.discard(row)

    def leftovers(self) -> Iterator[Leftover]:
        counts = dict(self.counted)
        for (token, _), places in self.mapped.items():
            counts |= {(token, place): len(rows) for place, rows in places.items()}
        return (Leftover(token, str(place), rows) for (token, place), rows in sorted(counts.items()) if rows)


def _row(key: tuple[object, ...]) -> int:
    """A row in eight bytes: of a person's million rows each may have to be remembered."""
    return hash(key_text(key))

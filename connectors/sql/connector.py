"""The connector of any system whose data is in a SQL database."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from itertools import chain
from threading import Lock

import sqlalchemy as sa

from connectors.sql.applying import SqlApplication
from connectors.sql.changes import Steps
from connectors.sql.checking import mismatches
from connectors.sql.conditions import Conditions
from connectors.sql.database import WRITES, engine_for
from connectors.sql.describing import describe
from connectors.sql.failures import database_errors
from connectors.sql.guarding.guarding import guard_script, guards
from connectors.sql.inbox import Inbox
from connectors.sql.indexes import index_statements
from connectors.sql.live import LiveSchema, read_schema
from connectors.sql.map import SqlMap
from connectors.sql.mentions import Mentions, own_row
from connectors.sql.prepared import PreparedStatements
from connectors.sql.reading import RowReader
from connectors.sql.recognition import Sought
from connectors.sql.roots import RootSearch
from connectors.sql.searching import Pass, Searched, found_in
from connectors.sql.statements import Statements
from connectors.sql.sweeping import sweep
from connectors.sql.target import Target
from connectors.sql.traces import Traces
from connectors.sql.undertaking import Undertaking
from habeas.domain.descriptions import Described
from habeas.domain.progress import Unit
from habeas.domain.records import Found, Leftover, Match, Record, Unsearched
from habeas.domain.subjects import Subject
from habeas.errors import HabeasError, PermanentError
from habeas.ports import Application, Guard, Onlooker, Problem

_SUBJECTS_A_PASS = 500


@dataclass(frozen=True, slots=True)
class _Ready:
    """What follows from the map and the live schema together, made once."""

    conditions: Conditions
    target: Target
    roots: tuple[RootSearch, ...]
    tables: tuple[Searched, ...]
    mentions: tuple[Mentions, ...]
    with_mentions: frozenset[str]


@dataclass(slots=True)
class _Once:
    """What is made once, also for those who are looked on."""

    made: _Ready | None = None
    lock: Lock = field(default_factory=Lock)


class SqlConnector:
    """One database, by its map."""

    def __init__(self, url: str, sql_map: SqlMap, *, system: str) -> None:
        """Connects when first used. Raises ConfigurationError if `url` is none of a database."""
        self._map = sql_map
        self._system = system
        self._engine = engine_for(url, system=system)
        self._inbox = Inbox(sql_map.inbox)
        self._ready = _Once()
        self._onlooker: Onlooker | None = None

    def watched_by(self, onlooker: Onlooker, /) -> "SqlConnector":
        """The same connector, telling how many tables a search or a sweep is through."""
        watched = copy(self)
        watched._onlooker = onlooker  # noqa: SLF001 - its own kind
        return watched

    def find(self, subjects: Sequence[Subject], /) -> Iterator[Found]:
        """As `habeas.ports.Connector`: children before parents, all tables in the state of one moment."""
        for start in range(0, len(subjects), _SUBJECTS_A_PASS):
            yield from self._search(subjects[start : start + _SUBJECTS_A_PASS])

    @contextmanager
    def applying(self, subject: Subject, task_id: str, /) -> Iterator[Application]:
        """As `habeas.ports.Connector`: one transaction, noted in the target where the map and the target allow it."""
        ready = self._made_ready()
        with database_errors(self._system):
            connection = self._engine.connect().execution_options(**{WRITES: True}, preserve_rowcount=True)
        try:
            with database_errors(self._system):
                undertaking = Undertaking(connection, self._inbox, task_id)
            application = SqlApplication(undertaking, ready.target, system=self._system, subject=subject)
            yield application
            application.finish()
        finally:
            with database_errors(self._system):
                connection.close()

    def check(self) -> Sequence[Problem]:
        """Compare the map with the live schema; each mismatch is a problem that names the table and column."""
        try:
            with database_errors(self._system), self._engine.connect() as connection:
                return mismatches(self._map, read_schema(connection, self._map), connection)
        except HabeasError as error:
            return [Problem(str(error), "check the address, the password and that the database is running")]

    def sweep(
        self, subjects: Sequence[Subject], kept: Callable[[], Iterator[Found]] = lambda: iter(()), /
    ) -> Iterator[Leftover | Unsearched]:
        """As `habeas.ports.Sweeps`: every column that holds text, of every table."""
        return sweep(
            self._engine,
            self._map,
            subjects,
            system=self._system,
            accounted_for=lambda people: chain(self._unwatched().find(people), kept()),
            tell=self._tell,
        )

    def describe(self) -> Sequence[Described]:
        """As `habeas.ports.Describes`: the map's tables; the database is not asked."""
        return describe(self._map)

    def guards(self) -> Sequence[Guard]:
        """As `habeas.ports.Guards`: each table of the map."""
        with database_errors(self._system), self._engine.connect() as connection:
            return guards(connection, self._map, system=self._system)

    def guard_script(self, roles: Sequence[str], /) -> str:
        """As `habeas.ports.Guardable`."""
        with database_errors(self._system), self._engine.connect() as connection:
            return guard_script(connection, self._map, roles, system=self._system)

    def indexes(self) -> Sequence[str]:
        """The statements that make the indexes for quick look-ups and deletions that the database lacks."""
        conditions = self._made_ready().conditions
        with database_errors(self._system), self._engine.connect() as connection:
            return list(index_statements(conditions, connection))

    def close(self) -> None:
        self._engine.dispose()

    def _search(self, subjects: Sequence[Subject]) -> Iterator[Found]:
        sought = Sought(subjects, region=self._map.region)
        kinds = frozenset(each.kind for each in chain.from_iterable(subject.identifiers for subject in subjects))
        ready = self._made_ready()
        with database_errors(self._system), self._engine.connect() as connection:
            if self._engine.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            roots = {each.name: each.keys(connection, sought, kinds) for each in ready.roots}
            search = Pass(sought, kinds, roots)
            own: set[int] = set()
            every = len(ready.tables) + len(ready.mentions)
            for number, table in enumerate(ready.tables):
                self._tell(number, every)
                found, place = found_in(connection, table, search), self._map.place(table.statements.name)
                yield from self._noted(found, own) if place in ready.with_mentions else found
            traces = Traces(subjects) if ready.mentions else None
            for number, mentions in enumerate(ready.mentions if traces else (), len(ready.tables)):
                assert traces is not None
                self._tell(number, every)
                yield from mentions.found(connection, traces, own)
            self._tell(every, every)

    def _noted(self, found: Iterator[Found], own: set[int]) -> Iterator[Found]:
        """The same, with those noted that are surely people's own."""
        for each in found:
            if isinstance(each.what, Record) and each.what.match is Match.STRONG:
                own.add(own_row(each.subject, self._map.place(each.what.collection), each.what.key))
            yield each

    def _tell(self, done: int, of: int) -> None:
        if self._onlooker is not None:
            self._onlooker.tell(done, of, Unit.TABLES)

    def _unwatched(self) -> "SqlConnector":
        alone = copy(self)
        alone._onlooker = None  # noqa: SLF001 - its own kind
        return alone

    def _made_ready(self) -> _Ready:
        with self._ready.lock:
            if self._ready.made is None:
                with database_errors(self._system), self._engine.connect() as connection:
                    live = read_schema(connection, self._map)
                    broken = mismatches(self._map, live, connection, only_missing=True)
                if broken:
                    raise PermanentError(f"{self._system}: {broken[0].what}; {broken[0].remedy}")
                self._ready.made = _made(self._map, live, self._engine.dialect)
            return self._ready.made


def _made(sql_map: SqlMap, live: LiveSchema, dialect: sa.Dialect) -> _Ready:
    conditions = Conditions(sql_map, live, dialect)
    statements = [Statements(name, conditions) for name in live.children_first]
    order = {name: place for place, name in enumerate(live.children_first)}
    with_texts = [each for each in statements if sql_map.tables[each.name].free_text]
    return _Ready(
        conditions,
        Target(sql_map, live, PreparedStatements(dialect), Steps(sql_map.tables), order),
        tuple(RootSearch(name, conditions) for name, each in sql_map.tables.items() if each.identifiers),
        tuple(Searched.by(each) for each in statements if each not in with_texts),
        tuple(Mentions(each, RowReader(each)) for each in with_texts),
        frozenset(sql_map.place(each.name) for each in with_texts),
    )

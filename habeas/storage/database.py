"""The state database: SQLite or PostgreSQL behind one small interface, and the wake-up of those who wait for rows."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from habeas.errors import ConfigurationError, RetriableError, SystemDownError

BUSY_TIMEOUT_S = 30
_WAKES = "habeas.wakes"


class Wakeups:
    """Lets a thread sleep until another thread of this process has committed something for it.

    Other processes' commits wake nobody here: who waits looks again after a while anyway.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._counts: dict[str, int] = {}

    def notify(self, names: set[str]) -> None:
        """Wake those who wait for any of these."""
        with self._condition:
            for name in names:
                self._counts[name] = self._counts.get(name, 0) + 1
            self._condition.notify_all()

    def count(self, name: str) -> int:
        """How often `name` was notified; remember it before looking, so that nothing is missed."""
        with self._condition:
            return self._counts.get(name, 0)

    def wait(self, name: str, *, since: int, timeout_s: float) -> None:
        """Sleep until `name` was notified more than `since` times, or the time is up."""
        with self._condition:
            self._condition.wait_for(lambda: self._counts.get(name, 0) > since, timeout_s)


class Database:
    """Transactions on the state database.

    On SQLite writers of one process take turns by a lock, which is fair where SQLite's own waiting is not, and a
    write transaction takes SQLite's write lock at its start, so that it never fails midway for want of it.
    """

    def __init__(self, url: str | URL, *, wakeups: Wakeups | None = None) -> None:
        self.wakeups = wakeups or Wakeups()
        self.engine = _engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._turn = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A write transaction: committed at the end, rolled back on an exception.

        Raises RetriableError when it lost against another one, SystemDownError when the database can't be reached.
        """
        wakes: set[str] = set()
        with _translated():
            if self.is_sqlite:
                with self._turn, self.engine.connect() as connection:
                    connection.info[_WAKES] = wakes
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                    yield connection
                    connection.commit()
            else:
                with self.engine.begin() as connection:
                    connection.info[_WAKES] = wakes
                    yield connection
        if wakes:
            self.wakeups.notify(wakes)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read transaction: one consistent view."""
        with _translated(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            yield connection

    def scrub(self) -> bool:
        """Leave nothing of what was deleted in SQLite's write-ahead log; False if a reader was in the way.

        On a server what was deleted is gone with its next VACUUM, and the log of it when that is no longer archived.
        """
        if not self.is_sqlite:
            return True
        with _translated(), self.engine.connect() as connection:
            busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        return not busy

    def close(self) -> None:
        """Give back the connections."""
        self.engine.dispose()


def wake(connection: Connection, name: str) -> None:
    """Wake those who wait for `name` once this transaction has been committed."""
    connection.info.setdefault(_WAKES, set()).add(name)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        kind = SystemDownError if error.connection_invalidated or error.statement is None else RetriableError
        raise kind(f"the state database: {type(error.orig).__name__}") from None
    except PoolTimeoutError:
        raise RetriableError("the state database: all connections are in use") from None
    except DBAPIError as error:
        if error.connection_invalidated:
            raise SystemDownError(f"the state database: {type(error.orig).__name__}") from None
        raise


def _engine(url: str | URL) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            options = {"timeout": BUSY_TIMEOUT_S, "isolation_level": None}  # we begin transactions ourselves
            engine = create_engine(parsed, hide_parameters=True, connect_args=options)
            event.listen(engine, "connect", _prepare_sqlite)
            return engine
        return create_engine(parsed, hide_parameters=True, pool_size=16, max_overflow=16, pool_pre_ping=False)
    except (SQLAlchemyError, ImportError) as error:
        raise ConfigurationError(f"state.url is not a database address ({type(error).__name__})") from None


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()

"""The database of the wrapped keys: one of its own, so that no backup of anything else holds a key.

On SQLite what is overwritten is gone from the file: rows change in place and keep their size, so that no key is ever
copied to another page, `secure_delete` covers the rest, and what the write-ahead log still has goes with `scrub`. On
PostgreSQL an old version of a row lives on until VACUUM, and in archived WAL as long as that is kept: there only a
rotation of the master key makes sure.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random

from habeas.errors import ConfigurationError, RetriableError, SystemDownError

BUSY_TIMEOUT_S = 30
_CREATION_LOCK = 0x6861626561730001  # any number that only we lock

_metadata = MetaData()
request_keys = Table(
    "vault_request_key",
    _metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("request_id", String(64), nullable=False, unique=True),
    Column("master_id", String(16), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("destroyed", Boolean, nullable=False),
)
active_master = Table(
    "vault_active_master",
    _metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("master_id", String(16), nullable=False),
)


class KeyDatabase:
    """Transactions on the keys. Raises ConfigurationError on opening if the URL leads nowhere."""

    def __init__(self, url: str | URL) -> None:
        self._turn = threading.Lock()  # SQLite lets writers wait without any order: one process's take turns
        try:
            self._engine = _engine(make_url(url))
            self.is_sqlite = self._engine.dialect.name == "sqlite"
            self._create_tables()
        except (SQLAlchemyError, ImportError, OSError) as error:
            raise ConfigurationError(f"the key store can't be opened ({type(error).__name__})") from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Committed at the end, rolled back on an exception."""
        with _translated():
            if self.is_sqlite:
                with self._turn, self._engine.connect() as connection:
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                    yield connection
                    connection.commit()
            else:
                with self._engine.begin() as connection:
                    yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """For one question; never held open, or `scrub` would have to wait."""
        with _translated(), self._engine.connect() as connection:
            yield connection

    def scrub(self) -> None:
        """Leave nothing of what was overwritten in SQLite's write-ahead log.

        Raises RetriableError if a reader was in the way all the time; then call it again.
        """
        if not self.is_sqlite:
            return
        with self.reading() as connection:
            busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        if busy:
            raise RetriableError("the key store's write-ahead log is in use and could not be emptied")

    def close(self) -> None:
        """Give back the connections."""
        self._engine.dispose()

    def _create_tables(self) -> None:
        if inspect(self._engine).has_table(active_master.name):
            return
        if self.is_sqlite:
            with self.writing() as connection:
                _metadata.create_all(connection)
            return
        with self.writing() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CREATION_LOCK})
            _metadata.create_all(connection)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        kind = SystemDownError if error.connection_invalidated or error.statement is None else RetriableError
        raise kind(f"the key store failed ({type(error.orig).__name__})") from error


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, hide_parameters=True, pool_pre_ping=True)
    if not url.database or url.database == ":memory:":
        raise ConfigurationError("the key store has to be a file or a server: keys in memory are lost with it")
    path = Path(url.database)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):  # never opened a second time: closing it would drop SQLite's locks
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    options = {"timeout": BUSY_TIMEOUT_S, "isolation_level": None}  # we begin transactions ourselves
    engine = create_engine(url, hide_parameters=True, connect_args=options)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.execute("PRAGMA synchronous=FULL")
    # SQLite does not wait for others while it turns to WAL, which matters when two processes make the file at once.
    for attempt in Retrying(
        retry=retry_if_exception_type(sqlite3.OperationalError),
        stop=stop_after_delay(BUSY_TIMEOUT_S),
        wait=wait_random(0.01, 0.05),
        reraise=True,
    ):
        with attempt:
            cursor.execute("PRAGMA journal_mode=WAL")
    cursor.close()

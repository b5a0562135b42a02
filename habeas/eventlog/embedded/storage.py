"""The file: its tables, its connections and its transactions.

A transaction that has returned is on the disk (WAL, synchronous=FULL). Any number of threads and processes may use
the file; writers of one process queue on a lock, which is fairer and faster than SQLite's own waiting.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from habeas.errors import ConfigurationError, HabeasError, RetriableError, SystemDownError

BUSY_TIMEOUT_S = 15.0
_APPLICATION_ID = 0x48414245
_LAYOUT = 1
_WAL_BYTES_KEPT = 64 * 1024 * 1024
_TABLES = (
    """CREATE TABLE IF NOT EXISTS places (
        id INTEGER PRIMARY KEY, topic TEXT NOT NULL, partition INTEGER NOT NULL,
        start INTEGER NOT NULL DEFAULT 0, next INTEGER NOT NULL DEFAULT 0, UNIQUE (topic, partition)) STRICT""",
    # The id is the place and the offset in one number (records.py): append and range scan need no other index.
    """CREATE TABLE IF NOT EXISTS records (
        id INTEGER PRIMARY KEY, timestamp_ms INTEGER NOT NULL, key BLOB, value BLOB, headers BLOB NOT NULL) STRICT""",
    """CREATE TABLE IF NOT EXISTS groups (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, generation INTEGER NOT NULL DEFAULT 0) STRICT""",
    # AUTOINCREMENT: a number is never given again, so that it fences the member that had it.
    """CREATE TABLE IF NOT EXISTS members (
        id INTEGER PRIMARY KEY AUTOINCREMENT, group_id INTEGER NOT NULL REFERENCES groups (id), name TEXT NOT NULL,
        topics TEXT NOT NULL, process TEXT NOT NULL, lease_until_ms INTEGER NOT NULL,
        UNIQUE (group_id, name)) STRICT""",
    """CREATE TABLE IF NOT EXISTS owners (
        group_id INTEGER NOT NULL, place INTEGER NOT NULL, owner INTEGER NOT NULL, heir INTEGER NOT NULL,
        PRIMARY KEY (group_id, place)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS commits (
        group_id INTEGER NOT NULL, place INTEGER NOT NULL, next INTEGER NOT NULL,
        PRIMARY KEY (group_id, place)) STRICT, WITHOUT ROWID""",
)


class Storage:
    """Connections to one file, each used by one thread at a time."""

    def __init__(self, path: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self.path = path
        self._busy_timeout_s = busy_timeout_s
        self._idle: list[sqlite3.Connection] = []
        self._closed = threading.Event()
        self._writing = threading.Lock()
        with _errors_named(path):
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._set_up()

    def _set_up(self) -> None:
        with self.writing() as db:
            layout = int(db.execute("PRAGMA user_version").fetchone()[0])
            owner = int(db.execute("PRAGMA application_id").fetchone()[0])
            if owner not in (0, _APPLICATION_ID) or layout > _LAYOUT:
                raise ConfigurationError(
                    f"{self.path} is not an event log that this version of Habeas can read: name another file."
                )
            if layout < _LAYOUT:
                for table in _TABLES:
                    db.execute(table)
                db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                db.execute(f"PRAGMA user_version = {_LAYOUT}")

    def connect(self) -> sqlite3.Connection:
        """A connection of the caller's own, who closes it."""
        # check_same_thread: one thread at a time uses a connection, and close() may be another one.
        db = sqlite3.connect(
            self.path, timeout=self._busy_timeout_s, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        try:
            if db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES_KEPT}")
        except BaseException:
            db.close()
            raise
        return db

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view of the file."""
        with _errors_named(self.path), self._connection() as db, _transaction(db, "BEGIN"):
            yield db

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is durable when the block has ended, or undone when it raised."""
        with _errors_named(self.path), self._writing, self._connection() as db, _transaction(db, "BEGIN IMMEDIATE"):
            yield db

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        if self._closed.is_set():
            raise SystemDownError("The event log has been closed.")
        try:
            db = self._idle.pop()
        except IndexError:
            db = self.connect()
        try:
            yield db
        except BaseException:
            db.close()
            raise
        self._idle.append(db)
        if self._closed.is_set():
            self._close_idle()

    def close(self) -> None:
        """Wait for the write under way, then give back every connection."""
        with self._writing:
            self._closed.set()
            self._close_idle()

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()


@contextmanager
def _transaction(db: sqlite3.Connection, begin: str) -> Iterator[None]:
    db.execute(begin)
    try:
        yield
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


@contextmanager
def _errors_named(path: Path) -> Iterator[None]:
    """SQLite's errors by what to do about them."""
    try:
        yield
    except HabeasError:
        raise
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise RetriableError(f"{path} is being written to by others for too long ({name}).") from error
        raise SystemDownError(f"The event log {path} can't be used: {name}.") from error
    except OSError as error:
        raise SystemDownError(f"The event log {path} can't be opened: {error.strerror}.") from error

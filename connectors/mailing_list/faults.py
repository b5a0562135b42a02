"""SQLite's errors as those the ports promise."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from habeas.errors import PermanentError, RetriableError, SystemDownError

_PASSING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DOWN = {
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY,
}  # fmt: skip
_PRIMARY = 0xFF  # the rest of an extended code says more than is needed


@contextmanager
def faults_translated(what: str = "the list server") -> Iterator[None]:
    """Raise RetriableError, SystemDownError or PermanentError; SQLite's text stays out, since it may quote values."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY
        if code in _PASSING:
            fault: RetriableError | SystemDownError | PermanentError = RetriableError(f"{what} is busy: {name}")
        elif code in _DOWN or "no such table" in str(error):
            fault = SystemDownError(f"{what}'s database can't be used: {name}")
        else:
            fault = PermanentError(f"{what}'s database refused: {name}")
        raise fault from None

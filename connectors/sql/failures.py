"""Database errors in terms of what to do about them. The driver's own text shows values: it never gets out."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from habeas.errors import HabeasError, PermanentError, RetriableError, SystemDownError

# PostgreSQL's classes (appendix A of its manual): connection, too many connections, shutdown and start-up.
_DOWN_STATES = ("08", "53300", "57P", "58030")
# Serialization and deadlock, lock not available, statement cancelled, lack of resources.
_PASSING_STATES = ("40", "55P03", "57014", "53")
_DOWN_CODES = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}
_DOWN_CODES |= {sqlite3.SQLITE_FULL}
_PASSING_CODES = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


@contextmanager
def database_errors(system: str) -> Iterator[None]:
    """Raise RetriableError, SystemDownError or PermanentError instead, without the values and without the cause."""
    try:
        yield
    except SQLAlchemyError as error:
        translated = _translate(error, system)
        _silence(error)
        raise translated from None


def _silence(error: SQLAlchemyError) -> None:
    """Python keeps what was being handled beside what is raised: nothing that walks the chain may read values there."""
    error.args = (type(error).__name__,)
    error.__cause__ = error.__context__ = None
    if isinstance(error, DBAPIError):
        error.orig = None


class ForbiddenError(Exception):
    """A foreign key forbids it."""


def forbidden_by_reference(error: IntegrityError) -> bool:
    """True if it was a foreign key that refused."""
    if isinstance(error.orig, psycopg.Error):
        return error.orig.sqlstate in {"23503", "23001"}
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code in {sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, sqlite3.SQLITE_CONSTRAINT_TRIGGER}


def _translate(error: SQLAlchemyError, system: str) -> HabeasError:
    if isinstance(error, PoolTimeoutError):
        return RetriableError(f"{system}: all connections to the database are in use")
    if not isinstance(error, DBAPIError):
        return PermanentError(f"{system}: {type(error).__name__} while talking to the database")
    cause = error.orig
    if isinstance(cause, psycopg.Error):
        return _of_postgresql(cause, system)
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(cause, system)
    return PermanentError(f"{system}: the database answered {type(cause).__name__}")


def _of_postgresql(cause: psycopg.Error, system: str) -> HabeasError:
    state = cause.sqlstate
    if state is None and isinstance(cause, psycopg.OperationalError):
        return SystemDownError(f"{system}: the database does not answer")
    what = f"{system}: the database answered {type(cause).__name__} ({state})"
    if state and state.startswith(_DOWN_STATES):
        return SystemDownError(what)
    if state and state.startswith(_PASSING_STATES):
        return RetriableError(what)
    return PermanentError(what)


def _of_sqlite(cause: sqlite3.Error, system: str) -> HabeasError:
    code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # the primary code of an extended one
    what = f"{system}: the database answered {getattr(cause, 'sqlite_errorname', type(cause).__name__)}"
    if code in _PASSING_CODES:
        return RetriableError(what)
    if code in _DOWN_CODES:
        return SystemDownError(what)
    return PermanentError(what)

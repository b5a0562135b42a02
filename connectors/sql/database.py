"""The way to a database: addresses, limits, and what SQLite has to be told."""

import sqlite3
import time
from operator import methodcaller
from typing import Any
from urllib.parse import quote

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from connectors.sql.guarding import writing
from connectors.sql.json_sql import DIGEST
from connectors.sql.json_ways import digest_of
from connectors.sql.recognition import name_key
from habeas.errors import ConfigurationError

WRITES = "habeas_writes"
"""Execution option of connections that will write: SQLite then takes its lock at once, and waits for it."""

_DECODE = methodcaller("decode", "utf-8", "replace")  # every text comes by here: a function of ours takes longer
_WAIT_S = 30
_CONNECT_S = 10
_USED_AT = "habeas_used_at"
_TRIED_OUT_AFTER_S = 1


def engine_for(url: str, *, system: str) -> sa.Engine:
    """An engine whose errors show no values. Raises ConfigurationError without the address in it: it has a password."""
    try:
        address = sa.make_url(url)
    except ArgumentError:
        raise ConfigurationError(f"{system}: the database address reads postgresql://… or sqlite:///…") from None
    match address.get_backend_name():
        case "postgresql":
            return _postgresql(address.set(drivername="postgresql+psycopg"))
        case "sqlite":
            return _sqlite(address)
        case _:
            raise ConfigurationError(f"{system}: only postgresql:// and sqlite:/// databases can be connected")


def _postgresql(address: sa.URL) -> sa.Engine:
    arguments: dict[str, Any] = {"prepare_threshold": None}  # after a rollback the driver would forget ours as well
    if "connect_timeout" not in address.query:
        arguments["connect_timeout"] = _CONNECT_S
    if "options" not in address.query:
        arguments["options"] = f"-c lock_timeout={_WAIT_S}s"
    engine = sa.create_engine(address, connect_args=arguments, hide_parameters=True, pool_timeout=_WAIT_S)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", _try_out)
    return engine


def _note_use(_: object, record: ConnectionPoolEntry) -> None:
    record.info[_USED_AT] = time.monotonic()


def _try_out(connection: psycopg.Connection, record: ConnectionPoolEntry, _: object) -> None:
    """Has a connection replaced that was lost while nobody used it; one used just now is not asked again."""
    if time.monotonic() - record.info.get(_USED_AT, time.monotonic()) < _TRIED_OUT_AFTER_S:
        return
    try:
        connection.execute("")
        connection.rollback()
    except psycopg.Error:
        raise InvalidatePoolError from None


def _sqlite(address: sa.URL) -> sa.Engine:
    path = address.database
    if path and path != ":memory:" and not path.startswith("file:"):
        # A mistyped path must be an error, not a new and empty database.
        address = address.set(database=f"file:{quote(path)}").update_query_dict({"mode": "rw", "uri": "true"})
    engine = sa.create_engine(address, connect_args={"timeout": _WAIT_S}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "commit", _commit_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by rules of its own
    connection.text_factory = _DECODE
    connection.create_function("habeas_name_key", -1, name_key, deterministic=True)
    connection.create_function(DIGEST, 1, digest_of, deterministic=True)
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
    if writes:
        writing.announce(connection)


def _commit_sqlite(connection: sa.Connection) -> None:
    if connection.get_execution_options().get(WRITES):
        writing.withdraw(connection)

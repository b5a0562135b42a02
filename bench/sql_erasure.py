"""Erasing people from one large SQL database, against the plain statements that somebody would write by hand.

Both ways look a person up by e-mail address, note the task, change every row in one transaction, and commit; a
thousand people each, in turns, so that neither has the warmer database. Looking again afterwards is timed apart; the
sealed plan between looking and changing belongs to the worker and is not timed.
"""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import yaml

from connectors.sql import SqlConnector, SqlMap
from habeas.domain.records import Record
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.loops import collect_seldom
from habeas.ports import Erases
from habeas.testing.services import running_postgres

MEMBERS, ORDERS_EACH, LINES_EACH = 20_000, 9, 40  # 1,000,000 rows
PEOPLE = 1_000
AT_ONCE = 20
"""People whom one pass looks for, and after whom the other side has its turn."""

_SCHEMA = f"""
CREATE TABLE members (id INTEGER PRIMARY KEY, email VARCHAR(99), name VARCHAR(99), note VARCHAR(99));
CREATE TABLE orders (id INTEGER PRIMARY KEY, member_id INTEGER NOT NULL REFERENCES members (id), address VARCHAR(99),
    placed_on VARCHAR(10));
CREATE TABLE lines (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (id), text VARCHAR(99),
    amount INTEGER);
CREATE TABLE done_by_hand (task_id VARCHAR(99) PRIMARY KEY, applied_at VARCHAR(40));
CREATE INDEX orders_member ON orders (member_id);
CREATE INDEX lines_order ON lines (order_id);
INSERT INTO members WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {MEMBERS - 1})
    SELECT i, 'Person' || i || '@example.org', 'Person Number', 'prefers mail' FROM n;
INSERT INTO orders
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {MEMBERS * ORDERS_EACH - 1})
    SELECT i, i % {MEMBERS}, '1 Quay Street', '2026-01-31' FROM n;
INSERT INTO lines
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {MEMBERS * LINES_EACH - 1})
    SELECT i, i % {MEMBERS * ORDERS_EACH}, 'entry for tea', 12 FROM n;
"""
_MAP = """
tables:
  members:
    title: Member
    key: [id]
    identifiers: {email: email}
    categories: {contact: [email], identity: [name], profile: [note]}
    erase: HOW
  orders:
    title: Order
    key: [id]
    through: {table: members, columns: {member_id: id}}
    categories: {contact: [address], transaction: [placed_on]}
    erase: HOW
  lines:
    title: Line
    key: [id]
    through: {table: orders, columns: {order_id: id}}
    categories: {transaction: [text, amount]}
    erase: HOW
"""
_BY_HAND = {
    "delete": (
        "DELETE FROM lines WHERE order_id IN (SELECT id FROM orders WHERE member_id = ?)",
        "DELETE FROM orders WHERE member_id = ?",
        "DELETE FROM members WHERE id = ?",
    ),
    "columns": (
        "UPDATE lines SET text = NULL, amount = NULL WHERE order_id IN (SELECT id FROM orders WHERE member_id = ?)",
        "UPDATE orders SET address = NULL, placed_on = NULL WHERE member_id = ?",
        "UPDATE members SET email = NULL, name = NULL, note = NULL WHERE id = ?",
    ),
}


@dataclass(slots=True)
class Side:
    """What one way has done so far."""

    rows: int = 0
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        return self.rows / self.seconds


def rates(folder: Path) -> dict[str, Any]:
    """By database and shape: rows a second of both ways, and their ratio; memory is managed as the roles do it."""
    collect_seldom()
    with running_postgres() as url:
        found = {}
        for shape in _BY_HAND:
            path = folder / f"{shape}.db"
            with contextlib.closing(sqlite3.connect(path)) as database:
                database.executescript(_SCHEMA)
            found[f"SQLite, {shape}"] = _measured(f"sqlite:///{path}", shape, lambda path=path: sqlite3.connect(path))
            with _database(url, shape) as target:
                found[f"PostgreSQL, {shape}"] = _measured(target, shape, lambda target=target: psycopg.connect(target))
    return found


@contextlib.contextmanager
def _database(server: str, name: str) -> Iterator[str]:
    plain = server.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE erasing_{name}".encode())
    url = f"{plain.rpartition('/')[0]}/erasing_{name}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_SCHEMA.encode())
        connection.execute("VACUUM ANALYZE")
    yield url


def _measured(url: str, shape: str, connect: Callable[[], Any]) -> dict[str, Any]:
    sql_map = SqlMap.model_validate(yaml.safe_load(_MAP.replace("HOW", shape)))
    ours, by_hand, again = Side(), Side(), Side()
    with (
        contextlib.closing(SqlConnector(url, sql_map, system="bench")) as connector,
        contextlib.closing(connect()) as connection,
    ):
        for statement in connector.indexes():
            connection.execute(statement)
        connection.commit()
        for start in range(0, 2 * PEOPLE, 2 * AT_ONCE):
            numbers = range(start, start + 2 * AT_ONCE)
            subjects = [_subject(number) for number in numbers[:AT_ONCE]]
            with _timed(by_hand):
                by_hand.rows += _by_hand(connection, shape, numbers[AT_ONCE:])
            with _timed(ours):
                ours.rows += _with_habeas(connector, subjects)
            with _timed(again):
                again.rows += sum(1 for _ in connector.find(subjects))
    return {
        "rows": ours.rows,
        "by hand, rows/s": round(by_hand.per_second),
        "Habeas, rows/s": round(ours.per_second),
        "ratio (goal: 0.5)": round(ours.per_second / by_hand.per_second, 2),
        "looking again, s a person": round(again.seconds / PEOPLE, 4),
    }


@contextlib.contextmanager
def _timed(side: Side) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    side.seconds += time.perf_counter() - begun


def _by_hand(connection: Any, shape: str, numbers: Sequence[int]) -> int:
    mark = "?" if isinstance(connection, sqlite3.Connection) else "%s"
    rows = 0
    for number in numbers:
        look = f"SELECT id FROM members WHERE lower(trim(email)) = {mark}"
        ((key,),) = connection.execute(look, (f"person{number}@example.org",)).fetchall()
        connection.execute(f"INSERT INTO done_by_hand VALUES ({mark}, '2026-01-31')", (str(number),))
        rows += sum(connection.execute(each.replace("?", mark), (key,)).rowcount for each in _BY_HAND[shape])
        connection.commit()
    return rows


def _with_habeas(connector: SqlConnector, subjects: Sequence[Subject]) -> int:
    """Find, and erase all that was found, each person in a transaction of their own."""
    found: dict[str, list[Record]] = {each.token: [] for each in subjects}
    for each in connector.find(subjects):
        assert isinstance(each.what, Record)
        found[each.subject].append(each.what)
    rows = 0
    for subject in subjects:
        with connector.applying(subject, f"task of {subject.token}") as application:
            assert isinstance(application, Erases)
            for record in found[subject.token]:
                application.erase(record, ())
        rows += sum(verbs["erased"] for verbs in application.effects.counts.values())
    return rows


def _subject(number: int) -> Subject:
    return Subject(str(number), (identifier(IdentifierKind.EMAIL, f"person{number}@example.org"),))

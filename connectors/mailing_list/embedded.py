"""The embedded list server: one SQLite file."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from importlib import resources
from pathlib import Path

from connectors.mailing_list import embedded_suppressions, leavers
from connectors.mailing_list.backend import Address, Ban, HeldMessage, Membership, name_key
from connectors.mailing_list.embedded_changes import EmbeddedChanges
from connectors.mailing_list.faults import faults_translated
from connectors.mailing_list.upgrading import bring_up_to_date
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.errors import PermanentError, SystemDownError
from habeas.ports import Effects, Problem

_BUSY_TIMEOUT_S = 10.0
_AT_ONCE = 500

_ADDRESSES = """
    SELECT addresses.id AS id, subscriber_id, email_key, email, display_name, registered_on, restricted
    FROM addresses JOIN subscribers ON subscribers.id = subscriber_id
    WHERE {} ORDER BY addresses.id"""
_MEMBERSHIPS = """
    SELECT memberships.id AS id, email_key, list_id, role, coalesce(delivery_before, delivery) AS chosen, digest,
           subscribed_on, memberships.restricted AS restricted
    FROM memberships JOIN addresses ON addresses.id = address_id
    WHERE email_key IN ({}) ORDER BY memberships.id"""
_MEMBERS = "SELECT list_id, address_id AS id FROM memberships WHERE role = 'member'"
_HELD_MESSAGES = "SELECT * FROM held_messages WHERE email_key IN ({}) ORDER BY id"
_BANS = "SELECT * FROM bans WHERE email_key IN ({}) ORDER BY id"


def create_database(path: Path) -> None:
    """Make a list server without lists. Raises FileExistsError rather than touch another file."""
    path.touch(exist_ok=False)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(resources.files("connectors.mailing_list").joinpath("schema.sql").read_text("utf-8"))


class EmbeddedBackend:
    """A `Backend` over the file at `path`, made by `create_database`.

    Each call opens and closes its own connection: threads may share the backend, and a search given up half way
    holds nothing. What is deleted is overwritten in the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_current = False

    def addresses(self, emails: Collection[str]) -> Sequence[Address]:
        """See `Backend`."""
        of_users = "subscriber_id IN (SELECT subscriber_id FROM addresses WHERE email_key IN ({}))"
        rows = self._rows(_ADDRESSES.format(of_users), emails)
        return list({row["id"]: _address(row) for row in rows}.values())

    def addresses_named(self, names: Collection[str]) -> Sequence[Address]:
        """See `Backend`."""
        keys = {name_key(name) for name in names}
        return [_address(row) for row in self._rows(_ADDRESSES.format("name_key IN ({})"), keys)]

    def memberships(self, emails: Collection[str]) -> Sequence[Membership]:
        """See `Backend`."""
        return [
            Membership(
                key=str(row["id"]),
                email=row["email_key"],
                list_id=row["list_id"],
                role=row["role"],
                delivery=row["chosen"],
                digest=bool(row["digest"]),
                subscribed_on=_date(row["subscribed_on"]),
                restricted=bool(row["restricted"]),
            )
            for row in self._rows(_MEMBERSHIPS, emails)
        ]

    def held_messages(self, emails: Collection[str]) -> Sequence[HeldMessage]:
        """See `Backend`."""
        return [
            HeldMessage(
                key=str(row["id"]),
                email=row["email_key"],
                list_id=row["list_id"],
                sender=row["sender"],
                subject=row["subject"],
                text=row["text"],
                held_at=datetime.fromisoformat(row["held_at"]),
                restricted=bool(row["restricted"]),
            )
            for row in self._rows(_HELD_MESSAGES, emails)
        ]

    def bans(self, emails: Collection[str]) -> Sequence[Ban]:
        """See `Backend`."""
        return [
            Ban(str(row["id"]), row["email_key"], row["list_id"], bool(row["restricted"]))
            for row in self._rows(_BANS, emails)
        ]

    @contextmanager
    def changing(self, task_id: str, /) -> Iterator[EmbeddedChanges]:
        """See `Backend`. One transaction, undone unless it comes to its end."""
        with closing(self._connect()) as connection:
            with faults_translated():
                connection.execute("BEGIN IMMEDIATE")
                changes = EmbeddedChanges(connection, task_id)
            yield changes
            with faults_translated():
                connection.commit()

    def keep_away(self) -> Effects:
        """See `Backend`."""
        with self._transaction() as connection:
            return embedded_suppressions.keep_away(connection)

    @contextmanager
    def leaving(self) -> Iterator[Sequence[str]]:
        """See `Backend`."""
        with self._transaction() as connection:
            lists = {row["list_id"] for row in connection.execute("SELECT list_id FROM lists")}
            hashed = embedded_suppressions.hashes(connection)
            members = {(row["list_id"], hashed[row["id"]]) for row in connection.execute(_MEMBERS)}
            gone = leavers.left(connection, lists, members)
            all_ = connection.execute("SELECT id, email FROM addresses").fetchall() if gone else ()
        yield [row["email"] for row in all_ if hashed[row["id"]] in gone]
        with self._transaction() as connection:
            leavers.remember(connection, members)

    def let_back(self, emails: Collection[str]) -> int:
        """See `Backend`."""
        with self._transaction() as connection:
            return embedded_suppressions.let_back(connection, emails)

    def problems(self) -> Sequence[Problem]:
        """See `Backend`."""
        try:
            self._rows("SELECT 1 FROM applied_tasks WHERE task_id IN ({})", [""])
        except SystemDownError as error:
            remedy = "point the mailing list's path at the list server's file, and let this process read and write it"
            return [Problem(f"{error} ({self._path})", remedy)]
        return []

    def close(self) -> None:
        """See `Backend`; nothing is held open."""

    def subscribe(self, list_id: str, email: str, *, display_name: str, on: date) -> None:
        """Let an address join a list. Raises PermanentError if it is suppressed, banned or restricted."""
        key = identifier(IdentifierKind.EMAIL, email).value
        with closing(self._connect()) as connection, faults_translated(), connection:
            connection.execute("BEGIN IMMEDIATE")
            if _unwanted(connection, list_id, key):
                raise PermanentError("this address may not be subscribed: it is suppressed, banned or restricted")
            row = connection.execute("SELECT id FROM addresses WHERE email_key = ?", (key,)).fetchone()
            address = row["id"] if row else _register(connection, email, key, display_name, on)
            connection.execute(
                "INSERT INTO memberships (list_id, address_id, subscribed_on) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (list_id, address, on.isoformat()),
            )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as connection, faults_translated():
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    def _rows(self, query: str, values: Collection[str]) -> list[sqlite3.Row]:
        """Ask for some hundred values at a time; `{}` in the query stands for them."""
        asked = sorted(values)
        rows: list[sqlite3.Row] = []
        with closing(self._connect()) as connection, faults_translated():
            for start in range(0, len(asked), _AT_ONCE):
                part = asked[start : start + _AT_ONCE]
                rows += connection.execute(query.format(", ".join("?" * len(part))), part).fetchall()
        return rows

    def _connect(self) -> sqlite3.Connection:
        with faults_translated():
            if not self._is_current:
                bring_up_to_date(self._path)
                self._is_current = True
            connection = sqlite3.connect(
                f"{self._path.absolute().as_uri()}?mode=rw", uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None
            )
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")
        return connection


def _unwanted(connection: sqlite3.Connection, list_id: str, email: str) -> bool:
    query = """
        SELECT EXISTS (SELECT 1 FROM suppressions WHERE email_hash = ?)
            OR EXISTS (SELECT 1 FROM bans WHERE email_key = ? AND (list_id = ? OR list_id IS NULL))
            OR EXISTS (SELECT 1 FROM addresses WHERE email_key = ? AND restricted)"""
    values = (embedded_suppressions.suppression_hash(connection, email), email, list_id, email)
    return bool(connection.execute(query, values).fetchone()[0])


def _register(connection: sqlite3.Connection, email: str, key: str, display_name: str, on: date) -> int:
    subscriber = connection.execute(
        "INSERT INTO subscribers (display_name, name_key) VALUES (?, ?) RETURNING id",
        (display_name, name_key(display_name)),
    ).fetchone()
    address = connection.execute(
        "INSERT INTO addresses (subscriber_id, email, email_key, registered_on) VALUES (?, ?, ?, ?) RETURNING id",
        (subscriber["id"], email, key, on.isoformat()),
    ).fetchone()
    return int(address["id"])


def _address(row: sqlite3.Row) -> Address:
    return Address(
        key=str(row["id"]),
        user=str(row["subscriber_id"]),
        email=row["email_key"],
        written=row["email"],
        display_name=row["display_name"],
        registered_on=_date(row["registered_on"]),
        restricted=bool(row["restricted"]),
    )


def _date(day: str | None) -> date | None:
    return date.fromisoformat(day) if day else None

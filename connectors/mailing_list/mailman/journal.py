"""What the connector remembers beside Mailman: who is unwanted, what is restricted, what a task has done.

One SQLite file. It holds no address: addresses and keys of records are keyed hashes or Mailman's own random ids.
"""

import hashlib
import hmac
import os
import sqlite3
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from connectors.mailing_list import leavers
from connectors.mailing_list.backend import Kind
from connectors.mailing_list.faults import faults_translated
from connectors.mailing_list.leavers import Member
from connectors.mailing_list.upgrading import bring_up_to_date
from habeas.ports import Effects, Problem

_BUSY_TIMEOUT_S = 10.0
_WHAT = "the mailing list's journal"


@dataclass(frozen=True, slots=True)
class Restriction:
    """A restricted record: `before` is the delivery status that it had of its own."""

    before: str | None
    others: Mapping[str, str] | None
    task_id: str


class Journal:
    """The file at `path`, made when it is first needed. Each call is a transaction; threads may share the journal."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_current = False

    def digest(self, email: str) -> str:
        """The address under this journal's own key: it can be recognised here, and neither read nor compared elsewhere.

        Upper and lower case are alike.
        """
        value = unicodedata.normalize("NFC", email).strip().casefold()
        return hmac.digest(self._key, value.encode("utf-8", "surrogateescape"), hashlib.sha256).hex()

    def suppressed(self) -> frozenset[str]:
        """The digests of all unwanted addresses."""
        return frozenset(row["email_hash"] for row in self._rows("SELECT email_hash FROM suppressions"))

    def erased(self) -> frozenset[str]:
        """The digests of those that were erased, and so are not to be in Mailman at all."""
        return frozenset(row["email_hash"] for row in self._rows("SELECT email_hash FROM suppressions WHERE erased"))

    def note_erased(self, digest: str) -> None:
        """The suppressed address of that digest is to be erased."""
        with self._transaction() as connection:
            connection.execute("UPDATE suppressions SET erased = 1 WHERE email_hash = ?", (digest,))

    def let_back(self, digests: Iterable[str]) -> int:
        """Take addresses off the list; how many were on it."""
        with self._transaction() as connection:
            gone = "DELETE FROM suppressions WHERE email_hash = ?"
            return sum(connection.execute(gone, (digest,)).rowcount for digest in digests)

    def left(self, lists: Collection[str], members: AbstractSet[Member]) -> AbstractSet[str | bytes]:
        """The digests of those who have left every list since the last look."""
        with self._transaction() as connection:
            return leavers.left(connection, lists, members)

    def remember(self, members: AbstractSet[Member]) -> None:
        """This is the last look now."""
        with self._transaction() as connection:
            leavers.remember(connection, members)

    def suppress(self, email: str, *, kind: Kind, key: str, task_id: str) -> None:
        """Enter an address, once; the step counts for the record by which it was entered first."""
        with self._transaction() as connection:
            entered = connection.execute(
                "INSERT INTO suppressions (email_hash, task_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (self.digest(email), task_id),
            ).rowcount
            if entered:
                _note(connection, task_id, kind, key, "suppressed")

    def restrictions(self, kind: Kind) -> Mapping[str, Restriction]:
        """All restricted records of a kind, by key."""
        rows = self._rows("SELECT * FROM restrictions WHERE kind = ?", kind)
        return {row["key"]: _restriction(row) for row in rows}

    def restriction(self, kind: Kind, key: str) -> Restriction | None:
        """One of them."""
        rows = self._rows("SELECT * FROM restrictions WHERE kind = ? AND key = ?", kind, key)
        return _restriction(rows[0]) if rows else None

    def restrict(self, kind: Kind, key: str, *, before: str | None, task_id: str) -> None:
        """Note a restriction, and that this task makes it; one that is there stays as it is."""
        with self._transaction() as connection:
            made = connection.execute(
                "INSERT INTO restrictions (kind, key, before, task_id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (kind, key, before, task_id),
            ).rowcount
            if made:
                _note(connection, task_id, kind, key, "restricted")

    def put_aside(self, kind: Kind, key: str, others: Mapping[str, str]) -> None:
        """Keep the other preferences of a restricted record while they are written anew."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE restrictions SET others = ? WHERE kind = ? AND key = ? AND others IS NULL",
                (orjson.dumps(dict(others)).decode(), kind, key),
            )

    def forget_before(self, kind: Kind, key: str) -> None:
        """Nothing was set before, as far as a lift is concerned."""
        with self._transaction() as connection:
            connection.execute("UPDATE restrictions SET before = NULL WHERE kind = ? AND key = ?", (kind, key))

    def forget_restriction(self, kind: Kind, key: str) -> None:
        """Nothing is to be given back any more."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM restrictions WHERE kind = ? AND key = ?", (kind, key))

    def take_over(self, old: str, new: str) -> None:
        """What restricts an address restricts the one in its place."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE OR IGNORE restrictions SET key = ? WHERE kind = 'addresses' AND key = ?", (new, old)
            )

    def announce(self, task_id: str, kind: Kind, key: str, verb: str) -> None:
        """Note a step before it is made."""
        with self._transaction() as connection:
            _note(connection, task_id, kind, key, verb)

    def announced(self, task_id: str, kind: Kind, key: str, verb: str) -> bool:
        """True if this task has begun the step, now or before a crash."""
        query = "SELECT 1 FROM steps WHERE task_id = ? AND kind = ? AND key = ? AND verb = ?"
        return bool(self._rows(query, task_id, kind, key, verb))

    def count(self, task_id: str, kind: Kind, verb: str) -> int:
        """How many steps of that kind and verb this task has begun."""
        query = "SELECT count(*) AS steps FROM steps WHERE task_id = ? AND kind = ? AND verb = ?"
        return int(self._rows(query, task_id, kind, verb)[0]["steps"])

    def earlier(self, task_id: str) -> Effects | None:
        """What the task did, if it has come to its end."""
        rows = self._rows("SELECT effects FROM applied_tasks WHERE task_id = ?", task_id)
        return Effects.of_json(orjson.loads(rows[0]["effects"])) if rows else None

    def finish(self, task_id: str, effects: Effects) -> None:
        """The task has come to its end; its steps are no longer needed."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM steps WHERE task_id = ?", (task_id,))
            connection.execute(
                "INSERT INTO applied_tasks (task_id, effects) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (task_id, orjson.dumps(effects.as_json()).decode()),
            )

    def problem(self) -> Problem | None:
        """What keeps the file from being used; makes none."""
        usable = self._path if self._path.exists() else self._path.parent
        if os.access(usable, os.R_OK | os.W_OK):
            return None
        remedy = (
            "point the mailing list's options.journal at a file that this process may write, in a folder that is there"
        )
        return Problem(f"the mailing list's journal can't be used ({self._path})", remedy)

    @cached_property
    def _key(self) -> bytes:
        return bytes(self._rows("SELECT value FROM settings WHERE name = 'key'")[0]["value"])

    def _rows(self, query: str, *values: str) -> list[sqlite3.Row]:
        with closing(self._connect()) as connection, faults_translated(_WHAT):
            return connection.execute(query, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as connection, faults_translated(_WHAT):
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    def _connect(self) -> sqlite3.Connection:
        with faults_translated(_WHAT):
            if not self._path.exists():
                _make(self._path)
            if not self._is_current:
                bring_up_to_date(self._path)
                self._is_current = True
            connection = sqlite3.connect(
                f"{self._path.absolute().as_uri()}?mode=rw", uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None
            )
            connection.row_factory = sqlite3.Row
        return connection


def _make(path: Path) -> None:
    """Make the file elsewhere and put it in its place whole: whoever comes second takes what is there."""
    with TemporaryDirectory(dir=path.parent, prefix=".journal-") as folder:
        new = Path(folder) / "journal"
        with closing(sqlite3.connect(new)) as connection:
            schema = resources.files("connectors.mailing_list.mailman").joinpath("schema.sql")
            connection.executescript(schema.read_text("utf-8"))
        new.chmod(0o600)
        with suppress(FileExistsError):
            os.link(new, path)


def _note(connection: sqlite3.Connection, task_id: str, kind: Kind, key: str, verb: str) -> None:
    connection.execute("INSERT INTO steps VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", (task_id, kind, key, verb))


def _restriction(row: sqlite3.Row) -> Restriction:
    others = orjson.loads(row["others"]) if row["others"] is not None else None
    return Restriction(before=row["before"], others=others, task_id=row["task_id"])

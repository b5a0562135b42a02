"""The changes of one task in the embedded list server's file, within a transaction that the backend opened."""

import sqlite3
from collections.abc import Collection, Mapping

import orjson

from connectors.mailing_list.backend import BlankableField, Kind, name_key
from connectors.mailing_list.embedded_suppressions import note_erased, suppress_like, suppression_hash
from connectors.mailing_list.faults import faults_translated
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.errors import PermanentError
from habeas.ports import Effects

_TABLES: Mapping[Kind, str] = {
    "subscriptions": "memberships",
    "held messages": "held_messages",
    "bans": "bans",
    "addresses": "addresses",
}
_EMAIL_OF: Mapping[Kind, str] = {
    "subscriptions": "SELECT email_key FROM addresses JOIN memberships ON addresses.id = address_id "
    "WHERE memberships.id = ?",
    "held messages": "SELECT email_key FROM held_messages WHERE id = ?",
    "bans": "SELECT email_key FROM bans WHERE id = ?",
    "addresses": "SELECT email_key FROM addresses WHERE id = ?",
}
_RENAME = """
    UPDATE subscribers SET display_name = ?, name_key = ?
    WHERE id = (SELECT subscriber_id FROM addresses WHERE id = ?)"""
_BLANK: Mapping[BlankableField, str] = {
    "display_name": """
        UPDATE subscribers SET display_name = NULL, name_key = NULL
        WHERE display_name IS NOT NULL AND id = (SELECT subscriber_id FROM addresses WHERE id = ?)""",
    "registered_on": "UPDATE addresses SET registered_on = NULL WHERE registered_on IS NOT NULL AND id = ?",
}


class EmbeddedChanges:
    """`Changes` by SQL."""

    def __init__(self, connection: sqlite3.Connection, task_id: str) -> None:
        self._connection = connection
        self._task_id = task_id
        row = connection.execute("SELECT effects FROM applied_tasks WHERE task_id = ?", (task_id,)).fetchone()
        self._earlier = Effects.of_json(orjson.loads(row["effects"])) if row else None

    @property
    def earlier(self) -> Effects | None:
        """See `Changes`."""
        return self._earlier

    def remove(self, kind: Kind, key: str) -> int:
        """See `Changes`. Also whatever else hangs on an address that goes."""
        if kind == "addresses":
            return self._remove_address(key)
        return self._run(f"DELETE FROM {_TABLES[kind]} WHERE id = ?", key)  # noqa: S608 - the table is one of ours

    def leave_all(self, address: str) -> int:
        """See `Changes`."""
        return self._run("DELETE FROM memberships WHERE address_id = ?", address)

    def blank(self, address: str, fields: Collection[BlankableField]) -> int:
        """See `Changes`."""
        return max((self._run(_BLANK[field], address) for field in fields if field in _BLANK), default=0)

    def restrict(self, kind: Kind, key: str) -> int:
        """See `Changes`."""
        if kind == "subscriptions":
            return self._run(
                "UPDATE memberships SET restricted = 1, delivery_before = delivery, delivery = 'disabled' "
                "WHERE id = ? AND NOT restricted",
                key,
            )
        return self._run(f"UPDATE {_TABLES[kind]} SET restricted = 1 WHERE id = ? AND NOT restricted", key)  # noqa: S608 - the table is one of ours

    def lift(self, kind: Kind, key: str) -> int:
        """See `Changes`."""
        if kind == "subscriptions":
            return self._run(
                "UPDATE memberships SET restricted = 0, delivery = delivery_before, delivery_before = NULL "
                "WHERE id = ? AND restricted",
                key,
            )
        return self._run(f"UPDATE {_TABLES[kind]} SET restricted = 0 WHERE id = ? AND restricted", key)  # noqa: S608 - the table is one of ours

    def suppress(self, kind: Kind, key: str) -> int:
        """See `Changes`."""
        with faults_translated():
            row = self._connection.execute(_EMAIL_OF[kind], (key,)).fetchone()
            if row is None or row["email_key"] is None:
                return 0
            return self._connection.execute(
                "INSERT INTO suppressions (email_hash, task_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (suppression_hash(self._connection, row["email_key"]), self._task_id),
            ).rowcount

    def rename(self, address: str, name: str) -> int:
        """See `Changes`; here a name is always the user's."""
        return self._run(_RENAME, name, name_key(name), address)

    def readdress(self, address: str, email: str) -> int:
        """See `Changes`."""
        new = _email(email)
        with faults_translated():
            old = self._connection.execute("SELECT * FROM addresses WHERE id = ?", (address,)).fetchone()
            if old is None:
                return 0
            there = self._connection.execute(
                "SELECT id, subscriber_id FROM addresses WHERE email_key = ? AND id <> ?", (new, address)
            ).fetchone()
            if there is not None and there["subscriber_id"] != old["subscriber_id"]:
                raise PermanentError("the right address belongs to another user: join the two by hand")
            suppress_like(self._connection, old["email_key"], new, task_id=self._task_id)
            if there is not None:
                self._merge(str(there["id"]), into=address)
            self._run("UPDATE addresses SET email = ?, email_key = ? WHERE id = ?", email.strip(), new, address)
        return 1

    def finish(self, effects: Effects) -> None:
        """See `Changes`."""
        self._run(
            "INSERT INTO applied_tasks (task_id, effects) VALUES (?, ?)",
            self._task_id,
            orjson.dumps(effects.as_json()).decode(),
        )

    def _merge(self, other: str, *, into: str) -> None:
        """The same user's right address goes into the place of the wrong one, with the lists that it alone is on."""
        self._run("UPDATE OR IGNORE memberships SET address_id = ? WHERE address_id = ?", into, other)
        self.leave_all(other)
        self._run("DELETE FROM addresses WHERE id = ?", other)

    def _remove_address(self, key: str) -> int:
        self.leave_all(key)
        note_erased(self._connection, key)
        with faults_translated():
            gone = self._connection.execute(
                "DELETE FROM addresses WHERE id = ? RETURNING subscriber_id", (key,)
            ).fetchone()
        if gone is None:
            return 0
        self._run(
            "DELETE FROM subscribers WHERE id = ? AND NOT EXISTS "
            "(SELECT 1 FROM addresses WHERE subscriber_id = subscribers.id)",
            gone["subscriber_id"],
        )
        return 1

    def _run(self, statement: str, *values: str | int) -> int:
        with faults_translated():
            return self._connection.execute(statement, values).rowcount


def _email(text: str) -> str:
    try:
        return identifier(IdentifierKind.EMAIL, text).value
    except ValueError:
        raise PermanentError("what the address is to be corrected to is no e-mail address") from None

"""A real Mailman with 500 lists, all of which have one member."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from connectors.mailing_list import MailingListConnector
from connectors.mailing_list.mailman import MailmanApi, MailmanBackend

LISTS = 500
pytestmark = pytest.mark.timeout(400)  # the first run installs Mailman


class CountingApi(MailmanApi):
    """Counts what it asks."""

    asked = 0

    def _ask(self, method: str, path: tuple[str, ...], form: Any = None) -> Any:
        self.asked += 1
        return super()._ask(method, path, form)


def test_someone_on_500_lists_takes_some_thousand_requests(corner: Any) -> None:
    """Every membership, each list searched for held messages, bans and applications; each left with two requests."""
    noor = corner.email("noor")
    first = corner.make_list("list")
    with many_lists(corner.server.database, like=first, member=corner.join(first, noor)):
        api = CountingApi(corner.server.url, user=corner.server.user, password=corner.server.password)
        connector = MailingListConnector(MailmanBackend(api, corner.journal))
        plan = corner.found(noor, connector=connector)
        assert corner.collections(plan) == [*["subscriptions"] * LISTS, "addresses"]
        assert api.asked < LISTS * 5 + 100
        api.asked = 0
        effects = corner.applied(plan, "erase", connector=connector)
        assert effects.as_json()["subscriptions"] == {"erased": LISTS}
        assert api.asked < LISTS * 2 + 100
        assert noor not in corner.dump()


@contextmanager
def many_lists(database: Path, *, like: str, member: str) -> Iterator[None]:
    """Copies of a list and of its membership, written and removed by SQL: Mailman takes minutes for so many."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.row_factory = sqlite3.Row
        [made] = connection.execute("SELECT * FROM mailinglist WHERE list_id = ?", (like,))
        [joined] = connection.execute("SELECT * FROM member WHERE replace(_member_id, '-', '') = ?", (member,))
        for number in range(1, LISTS):
            name = f"{made['list_name']}{number}"
            list_id = f"{name}.{made['mail_host']}"
            insert(connection, "mailinglist", dict(made) | {"id": None, "list_name": name, "list_id": list_id})
            own = connection.execute("INSERT INTO preferences (delivery_mode) VALUES (NULL)").lastrowid
            copy = {"id": None, "_member_id": uuid4().hex, "list_id": list_id, "preferences_id": own}
            insert(connection, "member", dict(joined) | copy)
    yield
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM mailinglist WHERE list_id <> ? AND mail_host = ?", (like, made["mail_host"]))


def insert(connection: sqlite3.Connection, table: str, row: dict[str, object]) -> None:
    names, marks = ", ".join(f'"{each}"' for each in row), ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))

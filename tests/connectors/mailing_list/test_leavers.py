"""Whoever leaves a list by the list server's own link is not written to by anybody else either."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from connectors.mailing_list import EmbeddedBackend, MailingListConnector
from connectors.mailing_list.embedded import create_database
from habeas.storage.tables import audit

NOOR, ELSE = "Noor@example.org", "else@example.org"


class Lists:
    """Noor and somebody else on two lists of the embedded server."""

    def __init__(self, path: Path, **options: Any) -> None:
        self.path = path
        create_database(path)
        self.do("INSERT INTO lists VALUES ('news', 'News'), ('tips', 'Tips')")
        self.backend = EmbeddedBackend(path)
        for email in (NOOR, ELSE):
            for each in ("news", "tips"):
                self.backend.subscribe(each, email, display_name="N", on=date(2024, 5, 2))
        self.connector = MailingListConnector(self.backend, **options)

    def do(self, statement: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(statement)

    def leave(self, *lists: str, email: str = NOOR) -> None:
        """As by the server's own link."""
        for each in lists:
            self.do(
                f"DELETE FROM memberships WHERE list_id = '{each}' AND address_id IN "
                f"(SELECT id FROM addresses WHERE email = '{email}')"
            )

    def look(self) -> list[str]:
        with self.connector.leavers() as addresses:
            return [*addresses]


@pytest.fixture
def lists(tmp_path):
    return Lists(tmp_path / "lists.db")


def test_who_leaves_is_told_once_and_the_first_look_tells_of_nobody(lists):
    lists.leave("news", email=ELSE)
    assert lists.look() == []
    lists.leave("news", "tips")
    assert lists.look() == [NOOR]
    assert lists.look() == []


def test_who_stays_on_another_list_has_not_left(lists):
    lists.look()
    lists.leave("news")
    assert lists.look() == []
    lists.leave("tips")
    assert lists.look() == [NOOR]


def test_whose_list_was_closed_has_not_left(lists):
    """That was the company's decision, and says nothing of what its members want."""
    lists.look()
    for each in ("news", "tips"):
        lists.do(f"DELETE FROM memberships WHERE list_id = '{each}'")
        lists.do(f"DELETE FROM lists WHERE list_id = '{each}'")
    assert lists.look() == []


def test_what_could_not_be_noted_is_told_again(lists):
    lists.look()
    lists.leave("news", "tips")
    with pytest.raises(RuntimeError, match="no database"), lists.connector.leavers():
        raise RuntimeError("no database")
    assert lists.look() == [NOOR]


def test_what_is_remembered_of_a_look_holds_no_address(lists):
    lists.look()
    with closing(sqlite3.connect(lists.path)) as connection:
        rows = connection.execute("SELECT * FROM members_seen").fetchall()
    assert len(rows) == 4
    assert all(len(digest) == 32 for _, digest in rows)


def test_a_file_of_an_earlier_version_remembers_too(tmp_path):
    lists = Lists(tmp_path / "lists.db")
    lists.do("DROP TABLE members_seen")
    lists.connector = MailingListConnector(EmbeddedBackend(lists.path))
    assert lists.look() == []
    lists.leave("news", "tips")
    assert lists.look() == [NOOR]


def test_a_company_whose_lists_are_no_marketing_can_have_nobody_noticed(tmp_path):
    lists = Lists(tmp_path / "lists.db", notice_leavers=False)
    lists.look()
    lists.leave("news", "tips")
    assert lists.look() == []


def test_leavers_are_on_the_suppression_list_of_all_systems(new_pipeline, lists):
    """law A16: the list is asked by every import, and the audit trail tells how many there were and nothing more."""
    pipeline = new_pipeline({"lists": lists.connector})
    step = pipeline.loops["lists.leavers"].step
    step()
    lists.leave("news", "tips")
    step()
    listed = pipeline.habeas.suppression_list.check([NOOR.lower(), ELSE])
    assert {each: found.reason for each, found in listed.items()} == {NOOR.lower(): "left-a-list"}
    with pipeline.habeas.database.reading() as connection:
        trail = connection.execute(select(audit).where(audit.c.action == "suppression.left")).all()
    assert [row.details for row in trail] == [{"system": "lists", "addresses": 1}]
    pipeline.habeas.suppression_list.remove([NOOR], actor="tester", why="subscribed again")
    step()
    assert not pipeline.habeas.suppression_list.check([NOOR]), "told once"


def test_a_server_that_is_down_is_asked_again_the_next_time(new_pipeline, lists):
    pipeline = new_pipeline({"lists": lists.connector})
    step = pipeline.loops["lists.leavers"].step
    step()
    lists.leave("news", "tips")
    lists.path.rename(lists.path.with_suffix(".away"))
    assert step() == 0
    lists.path.with_suffix(".away").rename(lists.path)
    step()
    assert pipeline.habeas.suppression_list.check([NOOR])

"""The embedded list server: nobody who is suppressed comes back, by whatever way."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from connectors.mailing_list import EmbeddedBackend, MailingListConnector
from connectors.mailing_list.embedded import create_database
from habeas.domain.records import Record
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.errors import PermanentError

JOINED = date(2024, 5, 2)
NOOR, ELSE = "noor@example.org", "else@example.org"
IMPORT = """
    INSERT INTO subscribers VALUES (9, 'Noor', 'noor');
    INSERT INTO addresses (id, subscriber_id, email, email_key) VALUES (9, 9, 'Noor@Example.org', 'noor@example.org');
    INSERT INTO memberships (list_id, address_id, role) VALUES ('news', 9, 'member'), ('news', 9, 'owner');
"""


@pytest.fixture
def lists(tmp_path: Path) -> MailingListConnector:
    path = tmp_path / "lists.db"
    create_database(path)
    script(path, "INSERT INTO lists VALUES ('news', 'Customs news')")
    backend = EmbeddedBackend(path)
    for email in (NOOR, ELSE):
        backend.subscribe("news", email, display_name="N", on=JOINED)
    return MailingListConnector(backend)


def script(path: Path, statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(statements)


def found(lists: MailingListConnector, email: str = NOOR) -> list[Record]:
    subject = Subject("t1", (identifier(IdentifierKind.EMAIL, email),))
    return [each.what for each in lists.find([subject]) if isinstance(each.what, Record)]


def act(lists: MailingListConnector, name: str) -> None:
    """Do to each of Noor's records what a worker would."""
    with lists.applying(Subject("t1", ()), f"task {name}") as application:
        for record in found(lists):
            application.erase(record, ()) if name == "erase" else application.suppress(record)


def test_who_was_erased_and_is_imported_is_removed_again(lists, tmp_path):
    """With every office; nobody else is touched, and a second look finds nothing."""
    act(lists, "erase")
    script(tmp_path / "lists.db", IMPORT)
    assert lists.keep_away().as_json() == {"subscriptions": {"erased": 2}, "addresses": {"erased": 1}}
    assert found(lists) == []
    assert len(found(lists, ELSE)) == 2
    assert lists.keep_away().as_json() == {}


def test_who_must_only_not_be_written_to_stays_and_leaves_the_lists(lists):
    """The address is theirs to keep."""
    act(lists, "suppress")
    assert lists.keep_away().as_json() == {"subscriptions": {"erased": 1}}
    assert [each.collection for each in found(lists)] == ["addresses"]


def test_who_wants_to_be_back_is_let_back(lists, tmp_path):
    """Then they may subscribe, and are not removed."""
    act(lists, "erase")
    assert lists.let_back(["NOOR@example.org", "+44 161 496 0123", "nobody"]) == 1
    EmbeddedBackend(tmp_path / "lists.db").subscribe("news", NOOR, display_name="Noor", on=JOINED)
    assert lists.keep_away().as_json() == {}
    assert len(found(lists)) == 2


def test_a_file_of_an_earlier_version_is_brought_up_to_date(lists, tmp_path):
    """It does not say who was erased: they are taken for people who must only not be written to."""
    act(lists, "suppress")
    script(tmp_path / "lists.db", "ALTER TABLE suppressions DROP COLUMN erased")
    again = MailingListConnector(EmbeddedBackend(tmp_path / "lists.db"))
    assert again.check() == []
    assert again.keep_away().as_json() == {"subscriptions": {"erased": 1}}
    act(again, "erase")
    assert found(again) == []


def test_a_wrong_address_gives_way_to_the_right_one(lists, tmp_path):
    """As it is written, with its lists; also where another address of the same person is the right one."""
    rectify(lists, found(lists), {"email": "Núr@Example.org", "display_name": "Núr"})
    assert found(lists) == []
    after = found(lists, "núr@example.org")
    assert [each.collection for each in after] == ["subscriptions", "addresses"]
    values = {each.name: each.value for each in after[1].fields}
    assert (values["email"], values["display_name"]) == ("Núr@Example.org", "Núr")
    script(
        tmp_path / "lists.db",
        "INSERT INTO lists VALUES ('tariff', 'T');"
        "INSERT INTO addresses (id, subscriber_id, email, email_key) SELECT 8, subscriber_id, 'a@b.c', 'a@b.c'"
        " FROM addresses WHERE email_key = 'núr@example.org';"
        "INSERT INTO memberships (list_id, address_id) VALUES ('tariff', 8), ('news', 8)",
    )
    rectify(lists, [each for each in found(lists, "a@b.c") if each.key == after[1].key], {"email": "a@b.c"}, task="2")
    merged = found(lists, "a@b.c")
    assert [each.collection for each in merged] == ["subscriptions", "subscriptions", "addresses"]


def test_an_objection_goes_with_the_address_and_nobody_elses_address_is_taken(lists):
    """Nor one whose owner must not be written to, nor what is no address."""
    for wrong in (ELSE, "no address"):
        with pytest.raises(PermanentError) as raised:
            rectify(lists, found(lists), {"email": wrong})
        assert wrong not in str(raised.value)
    act(lists, "suppress")
    rectify(lists, found(lists), {"email": "right@example.org"})
    assert lists.keep_away().as_json() == {"subscriptions": {"erased": 1}}
    with pytest.raises(PermanentError, match="suppressed"):
        rectify(lists, found(lists, ELSE), {"email": NOOR}, task="task-2")


@pytest.mark.parametrize("name", ["registered_on", "list"])
def test_what_is_no_fact_about_the_person_is_left_to_a_person(lists, name):
    """Decided as such: neither the domain plans it, nor would it be carried out."""
    for record in found(lists):
        assert not record.correctable or name in {*record.uncorrectable, "list"}
    with pytest.raises(PermanentError):
        rectify(lists, found(lists), {name: "x"})


def rectify(
    lists: MailingListConnector, records: list[Record], corrections: dict[str, str], task: str = "task-1"
) -> None:
    with lists.applying(Subject("t1", ()), task) as application:
        for record in (each for each in records if each.collection == "addresses"):
            for name, value in corrections.items():
                application.rectify(record, name, value)

"""The embedded list server: what leaving, restricting and suppressing mean there."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from connectors.mailing_list import EmbeddedBackend, MailingListConnector
from connectors.mailing_list.application import MailingListApplication
from connectors.mailing_list.connect import connect
from connectors.mailing_list.embedded import create_database
from habeas.domain.records import Match, Record
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.errors import ConfigurationError, PermanentError, RetriableError, SystemDownError

JOINED = date(2024, 5, 2)
EMAIL = "Noor.Öz@Example.org"
NOOR = Subject("t1", (identifier(IdentifierKind.EMAIL, EMAIL),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "lists.db"
    create_database(path)
    run(path, "INSERT INTO lists VALUES ('news', 'Customs news'), ('tariff', 'Tariff changes')")
    return path


@pytest.fixture
def server(path: Path) -> EmbeddedBackend:
    backend = EmbeddedBackend(path)
    backend.subscribe("news", EMAIL, display_name="Noor Öz", on=JOINED)
    backend.subscribe("tariff", EMAIL, display_name="Noor Öz", on=JOINED)
    backend.subscribe("news", "else@example.org", display_name="Someone Else", on=JOINED)
    return backend


@pytest.fixture
def connector(server: EmbeddedBackend) -> Iterator[MailingListConnector]:
    connector = MailingListConnector(server)
    yield connector
    connector.close()


def run(path: Path, statement: str, *values: object) -> list[tuple]:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, values).fetchall()


def found(connector: MailingListConnector, subject: Subject = NOOR) -> list[Record]:
    return [each.what for each in connector.find([subject]) if isinstance(each.what, Record)]


def erase(application: MailingListApplication, records: list[Record]) -> None:
    for record in records:
        application.erase(record, ())


def test_an_address_is_recognised_however_it_is_written(connector: MailingListConnector) -> None:
    """Upper and lower case are alike, beyond ASCII too."""
    shouting = Subject("t2", (identifier(IdentifierKind.EMAIL, "NOOR.ÖZ@EXAMPLE.ORG"),))
    assert found(connector, shouting) == found(connector)
    assert [each.collection for each in found(connector)] == ["subscriptions", "subscriptions", "addresses"]


def test_a_name_alone_is_a_weak_match_of_the_address_only(connector: MailingListConnector) -> None:
    """What hangs on an address that only the name leads to is not brought up."""
    by_name = Subject("t3", (identifier(IdentifierKind.NAME, "NOOR ÖZ"),))
    assert [(each.collection, each.match) for each in found(connector, by_name)] == [("addresses", Match.WEAK)]


def test_two_people_with_one_mailbox_are_both_told_of_it(connector: MailingListConnector) -> None:
    """In one pass, each under their own token."""
    twins = [NOOR, Subject("t4", NOOR.identifiers)]
    per_token = {each.subject for each in connector.find(twins)}
    assert per_token == {"t1", "t4"}


def test_an_erased_address_is_nowhere_in_the_file(connector: MailingListConnector, path: Path) -> None:
    """Neither in a table nor in what SQLite has freed; the suppression entry is a hash."""
    run(path, "INSERT INTO bans (email_key) VALUES (?)", EMAIL.casefold())
    with connector.applying(NOOR, "task-1") as application:
        erase(application, found(connector))
    content = path.read_bytes().lower()
    assert b"noor" not in content
    assert "öz@example.org".encode() not in content
    [(digest,)] = run(path, "SELECT email_hash FROM suppressions")
    assert len(digest) == 32
    assert run(path, "SELECT display_name FROM subscribers") == [("Someone Else",)]


def test_two_servers_hash_an_address_differently(tmp_path: Path) -> None:
    """A leaked suppression list can't be compared with another one."""
    digests = set()
    for name in ("a.db", "b.db"):
        create_database(tmp_path / name)
        run(tmp_path / name, "INSERT INTO lists VALUES ('news', 'Customs news')")
        backend = EmbeddedBackend(tmp_path / name)
        backend.subscribe("news", EMAIL, display_name="Noor Öz", on=JOINED)
        connector = MailingListConnector(backend)
        with connector.applying(NOOR, "task-1") as application:
            erase(application, found(connector))
        digests.update(run(tmp_path / name, "SELECT email_hash FROM suppressions"))
    assert len(digests) == 2


def test_an_erased_address_cant_be_subscribed_again(connector: MailingListConnector, server: EmbeddedBackend) -> None:
    """law C-suppression: an import of an old list does not bring it back, however it is written there."""
    with connector.applying(NOOR, "task-1") as application:
        erase(application, found(connector))
    with pytest.raises(PermanentError):
        server.subscribe("news", EMAIL.upper(), display_name="Noor Öz", on=JOINED)
    assert found(connector) == []


def test_a_subscription_made_since_the_search_goes_too(
    connector: MailingListConnector, server: EmbeddedBackend, path: Path
) -> None:
    """Erasing the address leaves every list, also one joined after the plan was made."""
    plan = found(connector)
    run(path, "INSERT INTO lists VALUES ('late', 'Latecomers')")
    server.subscribe("late", EMAIL, display_name="Noor Öz", on=JOINED)
    with connector.applying(NOOR, "task-1") as application:
        erase(application, plan)
    assert application.effects.as_json() == {
        "subscriptions": {"erased": 3},
        "addresses": {"suppressed": 1, "erased": 1},
    }
    assert found(connector) == []


def test_nothing_is_delivered_while_restricted(connector: MailingListConnector, path: Path) -> None:
    """law C18: the recipients of a posting are the others."""
    with connector.applying(NOOR, "task-1") as application:
        for record in found(connector):
            application.restrict(record)
    assert run(path, "SELECT list_id, email FROM recipients") == [("news", "else@example.org")]


def test_a_restricted_person_is_not_subscribed_further(
    connector: MailingListConnector, server: EmbeddedBackend, path: Path
) -> None:
    """law C18: restricted data is stored only."""
    with connector.applying(NOOR, "task-1") as application:
        for record in found(connector):
            application.restrict(record)
    run(path, "INSERT INTO lists VALUES ('late', 'Latecomers')")
    with pytest.raises(PermanentError):
        server.subscribe("late", EMAIL, display_name="Noor Öz", on=JOINED)


@pytest.mark.parametrize("chosen", ["enabled", "disabled"])
def test_lifting_gives_back_the_preference_that_was(connector: MailingListConnector, path: Path, chosen: str) -> None:
    """Whoever had switched delivery off has it off again, also after two restrictions."""
    run(path, "UPDATE memberships SET delivery = ?", chosen)
    before = run(path, "SELECT * FROM memberships ORDER BY id")
    for task in ("task-1", "task-2"):
        with connector.applying(NOOR, task) as application:
            for record in found(connector):
                application.restrict(record)
    with connector.applying(NOOR, "task-3") as application:
        for record in found(connector):
            application.lift(record)
    assert run(path, "SELECT * FROM memberships ORDER BY id") == before


def test_suppressing_alone_keeps_what_is_there(connector: MailingListConnector, path: Path) -> None:
    """The person stays findable; the hash is there once for any number of records."""
    before = found(connector)
    with connector.applying(NOOR, "task-1") as application:
        for record in before:
            application.suppress(record)
    assert found(connector) == before
    assert len(run(path, "SELECT * FROM suppressions")) == 1


def test_the_second_application_tells_of_the_first(connector: MailingListConnector) -> None:
    """Its effects are those of the first, and its calls do nothing."""
    plan = found(connector)
    with connector.applying(NOOR, "task-1") as first:
        erase(first, plan)
    with connector.applying(NOOR, "task-1") as second:
        assert second.earlier == first.effects
        erase(second, plan)
        second.restrict(plan[0])
    assert second.effects == first.effects


def test_a_part_that_cant_stay_alone_is_refused(connector: MailingListConnector) -> None:
    """An address without its e-mail is none; the error says what could go."""
    [address] = [each for each in found(connector) if each.collection == "addresses"]
    with (
        pytest.raises(PermanentError, match="only an address's display_name and registered_on"),
        connector.applying(NOOR, "task-1") as application,
    ):
        application.erase(address, ("email",))
    assert address in found(connector)


def test_a_busy_server_is_tried_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another writer holds the file: a passing fault."""
    monkeypatch.setattr("connectors.mailing_list.embedded._BUSY_TIMEOUT_S", 0.01)
    connector = MailingListConnector(EmbeddedBackend(path))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(RetriableError):
            list(connector.find([NOOR]))


def test_a_missing_file_is_a_system_that_is_down(tmp_path: Path) -> None:
    """It is not silently made anew: an empty server would answer that there is nothing."""
    connector = MailingListConnector(EmbeddedBackend(tmp_path / "none.db"))
    with pytest.raises(SystemDownError):
        list(connector.find([NOOR]))
    [problem] = connector.check()
    assert str(tmp_path / "none.db") in problem.what
    assert not (tmp_path / "none.db").exists()


def test_a_user_with_hundreds_of_addresses_is_found_once_each(path: Path) -> None:
    """Long questions are asked in parts, and the parts overlap in nothing."""
    run(path, "INSERT INTO subscribers VALUES (1, 'Mo', 'mo')")
    emails = [f"a{number}@example.org" for number in range(1200)]
    for email in emails:
        run(path, "INSERT INTO addresses (subscriber_id, email, email_key) VALUES (1, ?, ?)", email, email)
    subject = Subject("t", tuple(identifier(IdentifierKind.EMAIL, email) for email in emails))
    assert len(found(MailingListConnector(EmbeddedBackend(path)), subject)) == 1200


def test_the_path_is_relative_to_the_settings(path: Path) -> None:
    """It works from whatever folder the program is started in."""
    connector = connect({"path": path.name}, system="mailing_list", folder=path.parent)
    assert connector.check() == []
    with pytest.raises(ConfigurationError, match=r"systems\.mailing_list\.options\.path"):
        connect({}, system="mailing_list", folder=path.parent)

"""Rows that are kept are really out of use, whatever else of the same task is forbidden or undone."""

from collections.abc import Iterable

import pytest

from connectors.sql import SqlConnector
from habeas.domain.records import Record
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.errors import PermanentError
from habeas.ports import Effects

ANNA = Subject("anna", (identifier(IdentifierKind.EMAIL, "anna@example.org"),))

FIRM = """
CREATE TABLE parties (id INTEGER PRIMARY KEY, name VARCHAR(99), blocked INTEGER DEFAULT 0);
CREATE TABLE contacts (id INTEGER PRIMARY KEY, party INTEGER REFERENCES parties (id), email VARCHAR(99));
CREATE TABLE places (id INTEGER PRIMARY KEY, party INTEGER REFERENCES parties (id), city VARCHAR(99));
CREATE TABLE invoices (id INTEGER PRIMARY KEY, party INTEGER REFERENCES parties (id),
    address INTEGER REFERENCES places (id), text VARCHAR(99));
CREATE TABLE set_aside (party INTEGER PRIMARY KEY, since TIMESTAMP);
CREATE TABLE parties_aside (id INTEGER PRIMARY KEY, name VARCHAR(99), blocked INTEGER DEFAULT 0);
INSERT INTO parties VALUES (1, 'Anna', 0), (2, 'Bo', 0);
INSERT INTO contacts VALUES (1, 1, 'anna@example.org'), (2, 2, 'bo@example.org');
INSERT INTO places VALUES (1, 1, 'Salford'), (2, 1, 'Leeds'), (3, 2, 'York');
INSERT INTO invoices VALUES (1, 1, 1, 'tea'), (2, 1, 1, 'more tea'), (3, 2, 3, 'coffee');
"""
FIRM_MAP = """
sweep: false
tables:
  contacts:
    title: Contacts
    key: [id]
    identifiers: {email: email}
    categories: {contact: [email]}
  parties:
    title: Parties
    key: [id]
    through: {table: contacts, columns: {id: party}}
    categories: {identity: [name]}
    erase: columns
    restrict: {side_table: set_aside, columns: {party: id}, since: since}
  places:
    title: Places
    key: [id]
    through: {table: parties, columns: {party: id}}
    categories: {contact: [city]}
  invoices:
    title: Invoices
    key: [id]
    through: {table: parties, columns: {party: id}}
    categories: {transaction: [text]}
"""
BESIDE = "{side_table: set_aside, columns: {party: id}, since: since}"


def records(connector: SqlConnector) -> list[Record]:
    return [each.what for each in connector.find([ANNA]) if isinstance(each.what, Record)]


def erase_all_but(connector: SqlConnector, plan: Iterable[Record], kept: str) -> Effects:
    with connector.applying(ANNA, "erase") as application:
        for record in plan:
            if record.collection == kept:
                application.restrict(record)
            else:
                application.erase(record, ())
    return application.effects


@pytest.mark.parametrize(
    ("way", "marked"),
    [(BESIDE, "SELECT party FROM set_aside"), ("{flag: blocked}", "SELECT id FROM parties WHERE blocked = 1")],
)
def test_rows_kept_by_law_are_restricted_though_a_foreign_key_forbids_another_deletion(
    target, way: str, marked: str
) -> None:
    """law C18: one place may not go because the invoices refer to it; all is undone and done again, the mark too."""
    target.run(FIRM)
    connector = target.connect(FIRM_MAP.replace(BESIDE, way))
    assert erase_all_but(connector, records(connector), "invoices").as_json() == {
        "invoices": {"restricted": 2},
        "parties": {"erased": 1, "restricted": 1},
        "places": {"erased": 1, "retained_by_reference": 1},
        "contacts": {"erased": 1},
    }
    assert target.rows(marked) == [(1,)]
    assert target.rows("SELECT id, name FROM parties ORDER BY id") == [(1, None), (2, "Bo")]
    assert target.rows("SELECT id, city FROM places ORDER BY id") == [(1, None), (3, "York")]
    assert target.rows("SELECT text FROM invoices ORDER BY id") == [("tea",), ("more tea",), ("coffee",)]


@pytest.mark.parametrize("kept", ["invoices", "parties"])
def test_a_restriction_that_does_not_take_hold_undoes_the_whole_task(target, kept: str) -> None:
    """law C18: once her contacts are erased nobody would find her invoices again to see that they are in use."""
    target.run(FIRM)
    with target.transaction() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER undone BEFORE INSERT ON set_aside BEGIN SELECT RAISE(IGNORE); END"
            if connection.dialect.name == "sqlite"
            else "CREATE RULE undone AS ON INSERT TO set_aside DO INSTEAD NOTHING"
        )
    connector = target.connect(FIRM_MAP)
    plan = records(connector)
    with pytest.raises(PermanentError, match="1 of the parties were restricted and are in use still"):
        erase_all_but(connector, plan, kept)
    assert records(connector) == plan


@pytest.mark.parametrize("way", [BESIDE, "{flag: blocked}", "{move_to: parties_aside}"])
def test_what_is_restricted_already_stays_so(target, way: str) -> None:
    """In each way, also by another task: nothing is changed, nothing counted, and it is no fault."""
    target.run(FIRM.replace(" REFERENCES parties (id)", ""))
    connector = target.connect(FIRM_MAP.replace(BESIDE, way))
    for task, counted in (("first", {"parties": {"restricted": 1}, "invoices": {"restricted": 2}}), ("second", {})):
        with connector.applying(ANNA, task) as application:
            for record in records(connector):
                if record.collection == "invoices":
                    application.restrict(record)
        assert application.effects.as_json() == counted
    assert [each.restricted for each in records(connector) if each.collection == "invoices"] == [True, True]

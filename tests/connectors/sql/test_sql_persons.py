"""Several people in one row: each is found for themselves, and what is another's is neither shown nor changed."""

from datetime import date

import pytest

from connectors.sql import SqlConnector, load_map
from habeas.domain.decisions import decide, is_done
from habeas.domain.plans import PlannedRecord
from habeas.domain.records import Record
from habeas.domain.register import Controller, Register
from habeas.domain.requests import Right
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.domain.wishes import Wish
from habeas.errors import ConfigurationError, PermanentError
from habeas.ports import Effects

ANNA, BO, CY = (
    Subject(name, (identifier(IdentifierKind.EMAIL, f"{name}@example.org"),)) for name in ("anna", "bo", "cy")
)

TODAY = date(2026, 3, 2)
CONTROLLER = Controller(name="Example", address=("1 Quay",), email="dpm@example.org", data_protection_manager="DPM")
REGISTER = Register(controller=CONTROLLER, regulators=(), notice_version=TODAY, categories={}, retention=())

PARCELS = """
CREATE TABLE contacts (id INTEGER PRIMARY KEY, email VARCHAR(99));
CREATE TABLE parcels (id INTEGER PRIMARY KEY, sender_email VARCHAR(99), sender_name VARCHAR(99), receiver INTEGER
    REFERENCES contacts (id), receiver_street VARCHAR(99), contents VARCHAR(99), weight INTEGER, sender_blocked INTEGER,
    receiver_blocked INTEGER);
CREATE TABLE scans (id INTEGER PRIMARY KEY, parcel INTEGER REFERENCES parcels (id), signature VARCHAR(99));
INSERT INTO contacts VALUES (1, 'anna@example.org'), (2, 'bo@example.org');
INSERT INTO parcels (id, sender_email, sender_name, receiver, receiver_street, contents, weight) VALUES
    (1, 'Anna@example.org', 'Anna', 2, 'Bo Street', 'a book', 5), (2, 'bo@example.org', 'Bo', 1, 'Anna Road', NULL, 6),
    (3, 'anna@example.org', 'Anna', 1, 'Anna Road', 'a hat', 7), (4, 'cy@example.org', 'Cy', 2, 'Bo Street', NULL, 8);
INSERT INTO scans VALUES (1, 1, 'Bo B.'), (2, 2, 'Anna A.'), (3, 4, 'Bo B.');
"""

PARCELS_MAP = """
sweep: false
tables:
  contacts:
    title: Contacts
    key: [id]
    identifiers: {email: email}
    categories: {contact: [email]}
    erase: columns
  parcels:
    title: Parcels
    key: [id]
    persons:
      sender:
        identifiers: {email: sender_email}
        categories: {contact: [sender_email], identity: [sender_name]}
        restrict: {flag: sender_blocked}
      receiver:
        through: {table: contacts, columns: {receiver: id}}
        categories: {contact: [receiver_street]}
        restrict: {flag: receiver_blocked}
    categories: {transaction: [contents]}
    ignored: [weight, sender_blocked, receiver_blocked]
  scans:
    title: Scans
    key: [id]
    through: {table: parcels, person: receiver, columns: {parcel: id}}
    categories: {identity: [signature]}
"""


def records(connector: SqlConnector, subject: Subject = ANNA) -> dict[tuple[str, str], Record]:
    found = [each.what for each in connector.find([subject])]
    assert all(isinstance(each, Record) for each in found)
    return {(each.collection, each.key): each for each in found if isinstance(each, Record)}


def erase(connector: SqlConnector, found: dict[tuple[str, str], Record], *fields: str) -> Effects:
    with connector.applying(ANNA, "task") as application:
        for record in found.values():
            application.erase(record, fields)
    return application.effects


@pytest.fixture
def parcels(target) -> SqlConnector:
    target.run(PARCELS)
    return target.connect(PARCELS_MAP)


def test_the_map_fits_and_each_role_is_a_collection(parcels) -> None:
    """Each column is somebody's; a row in which somebody is both comes once for each."""
    assert list(parcels.check()) == []
    assert sorted(records(parcels)) == [
        ("contacts", "1"),
        ("parcels.receiver", "2"),
        ("parcels.receiver", "3"),
        ("parcels.sender", "1"),
        ("parcels.sender", "3"),
        ("scans", "2"),
    ]
    assert sorted(records(parcels, CY)) == [("parcels.sender", "4")]


def test_what_is_another_persons_is_withheld_and_not_even_read(parcels) -> None:
    """law C15: in access the sender sees their own columns and the common ones; the receiver's are masked."""
    record = records(parcels)["parcels.sender", "1"]
    decisions = decide(record, Wish(Right.ACCESS), REGISTER, TODAY)
    fates = {name: each.outcome.name for each in decisions for name in each.fields}
    disclosed = dict.fromkeys(("contents", "sender_email", "sender_name"), "disclose")
    assert fates == disclosed | {"receiver_street": "withhold"}
    assert "Bo" not in str(record)


def test_erasing_one_person_leaves_the_other_and_the_row(target, parcels) -> None:
    """Anna's columns and the common ones are empty in either role, Bo's and Cy's as they were, and that is proven."""
    found = records(parcels)
    assert erase(parcels, found).as_json() == {
        "contacts": {"erased": 1},
        "parcels.receiver": {"erased": 2},
        "parcels.sender": {"erased": 2},
        "scans": {"erased": 1},
    }
    rows = target.rows("SELECT id, sender_email, sender_name, receiver_street, contents FROM parcels ORDER BY id")
    assert rows == [
        (1, None, None, "Bo Street", None),
        (2, "bo@example.org", "Bo", None, None),
        (3, None, None, None, None),
        (4, "cy@example.org", "Cy", "Bo Street", None),
    ]
    assert target.rows("SELECT id FROM scans ORDER BY id") == [(1,), (3,)]
    assert records(parcels) == {}
    assert sorted(records(parcels, BO)) == [
        ("contacts", "2"),
        ("parcels.receiver", "1"),
        ("parcels.receiver", "4"),
        ("parcels.sender", "2"),
        ("scans", "1"),
        ("scans", "3"),
    ]


def test_a_plan_that_names_another_persons_field_does_not_touch_it(target, parcels) -> None:
    """Decisions cover every field of a record; what is Bo's stays all the same, and nothing is left to do."""
    found = {name: each for name, each in records(parcels).items() if name == ("parcels.sender", "1")}
    erase(parcels, found, "receiver_street", "sender_name")
    assert target.rows("SELECT sender_name, receiver_street FROM parcels WHERE id = 1") == [(None, "Bo Street")]
    again = records(parcels)["parcels.sender", "1"]
    decisions = decide(again, Wish(Right.ERASURE), REGISTER, TODAY)
    assert not is_done(PlannedRecord(again, decisions))
    with parcels.applying(ANNA, "rest") as application:
        for each in decisions:
            application.erase(again, each.fields)
    assert ("parcels.sender", "1") not in records(parcels)
    with (
        pytest.raises(PermanentError, match=r"receiver_street is another person's"),
        parcels.applying(ANNA, "no") as no,
    ):
        no.rectify(again, "receiver_street", "x")


def test_each_persons_restriction_is_their_own(target, parcels) -> None:
    """The flag of the role in which they asked is set; in the other role the row is not restricted."""
    found = records(parcels)
    with parcels.applying(ANNA, "restrict") as application:
        for name in (("parcels.sender", "1"), ("parcels.sender", "3"), ("parcels.receiver", "2")):
            application.restrict(found[name])
    flags = target.rows("SELECT id, sender_blocked, receiver_blocked FROM parcels ORDER BY id")
    assert flags == [(1, 1, None), (2, None, 1), (3, 1, None), (4, None, None)]
    assert {name for name, each in records(parcels).items() if each.restricted} == {
        ("parcels.sender", "1"),
        ("parcels.sender", "3"),
        ("parcels.receiver", "2"),
        ("scans", "2"),
    }


def test_a_row_about_one_of_them_alone_is_deleted(target, parcels) -> None:
    """Where the map says so of that role: the sender's parcels go, those of which Anna is the receiver stay."""
    target.run("DELETE FROM scans")
    deleting = target.connect(PARCELS_MAP.replace("restrict: {flag: sender_blocked}", "erase: delete"))
    erase(deleting, records(deleting))
    assert target.rows("SELECT id FROM parcels ORDER BY id") == [(2,), (4,)]


def test_a_corrected_column_is_the_persons_own(target, parcels) -> None:
    """In the role in which they asked."""
    with parcels.applying(ANNA, "rectify") as application:
        application.rectify(records(parcels)["parcels.receiver", "2"], "receiver_street", "New Road")
    assert target.rows("SELECT receiver_street FROM parcels WHERE id = 2") == [("New Road",)]


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("person: receiver, ", "", "parcels has several persons, say which one: person: receiver"),
        ("person: receiver, ", "person: driver, ", "parcels has no person driver"),
        ("through: {table: contacts, columns: {receiver: id}}", "title: R", "persons.receiver needs identifiers"),
        ("    persons:\n", "    erase: delete\n    persons:\n", "has persons: say erase of each of them"),
        ("identity: [sender_name]", "identity: [sender_name, contents]", "contents is in more than one category"),
        ("  scans:", "  parcels.sender:", "parcels.sender is the name of a table"),
    ],
)
def test_what_does_not_fit_is_named(write_map, old, new, named) -> None:
    """A map that is not clear about whose is what is refused."""
    assert old in PARCELS_MAP
    with pytest.raises(ConfigurationError) as raised:
        load_map(write_map(PARCELS_MAP.replace(old, new)))
    assert named in str(raised.value)


def test_a_column_of_nobody_is_named(target, parcels) -> None:
    """Once, by the table it is in."""
    lacking = target.connect(PARCELS_MAP.replace("[weight, ", "["))
    assert [each.what for each in lacking.check()] == ["parcels.weight is not in the map"]

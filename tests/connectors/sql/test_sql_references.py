"""Foreign keys: rows that refer to themselves, to each other, and those that something else keeps."""

import pytest

from connectors.sql import SqlConnector
from habeas.domain.records import Record
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.ports import Application, Retains

ANNA = Subject("anna", (identifier(IdentifierKind.EMAIL, "anna@example.org"),))

FIRM = """
CREATE TABLE staff (id INTEGER PRIMARY KEY, email VARCHAR(99), note VARCHAR(99), reports_to INTEGER REFERENCES staff);
INSERT INTO staff VALUES (1, 'anna@example.org', 'x', NULL), (2, 'anna@example.org', 'x', 1),
    (3, 'anna@example.org', 'x', 2), (4, 'bo@example.org', 'x', NULL);
"""
FIRM_MAP = """
sweep: false
tables:
  staff:
    title: Staff
    key: [id]
    identifiers: {email: email}
    categories: {contact: [email], profile: [note]}
    ignored: [reports_to]
"""


def records(connector: SqlConnector, subject: Subject = ANNA) -> list[Record]:
    return [each.what for each in connector.find([subject]) if isinstance(each.what, Record)]


def erase(connector: SqlConnector, plan: list[Record]) -> Application:
    with connector.applying(ANNA, "erase") as application:
        for record in plan:
            application.erase(record, ())
    return application


@pytest.mark.parametrize("rows_a_statement", [1, 5_000])
def test_a_persons_rows_that_refer_to_each_other_all_go(
    target, monkeypatch: pytest.MonkeyPatch, rows_a_statement: int
) -> None:
    """Whether one statement deletes them or one each, the boss first."""
    monkeypatch.setattr("connectors.sql.applying._ROWS_A_STATEMENT", rows_a_statement)
    target.run(FIRM)
    connector = target.connect(FIRM_MAP)
    assert erase(connector, sorted(records(connector), key=lambda each: each.key)).effects.as_json() == {
        "staff": {"erased": 3}
    }
    assert target.rows("SELECT id FROM staff") == [(4,)]


def test_a_row_to_which_somebody_elses_refers_is_kept_and_emptied(target) -> None:
    """Bo reports to Anna: that row of hers stays for his, without her data, and his is as it was."""
    target.run(FIRM + "UPDATE staff SET reports_to = 3 WHERE id = 4")
    connector = target.connect(FIRM_MAP)
    effects = erase(connector, records(connector)).effects.as_json()
    assert effects == {"staff": {"erased": 2, "retained_by_reference": 1}}
    assert target.rows("SELECT * FROM staff ORDER BY id") == [(3, None, None, None), (4, "bo@example.org", "x", 3)]
    assert records(connector) == []


CIRCLE = """
CREATE TABLE people (id INTEGER PRIMARY KEY, email VARCHAR(99), home INTEGER);
CREATE TABLE homes (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES people (id), street VARCHAR(99));
"""
CIRCLE_MAP = """
sweep: false
tables:
  people:
    title: People
    key: [id]
    identifiers: {email: email}
    categories: {contact: [email]}
    ignored: [home]
  homes:
    title: Homes
    key: [id]
    through: {table: people, columns: {owner: id}}
    categories: {contact: [street]}
"""


@pytest.mark.postgres
def test_tables_that_refer_to_each_other_are_both_emptied_of_the_person(target_postgres) -> None:
    """The link that may be empty is cut first; somebody else's circle stays closed."""
    target_postgres.run(CIRCLE)
    target_postgres.run("ALTER TABLE people ADD FOREIGN KEY (home) REFERENCES homes (id)")
    target_postgres.run(
        "INSERT INTO people VALUES (1, 'anna@example.org', NULL), (2, 'bo@example.org', NULL);"
        "INSERT INTO homes VALUES (1, 1, 'here'), (2, 2, 'there'); UPDATE people SET home = id"
    )
    connector = target_postgres.connect(CIRCLE_MAP)
    effects = erase(connector, records(connector)).effects.as_json()
    assert effects == {"people": {"erased": 1}, "homes": {"erased": 1}}
    assert target_postgres.rows("SELECT * FROM people") == [(2, "bo@example.org", 2)]
    assert target_postgres.rows("SELECT * FROM homes") == [(2, 2, "there")]


@pytest.mark.parametrize("rule", ["ON DELETE RESTRICT", "ON DELETE NO ACTION", "DEFERRABLE INITIALLY DEFERRED"])
def test_a_table_that_the_map_does_not_know_keeps_what_it_refers_to(target, rule: str) -> None:
    """However it says so, even when only the end of the transaction would: the other rows go all the same."""
    target.run(FIRM)
    target.run(f"CREATE TABLE badges (id INTEGER PRIMARY KEY, staff INTEGER REFERENCES staff (id) {rule})")
    target.run("INSERT INTO badges VALUES (1, 3); UPDATE staff SET reports_to = NULL")
    connector = target.connect(FIRM_MAP)
    assert erase(connector, records(connector)).effects.as_json() == {
        "staff": {"erased": 2, "retained_by_reference": 1}
    }
    assert target.rows("SELECT id, email, note FROM staff ORDER BY id") == [
        (3, None, None),
        (4, "bo@example.org", "x"),
    ]


def test_what_can_not_be_emptied_of_a_kept_row_is_named(target) -> None:
    """A column that must hold something and has no replacement keeps its content; which record it is, is told."""
    target.run(
        "CREATE TABLE staff (id INTEGER PRIMARY KEY, email VARCHAR(99), note VARCHAR(99) NOT NULL, reports_to INTEGER)"
    )
    target.run("CREATE TABLE badges (staff INTEGER REFERENCES staff (id))")
    target.run("INSERT INTO staff VALUES (1, 'anna@example.org', 'x', NULL); INSERT INTO badges VALUES (1)")
    connector = target.connect(FIRM_MAP)
    application = erase(connector, records(connector))
    assert isinstance(application, Retains)
    assert application.retained == {("staff", "1")}
    assert target.rows("SELECT email, note FROM staff") == [(None, "x")]


def test_rows_kept_by_many_references_take_no_statement_each(target) -> None:
    """A thousand rows, each of which is referred to, and a thousand others in the same task."""
    numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
    target.run("CREATE TABLE staff (id INTEGER PRIMARY KEY, email VARCHAR(99), note VARCHAR(99), reports_to INTEGER)")
    target.run("CREATE TABLE badges (staff INTEGER PRIMARY KEY REFERENCES staff (id))")
    target.run(f"INSERT INTO staff {numbers} SELECT i, 'anna@example.org', 'x', NULL FROM n")
    target.run("INSERT INTO badges SELECT id FROM staff WHERE id <= 1000")
    connector = target.connect(FIRM_MAP)
    effects = erase(connector, records(connector)).effects.as_json()
    assert effects == {"staff": {"erased": 1000, "retained_by_reference": 1000}}
    assert target.rows("SELECT count(*), count(email) FROM staff") == [(1000, 0)]


def test_rows_that_the_application_has_marked_as_deleted_are_found_and_erased(target) -> None:
    """A flag hides nothing from the person's rights; the mark's time stays the one that the application set."""
    target.run("CREATE TABLE staff (id INTEGER PRIMARY KEY, email VARCHAR(99), note VARCHAR(99), gone_on VARCHAR(40))")
    target.run(
        "INSERT INTO staff VALUES (1, 'anna@example.org', 'x', '2020-01-01'), (2, 'anna@example.org', 'y', NULL)"
    )
    marked = 'erase: columns\n    erased_marks: {gone_on: "{now}"}\n    ignored: [gone_on]'
    connector = target.connect(FIRM_MAP.replace("ignored: [reports_to]", marked))
    assert [each.key for each in records(connector)] == ["1", "2"]
    assert erase(connector, records(connector)).effects.as_json() == {"staff": {"erased": 2}}
    assert target.rows("SELECT email, note FROM staff") == [(None, None)] * 2
    marks = [row[0] for row in target.rows("SELECT gone_on FROM staff ORDER BY id")]
    assert marks[0] == "2020-01-01"
    assert marks[1] is not None

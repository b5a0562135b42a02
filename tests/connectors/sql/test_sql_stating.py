"""What people state about a row stands in the column that the map names for it (Article 16)."""

from datetime import date

import pytest

from connectors.sql import SqlConnector
from habeas.domain.outcomes import Annotate, Reason
from habeas.domain.records import Record
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.errors import PermanentError

ANNA = Subject("anna", (identifier(IdentifierKind.EMAIL, "anna@example.org"),))

SALES = """
CREATE TABLE sales (id INTEGER PRIMARY KEY, email VARCHAR(40) NOT NULL, note VARCHAR(2000));
CREATE TABLE visits (id INTEGER PRIMARY KEY, email VARCHAR(40) NOT NULL);
INSERT INTO sales VALUES (1, 'anna@example.org', NULL), (2, 'anna@example.org', 'as it was'), (3, 'bo@example.org', 'z');
INSERT INTO visits VALUES (1, 'anna@example.org');
"""
SALES_MAP = """
sweep: false
tables:
  sales:
    title: Sale
    key: [id]
    identifiers: {email: email}
    categories: {contact: [email], profile: [note]}
    statement: note
    erase: columns
    replacements: {email: "{key}@invalid"}
  visits:
    title: Visit
    key: [id]
    identifiers: {email: email}
    categories: {contact: [email]}
"""
SAID = "I left\nOn 2026-01-01, request r9:\n50% _ 'it'"
STANDS = "On 2026-11-22, request r1:\n    About: email\n    I left\n    On 2026-01-01, request r9:\n    50% _ 'it'"


@pytest.fixture
def sales(target) -> SqlConnector:
    target.run(SALES)
    return target.connect(SALES_MAP)


def records(connector: SqlConnector, collection: str = "sales") -> list[Record]:
    found = [each.what for each in connector.find([ANNA]) if isinstance(each.what, Record)]
    return [each for each in found if each.collection == collection]


def annotate(connector: SqlConnector, plan: list[Record], text: str = SAID, request: str = "r1", task: str = "t1"):
    with connector.applying(ANNA, task) as application:
        if application.earlier is None:
            for record in plan:
                annotation = Annotate(text, request, date(2026, 11, 22), Reason.STATEMENT)
                application.annotate(record, ("email",), annotation)
    return (application.earlier or application.effects).as_json()


def test_a_statement_stands_in_its_column_below_what_was_there(target, sales) -> None:
    """law C16b: of the person's rows alone, and the record says of which request it is."""
    assert [each.annotated_for for each in records(sales)] == [(), ()]
    assert annotate(sales, records(sales)) == {"sales": {"annotated": 2}}
    assert [row[0] for row in target.rows("SELECT note FROM sales ORDER BY id")] == [
        STANDS,
        f"as it was\n\n{STANDS}",
        "z",
    ]
    assert [each.annotated_for for each in records(sales)] == [("r1",), ("r1",)]


def test_once_for_each_request_and_beside_a_correction_of_what_it_was_found_by(target, sales) -> None:
    """law C16b."""
    plan = records(sales)
    annotate(sales, plan)
    assert annotate(sales, plan) == {"sales": {"annotated": 2}}
    assert annotate(sales, plan, task="t2") == {}
    with sales.applying(ANNA, "t3") as application:
        application.rectify(plan[0], "email", "anna.new@example.org")
        application.annotate(plan[0], (), Annotate("Again.", "r2", date(2026, 11, 23), Reason.STATEMENT))
    ((email, note),) = target.rows("SELECT email, note FROM sales WHERE id = 1")
    assert (email, note) == ("anna.new@example.org", f"{STANDS}\n\nOn 2026-11-23, request r2:\n    Again.")


def test_it_is_disclosed_and_erased_as_the_field_that_it_is(target, sales) -> None:
    """law C16b."""
    annotate(sales, records(sales))
    assert [each.value for each in records(sales)[0].fields if each.name == "note"] == [STANDS]
    with sales.applying(ANNA, "t2") as application:
        for record in records(sales):
            application.erase(record, ("note",))
    assert [row[0] for row in target.rows("SELECT note FROM sales ORDER BY id")] == [None, None, "z"]


def test_where_the_map_names_no_column_a_person_puts_it_there(sales) -> None:
    """law C16b: the record says that there is no place for it."""
    (visit,) = records(sales, "visits")
    assert visit.annotated_for is None
    with pytest.raises(PermanentError, match="no column for statements"):
        annotate(sales, [visit])

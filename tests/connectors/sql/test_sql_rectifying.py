"""Correcting fields, and pseudonyms in place of what identified somebody."""

import pytest

from connectors.sql import SqlConnector
from connectors.sql.pseudonyms import pseudonym
from habeas.domain.records import Record
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.errors import PermanentError
from habeas.ports import Effects

ANNA = Subject("anna", (identifier(IdentifierKind.EMAIL, "anna@example.org"),))
BO = Subject("bo", (identifier(IdentifierKind.EMAIL, "bo@example.org"),))

SALES = """
CREATE TABLE sales (id INTEGER PRIMARY KEY, email VARCHAR(40) NOT NULL, amount INTEGER, sold_on DATE, note VARCHAR(99));
INSERT INTO sales VALUES (1, 'anna@example.org', 5, '2026-01-31', 'x'), (2, 'Anna@example.org', 7, '2026-02-01', 'y'),
    (3, 'bo@example.org', 9, '2026-02-02', 'z');
"""
SALES_MAP = """
sweep: false
tables:
  sales:
    title: Sale
    key: [id]
    identifiers: {email: email}
    categories: {contact: [email], transaction: [amount, sold_on], profile: [note]}
    erase: columns
    replacements: {email: "{pseudonym}@invalid", amount: 0, sold_on: "1970-01-01"}
"""


def records(connector: SqlConnector, subject: Subject = ANNA) -> list[Record]:
    return [each.what for each in connector.find([subject]) if isinstance(each.what, Record)]


def rectify(connector: SqlConnector, record: Record, **new: str) -> Effects:
    with connector.applying(ANNA, "rectify") as application:
        for name, value in new.items():
            application.rectify(record, name, value)
    return application.effects


@pytest.fixture
def sales(target) -> SqlConnector:
    target.run(SALES)
    return target.connect(SALES_MAP)


def test_fields_of_any_type_are_corrected_also_what_the_person_is_known_by(target, sales) -> None:
    """In one row; the new values come as text."""
    first, _ = records(sales)
    effects = rectify(sales, first, amount="6", sold_on="2026-01-30", email="anna.new@example.org")
    assert effects.as_json() == {"sales": {"rectified": 1}}
    assert [tuple(map(str, row)) for row in target.rows("SELECT * FROM sales ORDER BY id")] == [
        ("1", "anna.new@example.org", "6", "2026-01-30", "x"),
        ("2", "Anna@example.org", "7", "2026-02-01", "y"),
        ("3", "bo@example.org", "9", "2026-02-02", "z"),
    ]


def test_what_is_so_already_or_is_no_longer_theirs_is_left_alone(target, sales) -> None:
    """Nothing is counted for a value that stands there, nor for a row that has become Bo's."""
    first, second = records(sales)
    target.run("UPDATE sales SET email = 'bo@example.org' WHERE id = 2")
    with sales.applying(ANNA, "task") as application:
        application.rectify(first, "note", "x")
        application.rectify(second, "note", "new")
    assert application.effects.as_json() == {}
    assert target.rows("SELECT note FROM sales ORDER BY id") == [("x",), ("y",), ("z",)]


def test_a_record_may_be_corrected_and_emptied_in_one_task(target, sales) -> None:
    """The corrected address still ties the row to the person."""
    first, _ = records(sales)
    with sales.applying(ANNA, "both") as application:
        application.rectify(first, "email", "anna.new@example.org")
        application.erase(first, ("note",))
    assert application.effects.as_json() == {"sales": {"rectified": 1, "erased": 1}}
    assert target.rows("SELECT email, note FROM sales WHERE id = 1") == [("anna.new@example.org", None)]


def test_keys_and_unknown_fields_are_not_corrected(sales) -> None:
    """Both are named; nothing is changed."""
    first, _ = records(sales)
    with pytest.raises(PermanentError, match=r"sales\.colour"):
        rectify(sales, first, colour="red")
    with pytest.raises(PermanentError, match="no longer has"):
        rectify(sales, first, id="9")


def test_a_persons_rows_share_a_pseudonym_that_is_another_for_everybody_else(target, sales) -> None:
    """It is the same in each run, made of the random token alone, and then counts as empty."""
    for subject in (ANNA, BO):
        plan = records(sales, subject)
        for task, changed in (("first", len(plan)), ("again", 0)):
            with sales.applying(subject, f"{task} {subject.token}") as application:
                for record in plan:
                    application.anonymise(record, ())
            assert sum(application.effects.counts.get("sales", {}).values()) == changed
    emails = [row[0] for row in target.rows("SELECT email FROM sales ORDER BY id")]
    assert emails == [f"{pseudonym(token, 'sales.email')}@invalid" for token in ("anna", "anna", "bo")]
    assert len(set(emails)) == 2
    assert records(sales) == []


def test_a_pseudonym_that_does_not_fit_is_told_beforehand(target) -> None:
    """A number can't hold one, nor can a short column."""
    target.run(SALES.replace("VARCHAR(40)", "VARCHAR(20)"))
    told = target.connect(SALES_MAP.replace("amount: 0", 'amount: "{pseudonym}"')).check()
    assert "sales.amount is no text, a pseudonym is" in [each.what for each in told]
    if "postgres" in target.url:
        assert "sales.email holds 20 characters, its pseudonym has 24" in [each.what for each in told]


def test_a_column_of_any_name_holds_a_pseudonym_in_its_place(target) -> None:
    """Dots, colons, brackets and signs of a driver's own in a name are part of the name."""
    target.run(SALES.replace("note VARCHAR", '"note: 5.(a) [b]" VARCHAR'))
    named = SALES_MAP.replace("[note]", '["note: 5.(a) [b]"]').replace("amount: 0", '"note: 5.(a) [b]": "{pseudonym}"')
    connector = target.connect(named)
    with connector.applying(ANNA, "erase") as application:
        for record in records(connector):
            application.erase(record, ())
    assert application.effects.as_json() == {"sales": {"erased": 2}}
    of_her = pseudonym("anna", "sales.note: 5.(a) [b]")
    assert [row[-1] for row in target.rows("SELECT * FROM sales ORDER BY id")] == [of_her, of_her, "z"]

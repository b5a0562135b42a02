"""What a map says about erasing and restricting is what happens, and nothing happens to anybody else's rows."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from connectors.sql import SqlConnector
from habeas.domain.records import Record
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.errors import PermanentError
from habeas.ports import Effects

ANNA = Subject("anna", (identifier(IdentifierKind.EMAIL, "anna@example.org"),))

SHOP = """
CREATE TABLE people (region VARCHAR(2), number INTEGER, email VARCHAR(99) NOT NULL UNIQUE, hobby VARCHAR(99),
    deleted_at TIMESTAMP, PRIMARY KEY (region, number));
CREATE TABLE orders (id INTEGER PRIMARY KEY, region VARCHAR(2), person INTEGER, note VARCHAR(99), closed_on DATE,
    blocked BOOLEAN NOT NULL DEFAULT FALSE, FOREIGN KEY (region, person) REFERENCES people (region, number));
CREATE TABLE lines (order_id INTEGER REFERENCES orders (id), line INTEGER, text VARCHAR(99),
    PRIMARY KEY (order_id, line));
CREATE TABLE parcels (id INTEGER PRIMARY KEY, order_id INTEGER, line INTEGER, address VARCHAR(99));
CREATE TABLE parcels_kept (id INTEGER PRIMARY KEY, order_id INTEGER, line INTEGER, address VARCHAR(99));
CREATE TABLE lines_kept (order_id INTEGER, line INTEGER, since TIMESTAMP, PRIMARY KEY (order_id, line));
INSERT INTO people (region, number, email, hobby) VALUES
    ('GB', 1, 'Anna@example.org', 'golf'), ('SE', 1, 'bo@example.org', 'golf');
INSERT INTO orders (id, region, person, note, closed_on) VALUES
    (1, 'GB', 1, 'first', '2020-02-29'), (2, 'GB', 1, 'second', NULL), (3, 'SE', 1, 'third', '2021-01-01');
INSERT INTO lines VALUES (1, 1, 'one'), (1, 2, 'two'), (2, 1, 'three'), (3, 1, 'four');
INSERT INTO parcels VALUES (1, 1, 1, 'here'), (2, 1, 2, 'there'), (3, 3, 1, 'elsewhere');
"""

SHOP_MAP = """
tables:
  people:
    title: People
    key: [region, number]
    identifiers: {email: email}
    relation: customer
    categories: {contact: [email], profile: [hobby]}
    erase: columns
    erased_marks: {deleted_at: "{now}"}
    replacements: {email: "gone-{key}@invalid"}
    ignored: [deleted_at]
  orders:
    title: Orders
    key: [id]
    through: {table: people, columns: {region: region, person: number}}
    anchors: {closed: closed_on}
    categories: {transaction: [note, closed_on]}
    restrict: {flag: blocked}
  lines:
    title: Lines
    key: [order_id, line]
    through: {table: orders, columns: {order_id: id}}
    categories: {transaction: [text]}
    restrict: {side_table: lines_kept, columns: {order_id: order_id, line: line}, since: since}
  parcels:
    title: Parcels
    key: [id]
    through: {table: lines, columns: {order_id: order_id, line: line}}
    categories: {contact: [address]}
    anonymised: {address: somewhere}
    restrict: {move_to: parcels_kept}
"""

P_MAP = """
tables:
  p:
    title: People
    key: [id]
    identifiers: {email: email}
    categories: {contact: [email], profile: [note]}
"""


def records(connector: SqlConnector, subject: Subject = ANNA) -> list[Record]:
    return [each.what for each in connector.find([subject]) if isinstance(each.what, Record)]


def names(found: list[Record]) -> list[tuple[str, str]]:
    return [(each.collection, each.key) for each in found]


@pytest.fixture
def shop(target) -> Iterator[SqlConnector]:
    target.run(SHOP)
    return target.connect(SHOP_MAP)


def restrict_all(connector: SqlConnector, plan: list[Record], *, lift: bool = False) -> Effects:
    with connector.applying(ANNA, f"lift {lift}") as application:
        for record in plan:
            if lift:
                application.lift(record)
            else:
                application.restrict(record)
    return application.effects


def erase(connector: SqlConnector, plan: list[Record], *fields: str, task: str = "erase") -> Effects:
    with connector.applying(ANNA, task) as application:
        for record in plan:
            application.erase(record, fields)
    return application.effects


def test_rows_are_found_through_joins_of_any_depth(shop) -> None:
    """Four tables deep, with composite keys; children come first, as they must be deleted."""
    assert sorted(names(records(shop))) == [
        ("lines", "1/1"),
        ("lines", "1/2"),
        ("lines", "2/1"),
        ("orders", "1"),
        ("orders", "2"),
        ("parcels", "1"),
        ("parcels", "2"),
        ("people", "GB/1"),
    ]
    order = [collection for collection, _ in names(records(shop))]
    assert list(dict.fromkeys(order)) == ["parcels", "lines", "orders", "people"]


def test_what_a_row_does_not_say_its_parents_say(shop) -> None:
    """Relation and anchors come from the nearest table above that has them; an open order has a date yet to come."""
    found = {(each.collection, each.key): each for each in records(shop)}
    assert {each.relation for each in found.values()} == {"customer"}
    assert str(found["parcels", "1"].anchors["closed"]) == "2020-02-29"
    assert found["lines", "2/1"].anchors == {"closed": None}


def test_rows_are_deleted_children_first(target, shop) -> None:
    """However the plan is ordered; a table erased by columns keeps its row, emptied and marked."""
    effects = erase(shop, sorted(records(shop), key=lambda each: each.collection, reverse=True))
    assert effects.as_json() == {
        "parcels": {"erased": 2},
        "lines": {"erased": 3},
        "orders": {"erased": 2},
        "people": {"erased": 1},
    }
    assert target.rows("SELECT id FROM orders") == [(3,)]
    people = target.rows("SELECT email, hobby, deleted_at IS NULL FROM people ORDER BY region")
    assert [(*tuple(map(str, row[:2])), bool(row[2])) for row in people] == [
        ("gone-GB/1@invalid", "None", False),
        ("bo@example.org", "golf", True),
    ]
    assert records(shop) == []


def test_a_flag_a_side_table_and_a_move_restrict_and_are_undone(target, shop) -> None:
    """law C18: each table's rows are restricted in its own way, still found, and back as they were once lifted."""
    before = {table: target.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in ("orders", "lines", "parcels")}
    plan = [each for each in records(shop) if each.collection != "people"]
    effects = restrict_all(shop, plan)
    assert effects.as_json() == {name: {"restricted": n} for name, n in (("parcels", 2), ("lines", 3), ("orders", 2))}
    assert target.rows("SELECT id FROM parcels") == [(3,)]
    assert target.rows("SELECT id FROM parcels_kept ORDER BY id") == [(1,), (2,)]
    assert target.rows("SELECT id FROM orders WHERE blocked ORDER BY id") == [(1,), (2,)]
    assert target.rows("SELECT order_id, line FROM lines_kept ORDER BY 1, 2") == [(1, 1), (1, 2), (2, 1)]
    during = [each for each in records(shop) if each.collection != "people"]
    assert names(during) == names(plan)
    assert all(each.restricted for each in during)
    restrict_all(shop, during, lift=True)
    assert {table: target.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in before} == before
    assert target.rows("SELECT * FROM lines_kept") == target.rows("SELECT * FROM parcels_kept") == []


def test_a_moved_row_can_still_be_erased(target, shop) -> None:
    """Restricted rows are found where they were moved to, and erased there."""
    parcels = [each for each in records(shop) if each.collection == "parcels"]
    restrict_all(shop, parcels)
    moved = [each for each in records(shop) if each.collection == "parcels"]
    assert erase(shop, moved).as_json() == {"parcels": {"erased": 2}}
    assert target.rows("SELECT * FROM parcels_kept") == []


def test_part_of_a_row_may_be_erased_while_it_is_moved(target, shop) -> None:
    """Restricting and emptying one record in one task end in the same place in any order."""
    first, second = (each for each in records(shop) if each.collection == "parcels")
    with shop.applying(ANNA, "both") as application:
        application.restrict(first)
        application.anonymise(first, ("address",))
        application.anonymise(second, ("address",))
        application.restrict(second)
    assert application.effects.as_json() == {"parcels": {"restricted": 2, "anonymised": 2}}
    assert target.rows("SELECT id, address FROM parcels_kept ORDER BY 1") == [(1, "somewhere"), (2, "somewhere")]
    found = [each for each in records(shop) if each.collection == "parcels"]
    assert [each.fields[0].value for each in found] == [None, None]


def test_a_row_that_has_become_another_ones_is_left_alone(target, shop) -> None:
    """Between plan and application the order went to Bo and the address of Anna's row changed: neither is touched."""
    plan = records(shop)
    target.run(
        "UPDATE orders SET region = 'SE' WHERE id = 2; UPDATE people SET email = 'cy@example.org' WHERE region = 'GB'"
    )
    effects = erase(shop, [each for each in plan if each.collection in {"orders", "people"} and each.key != "1"])
    assert effects.as_json() == {}
    assert target.rows("SELECT note FROM orders WHERE id = 2") == [("second",)]
    assert target.rows("SELECT hobby FROM people WHERE region = 'GB'") == [("golf",)]


def test_a_row_that_a_foreign_key_keeps_is_emptied_instead(target, shop) -> None:
    """An erasure that the database forbids is no failure: the row stays without its content, and the effects say so."""
    orders = [each for each in records(shop) if each.collection == "orders"]
    target.run("DELETE FROM lines WHERE order_id = 2; DELETE FROM parcels WHERE order_id = 2")
    assert erase(shop, orders).as_json() == {"orders": {"erased": 1, "retained_by_reference": 1}}
    assert target.rows("SELECT id, note, closed_on FROM orders WHERE region = 'GB'") == [(1, None, None)]


def test_an_error_tells_no_value(target) -> None:
    """A map that empties what may not be empty: the error names the database's complaint, nothing of the row."""
    target.run("CREATE TABLE p (id INTEGER PRIMARY KEY, email VARCHAR(99), note VARCHAR(99) NOT NULL);")
    target.run("INSERT INTO p VALUES (1, 'anna@example.org', 'canary')")
    shop = target.connect(P_MAP)
    with pytest.raises(PermanentError, match=r"NotNullViolation|CONSTRAINT_NOTNULL") as raised:
        erase(shop, records(shop), "note")
    chain: BaseException | None = raised.value
    while chain is not None:
        assert not {word for word in ("canary", "anna") if word in repr(chain) + str(chain)}
        chain = chain.__cause__ or chain.__context__


def test_a_plan_older_than_the_map_is_refused(shop) -> None:
    """A collection or field that the map no longer has is named; nothing is changed."""
    order = next(each for each in records(shop) if each.collection == "orders")
    with pytest.raises(PermanentError, match=r"orders\.colour"):
        erase(shop, [order], "colour")
    with pytest.raises(PermanentError, match="gifts"):
        erase(shop, [replace(order, collection="gifts")])
    with pytest.raises(PermanentError, match="plan again"):
        erase(shop, [replace(order, locator={})])

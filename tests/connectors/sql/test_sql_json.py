"""Fields within JSON: found, shown, erased and corrected by their paths, with every other character as it was."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sql import SqlConnector, load_map
from connectors.sql.json_texts import changed, held, is_json, parse_path
from habeas.domain.records import Record, Unsearched
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.errors import ConfigurationError, PermanentError
from habeas.ports import Effects

ANNA = Subject("anna", (identifier(IdentifierKind.EMAIL, "anna@example.org"),))

WRITTEN = (
    '{"z":1.10,  "customer": {"name":"Anna","phones":["0161","0162"], "age": 41},'
    '"lines":[{"text":"a","n":1e2},{"n":12345678901234567890.10}]}'
)
ORDERS_MAP = """
sweep: false
tables:
  orders:
    title: Orders
    key: [id]
    identifiers: {email: email}
    categories: {contact: [email]}
    json:
      data:
        identity: [customer.name, customer.age]
        contact: ["customer.phones[*]"]
        transaction: ["lines[*].text", "lines[1].n"]
    secret: [data.customer.age]
    erase: columns
    replacements: {email: "gone-{key}@invalid", data.customer.name: "{pseudonym}"}
"""


def find(connector: SqlConnector) -> list[Record]:
    return [each.what for each in connector.find([ANNA]) if isinstance(each.what, Record)]


def fields(record: Record) -> dict[str, object]:
    return {each.name: each.value for each in record.fields}


def erase(connector: SqlConnector, *names: str, task: str = "erase") -> Effects:
    with connector.applying(ANNA, task) as application:
        for record in find(connector):
            application.erase(record, names)
    return application.effects


@pytest.fixture(params=["text", "json", "jsonb"])
def orders(request, target) -> SqlConnector:
    if request.param != "text" and "postgres" not in target.url:
        pytest.skip("SQLite holds JSON as text")
    target.run(f"CREATE TABLE orders (id INTEGER PRIMARY KEY, email VARCHAR(99), data {request.param})")
    rows = f"(1, 'anna@example.org', '{WRITTEN}'), (2, 'bo@example.org', '{WRITTEN}'), (3, 'anna@example.org', NULL)"
    target.run(f"INSERT INTO orders VALUES {rows}".replace(":", "\\:").replace("\\:", ":"))
    return target.connect(ORDERS_MAP)


def data(target, number: int) -> str:
    return str(target.rows(f"SELECT CAST(data AS TEXT) FROM orders WHERE id = {number}")[0][0])


def test_each_path_is_a_field_and_numbers_are_exact(orders) -> None:
    """Several values are a list; an amount of many digits is shown with all of them."""
    assert list(orders.check()) == []
    first, empty = find(orders)
    assert fields(first) == {
        "email": "anna@example.org",
        "data.customer.name": "Anna",
        "data.customer.age": 41,
        "data.customer.phones[*]": '["0161", "0162"]',
        "data.lines[*].text": '["a"]',
        "data.lines[1].n": "12345678901234567890.10",
    }
    assert next(each for each in first.fields if each.name == "data.customer.age").secret
    assert set(fields(empty).values()) == {"anna@example.org", None}


def test_erasing_paths_leaves_all_else_as_it_was(target, orders) -> None:
    """Order, blanks and numbers too, as far as the type keeps them; of Bo's row everything."""
    before = {number: data(target, number) for number in (1, 2)}
    effects = erase(orders, "data.customer.phones[*]", "data.lines[*].text", "data.customer.age")
    assert effects.as_json() == {"orders": {"erased": 1}}
    expected = before[1].replace(before[1][before[1].index('["0161"') : before[1].index('"0162"]') + 7], "[]")
    expected = expected.replace("41", "null").replace('"a"', "null")
    assert data(target, 1) == expected
    assert data(target, 2) == before[2]
    again = fields(find(orders)[0])
    assert [again[name] for name in ("data.customer.phones[*]", "data.lines[*].text", "data.customer.age")] == [
        None
    ] * 3
    names = ("data.customer.phones[*]", "data.customer.age")
    assert erase(orders, *names, task="again").as_json() == {}


def test_a_whole_record_is_erased_together_with_what_it_was_known_by(target, orders) -> None:
    """Columns and paths in one task; replacements and pseudonyms go into JSON too, and count as empty."""
    assert erase(orders).as_json() == {"orders": {"erased": 2}}
    left = json.loads(data(target, 1))
    assert left["customer"]["phones"] == []
    assert len(left["customer"]["name"]) == 16
    assert left["z"] == 1.1
    assert target.rows("SELECT email FROM orders ORDER BY id") == [
        ("gone-1@invalid",),
        ("bo@example.org",),
        ("gone-3@invalid",),
    ]


def test_a_field_holding_its_replacement_counts_as_empty(orders) -> None:
    """So that what was erased is seen to be."""
    erase(orders, "data.customer.name")
    assert fields(find(orders)[0])["data.customer.name"] is None


def test_a_path_is_corrected_in_the_type_it_has(target, orders) -> None:
    """A number stays a number; several values at once are for a person."""
    record = find(orders)[0]
    with orders.applying(ANNA, "rectify") as application:
        application.rectify(record, "data.customer.age", "42")
        application.rectify(record, "data.customer.name", 'Änna "A"')
        application.rectify(record, "email", "anna.new@example.org")
    assert application.effects.as_json() == {"orders": {"rectified": 1}}
    assert json.loads(data(target, 1))["customer"] | {"phones": 0} == {"name": 'Änna "A"', "age": 42, "phones": 0}
    assert target.rows("SELECT email FROM orders WHERE id = 1") == [("anna.new@example.org",)]
    with pytest.raises(PermanentError, match="several values"), orders.applying(ANNA, "no") as application:
        application.rectify(record, "data.customer.phones[*]", "1")


def test_a_row_that_has_become_another_ones_keeps_its_json(target, orders) -> None:
    """Between plan and application the address changed."""
    record, before = find(orders)[0], data(target, 1)
    target.run("UPDATE orders SET email = 'cy@example.org' WHERE id = 1")
    with orders.applying(ANNA, "late") as application:
        application.erase(record, ("data.customer.name",))
    assert application.effects.as_json() == {}
    assert data(target, 1) == before


def test_text_that_is_no_json_is_told_as_not_searched(target) -> None:
    """Once a column, and nothing of it is changed."""
    target.run("CREATE TABLE orders (id INTEGER PRIMARY KEY, email VARCHAR(99), data TEXT)")
    target.run("INSERT INTO orders VALUES (1, 'anna@example.org', '{oops'), (2, 'anna@example.org', '')")
    connector = target.connect(ORDERS_MAP)
    found = [each.what for each in connector.find([ANNA])]
    assert [each for each in found if isinstance(each, Unsearched)] == [
        Unsearched("orders.data", "no valid JSON in a row")
    ]
    assert erase(connector).as_json() == {"orders": {"erased": 2}}
    assert data(target, 1) == "{oops"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("customer.name, customer.age", "'customer..name'", "is no path"),
        ("customer.name, customer.age", "customer, customer.age", "a path is there twice, or within another"),
        ("contact: [email]", "contact: [email, data]", "json.data is a field as a whole"),
        ("secret: [data.customer.age]", "secret: [data.age]", "secret: data.age is in no category"),
    ],
)
def test_what_does_not_fit_is_named(write_map, old, new, named) -> None:
    """A map with paths that can't be is refused."""
    assert old in ORDERS_MAP
    with pytest.raises(ConfigurationError) as raised:
        load_map(write_map(ORDERS_MAP.replace(old, new)))
    assert named in str(raised.value)


def test_a_column_that_can_hold_no_json_is_named(target_postgres) -> None:
    """A date, for example."""
    target_postgres.run("CREATE TABLE orders (id INTEGER PRIMARY KEY, email VARCHAR(99), data DATE)")
    assert [each.what for each in target_postgres.connect(ORDERS_MAP).check()] == ["orders.data holds no JSON"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c d"]), inner, max_size=3),
    max_leaves=12,
)
PATHS = st.lists(st.sampled_from(["a", "b", '"c d"', "[*]", "[0]"]), min_size=1, max_size=3)


@given(VALUES, PATHS, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_changing_a_path_changes_what_it_leads_to_and_nothing_else(there, steps, indent, ascii_only) -> None:
    """However the text is laid out: what is left is as Python would have it, and nothing is held there any more."""
    text = json.dumps(there, indent=indent, ensure_ascii=ascii_only)
    path = parse_path("".join(each if each.startswith("[") else f".{each}" for each in steps).removeprefix("."))
    emptied = changed(text, {path: None})
    assert is_json(emptied)
    assert held(emptied, path) == []
    assert json.loads(emptied) == without(there, path)


def without(there, path):
    """The same, done to the values."""
    if not path:
        return None
    step, rest = path[0], path[1:]
    if isinstance(there, dict) and isinstance(step, str):
        return {key: without(each, rest) if key == step else each for key, each in there.items()}
    if isinstance(there, list) and not isinstance(step, str):
        if step is None and not rest:
            return []
        return [without(each, rest) if step in (None, at) else each for at, each in enumerate(there)]
    return there

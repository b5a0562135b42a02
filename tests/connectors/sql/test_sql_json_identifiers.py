"""People who are known only by what is within JSON: found, and erased without what is others'."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sql import SqlConnector, load_map
from connectors.sql.json_texts import held, parse_path
from connectors.sql.json_ways import narrowed
from habeas.domain.records import Record
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.errors import ConfigurationError

ANNA = Subject(
    "anna",
    (
        identifier(IdentifierKind.EMAIL, "anna@example.org"),
        identifier(IdentifierKind.CUSTOMER_NUMBER, "4711"),
        identifier(IdentifierKind.NAME, "Anna Example"),
    ),
)
BO = Subject("bo", (identifier(IdentifierKind.EMAIL, "bo@example.org"),))

ONE_MAP = """
sweep: false
tables:
  events:
    title: Events
    key: [id]
    identifiers:
      email: 'data.contact."e.mail"'
      customer_number: [data.number]
      name: [data.first, last]
    categories: {identity: [last]}
    json: {data: {contact: ['contact."e.mail"', number], identity: [first]}}
    erase: delete
  lines:
    title: Lines
    key: [id]
    through: {table: events, columns: {event: id}}
    categories: {transaction: [what]}
"""
MANY_MAP = """
sweep: false
tables:
  parties:
    title: Parties
    key: [id]
    identifiers: {email: "data.people[*].email"}
    json: {data: {contact: ["people[*].email"], identity: ["people[*].name"], transaction: [topic]}}
    erase: columns
"""
WRITTEN = (
    '{"topic":  "tea","people": [{"email":"bo@example.org","name":"Bo"}, 7,'
    ' {"name":"Anna","email": " ANNA@example.org"},{"name":"nobody"}]}'
)


def find(connector: SqlConnector, *subjects: Subject) -> list[tuple[str, Record]]:
    return [(each.subject, each.what) for each in connector.find(subjects) if isinstance(each.what, Record)]


def values(record: Record) -> dict[str, object]:
    return {each.name: each.value for each in record.fields}


def erase(connector: SqlConnector, subject: Subject, records: list[Record]) -> dict[str, dict[str, int]]:
    with connector.applying(subject, f"erase {subject.token}") as application:
        for record in records:
            application.erase(record, ())
    return application.effects.as_json()


@pytest.fixture(params=["text", "json", "jsonb"])
def kind(request, target) -> str:
    if request.param != "text" and "postgres" not in target.url:
        pytest.skip("SQLite holds JSON as text")
    return str(request.param)


def insert(target, table: str, rows: list[tuple[object, ...]]) -> None:
    mark = "%s" if "postgres" in target.url else "?"
    with target.transaction() as connection:
        for row in rows:
            marks = ", ".join([mark] * len(row))
            connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({marks})", row)


def test_a_person_is_found_by_a_path_as_by_a_column(target, kind):
    target.run(f"CREATE TABLE events (id INTEGER PRIMARY KEY, last VARCHAR(99), data {kind})")
    target.run("CREATE TABLE lines (id INTEGER PRIMARY KEY, event INTEGER REFERENCES events (id), what VARCHAR(9))")
    insert(
        target,
        "events",
        [
            (1, "X", '{"contact": {"e.mail": " Anna@Example.org "}}'),
            (2, "X", '{"number": 4711}'),
            (3, "Example", '{"first": "Anna"}'),
            (4, "X", '{"contact": {"e.mail": "joanna@example.org"}, "number": 47110}'),
            (5, "X", '{"contact": ["anna@example.org"]}'),
            (6, "X", None),
            *([(7, "X", "anna@example.org, no JSON")] if kind == "text" else []),
        ],
    )
    insert(target, "lines", [(11, 1, "a"), (12, 4, "b")])
    connector = target.connect(ONE_MAP)
    assert connector.check() == []
    for statement in connector.indexes():
        target.run(statement)

    found = find(connector, ANNA, BO)

    assert [(token, record.collection, record.key, record.match) for token, record in found] == [
        ("anna", "lines", "11", "strong"),
        ("anna", "events", "1", "strong"),
        ("anna", "events", "2", "strong"),
        ("anna", "events", "3", "weak"),
    ]
    done = erase(connector, ANNA, [record for _, record in found[:3]])
    assert done == {"lines": {"erased": 1}, "events": {"erased": 2}}
    left = {row[0] for row in target.rows("SELECT id FROM events")}
    assert left == {3, 4, 5, 6, *([7] if kind == "text" else [])}


def test_of_a_list_of_several_people_only_their_own_elements_are_shown_and_erased(target, kind):
    target.run(f"CREATE TABLE parties (id INTEGER PRIMARY KEY, data {kind})")
    insert(target, "parties", [(1, WRITTEN), (2, '{"people": {"email": "anna@example.org"}}'), (3, "[]")])
    connector = target.connect(MANY_MAP)
    assert connector.check() == []

    found = dict(find(connector, ANNA, BO))

    assert json.loads(str(values(found["anna"])["data.people[*].name"])) == ["Anna"]
    assert json.loads(str(values(found["bo"])["data.people[*].email"])) == ["bo@example.org"]
    assert values(found["bo"])["data.topic"] == "tea"

    assert erase(connector, ANNA, [found["anna"]]) == {"parties": {"erased": 1}}

    ((text,),) = target.rows("SELECT CAST(data AS TEXT) FROM parties WHERE id = 1")
    people = json.loads(text)["people"]
    assert people[0] == {"email": "bo@example.org", "name": "Bo"}
    assert people[2] == {"name": None, "email": None}
    if kind == "text":
        expected = WRITTEN.replace('"Anna"', "null").replace('" ANNA@example.org"', "null").replace('"tea"', "null")
        assert text == expected
    assert [token for token, _ in find(connector, ANNA, BO)] == ["bo"]


def test_a_row_that_has_changed_since_it_was_read_is_left_to_the_next_look(target, kind):
    target.run(f"CREATE TABLE parties (id INTEGER PRIMARY KEY, data {kind})")
    insert(target, "parties", [(1, WRITTEN)])
    connector = target.connect(MANY_MAP)
    found = dict(find(connector, ANNA, BO))
    erase(connector, BO, [found["bo"]])

    assert erase(connector, ANNA, [found["anna"]]) == {}
    again = dict(find(connector, ANNA))
    assert values(again["anna"])["data.people[*].name"] == '["Anna"]'


@pytest.mark.parametrize(
    ("identifiers", "erase_by", "complaint"),
    [
        ('{email: "data.people[*].email"}', "delete", "may name several people"),
        ('{name: ["data.people[*].email"]}', "columns", "no part of a name"),
    ],
)
def test_a_map_that_takes_several_people_for_one_is_refused(write_map, identifiers, erase_by, complaint):
    text = MANY_MAP.replace('{email: "data.people[*].email"}', identifiers).replace("columns", erase_by)
    with pytest.raises(ConfigurationError, match=complaint):
        load_map(write_map(text))


def test_a_path_that_json_does_not_list_is_named(target, kind):
    target.run(f"CREATE TABLE parties (id INTEGER PRIMARY KEY, data {kind})")
    connector = target.connect(MANY_MAP.replace('email: "data.people[*].email"', "email: data.mail"))
    problems = [(each.what, each.remedy) for each in connector.check()]
    assert ("parties.data.mail does not exist", "list the path under 'json', or correct the column's name") in problems


@given(st.lists(st.sampled_from(["a@example.org", "b@example.org", "", None]), max_size=6))
def test_the_elements_of_people_share_out_a_list(emails):
    """Each element with an address is one person's, and no element two people's."""
    text = json.dumps({"people": [{"email": each, "name": str(at)} for at, each in enumerate(emails)]})
    way, path = parse_path("people[*].email"), parse_path("people[*].name")

    def names(whose: str) -> list[str]:
        ways = [(IdentifierKind.EMAIL, way)]
        return [one for each in narrowed(text, path, ways, lambda _, what: what == whose) for one in held(text, each)]

    assert {who: names(who) for who in ("a@example.org", "b@example.org")} == {
        who: [f'"{at}"' for at, each in enumerate(emails) if each == who] for who in ("a@example.org", "b@example.org")
    }

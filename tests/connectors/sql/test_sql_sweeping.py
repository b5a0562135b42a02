"""After an erasure the whole database is looked through: copies that no map knows of are told by table and column."""

import pytest

from habeas.domain.records import Leftover, Unsearched
from habeas.domain.subjects import IdentifierKind, Subject, identifier

ADA = Subject("ada", (identifier(IdentifierKind.EMAIL, "ada@example.org"),))
BO = Subject("bo", (identifier(IdentifierKind.EMAIL, "bo@example.org"),))

SCHEMA = """
CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, note TEXT, search TEXT);
CREATE TABLE people_history (id INTEGER PRIMARY KEY, old TEXT, said VARCHAR(200), weight INTEGER);
INSERT INTO people VALUES (1, 'Ada@Example.org', 'write to ada@example.org', NULL),
    (2, 'bo@example.org', NULL, 'bo bo@example.org'), (3, 'grada@example.org', 'ada@example.org.uk', NULL);
INSERT INTO people_history VALUES (1, '{"was": "ADA@example.org"}', 'x', 7), (2, 'x', 'ada@example.org, bo@example.org', 7),
    (3, 'ada@example.org', NULL, NULL)
"""
MAP = """
tables:
  people:
    title: Person
    key: [id]
    identifiers: {email: email}
    categories: {contact: [email], usage: [note]}
    ignored: [search]
"""


def swept(connector, *subjects):
    return sorted(connector.sweep(subjects), key=repr)


def test_copies_that_the_map_does_not_know_are_told_by_column_and_person(target):
    """Rows that the search finds are accounted for, in the columns that the map names; a longer address is another's."""
    target.run(SCHEMA)
    connector = target.connect(MAP)
    assert swept(connector, ADA, BO) == [
        Leftover("ada", "people_history.old", 2),
        Leftover("ada", "people_history.said", 1),
        Leftover("bo", "people.search", 1),
        Leftover("bo", "people_history.said", 1),
    ]


def test_somebody_elses_row_that_names_the_person_is_a_copy(target):
    """In a column that the map knows, but in a row that the search does not find for this person."""
    target.run(SCHEMA + ";UPDATE people SET note = 'cc ada@example.org' WHERE id = 2; DELETE FROM people WHERE id = 1")
    assert Leftover("ada", "people.note", 1) in swept(target.connect(MAP), ADA)


def test_what_is_left_out_is_said(target):
    """By table, by column, or all of it."""
    target.run(SCHEMA)
    connector = target.connect(MAP + "sweep: {except: [people_history.old, people]}")
    assert swept(connector, ADA) == [
        Leftover("ada", "people_history.said", 1),
        Unsearched("people", "left out by the map"),
        Unsearched("people_history.old", "left out by the map"),
    ]
    (only,) = target.connect(MAP + "sweep: false").sweep([ADA])
    assert isinstance(only, Unsearched)


def test_a_name_alone_is_never_looked_for(target):
    """It proves nothing, and a short customer number neither."""
    target.run(SCHEMA + ";INSERT INTO people_history VALUES (9, 'Ada Example', 'customer 42', 42)")
    known = (identifier(IdentifierKind.NAME, "Ada Example"), identifier(IdentifierKind.CUSTOMER_NUMBER, "42"))
    assert swept(target.connect(MAP), Subject("ada", known)) == []


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("JSONB", """'{"to": ["ada@example.org"]}'"""),
        ("JSON", """'{"to": "ada@example.org"}'"""),
        ("XML", "'<to>ada@example.org</to>'"),
        ("TSVECTOR", "to_tsvector('simple', 'mail ada@example.org today')"),
        ("TEXT[]", "ARRAY['x', 'ada@example.org']"),
        ("BYTEA", "'mailto:ada@example.org'::bytea"),
        ("JSONB[]", """ARRAY['{"to": "ada@example.org"}'::jsonb]"""),
        ("CHAR(40)", "'ADA@EXAMPLE.ORG'"),
        ("address", "'ada@example.org'"),
        ("contact", "ROW('ada@example.org', 1)"),
    ],
)
def test_every_type_that_holds_text_is_read(target_postgres, declared, value):
    """Also domains, composites and arrays, in another schema too."""
    target_postgres.run(
        SCHEMA
        + ";CREATE DOMAIN address AS TEXT; CREATE TYPE contact AS (mail TEXT, rank INTEGER); CREATE SCHEMA log;"
        f'CREATE TABLE log."a:b %s" (id INTEGER, "some : thing" {declared});'
        f'INSERT INTO log."a:b %s" VALUES (1, {value}), (2, NULL)'.replace("%", "%%")
    )
    assert Leftover("ada", "log.a:b %s.some : thing", 1) in swept(target_postgres.connect(MAP), ADA)


def test_partitions_are_told_by_the_table_that_they_are_parts_of(target_postgres):
    """And materialised views by their own names."""
    target_postgres.run(
        SCHEMA + ";CREATE TABLE log (id INTEGER, t TEXT) PARTITION BY RANGE (id);"
        "CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (0) TO (10);"
        "CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM (10) TO (20);"
        "INSERT INTO log VALUES (1, 'ada@example.org'), (11, 'ada@example.org');"
        "CREATE MATERIALIZED VIEW seen AS SELECT t FROM log"
    )
    found = swept(target_postgres.connect(MAP), ADA)
    assert {Leftover("ada", "log.t", 2), Leftover("ada", "seen.t", 2)} <= set(found)


def test_a_table_that_inherits_from_another_is_told_by_its_own_name(target_postgres):
    """Once, though its rows can be read in the other one too."""
    target_postgres.run(
        SCHEMA + ";CREATE TABLE note (t TEXT); CREATE TABLE party_note (x INTEGER) INHERITS (note);"
        "INSERT INTO party_note VALUES ('ada@example.org', 1)"
    )
    found = swept(target_postgres.connect(MAP), ADA)
    assert [each for each in found if "note" in str(each)] == [Leftover("ada", "party_note.t", 1)]


def test_what_the_user_may_not_read_is_said(target_postgres):
    """A table, a column, rows behind a policy, large objects; never passed over."""
    target_postgres.run(
        SCHEMA + ";CREATE TABLE hidden (t TEXT); CREATE TABLE partly (a TEXT, b TEXT); CREATE TABLE policed (t TEXT);"
        "INSERT INTO policed VALUES ('ada@example.org'); ALTER TABLE policed ENABLE ROW LEVEL SECURITY;"
        "CREATE ROLE reader_of_little; GRANT SELECT ON people, people_history, policed TO reader_of_little;"
        "GRANT SELECT (a) ON partly TO reader_of_little; SELECT lo_from_bytea(0, 'x')"
    )
    url = target_postgres.url
    target_postgres.url += "?options=-c%20role%3Dreader_of_little"
    try:
        found = swept(target_postgres.connect(MAP), ADA)
    finally:
        target_postgres.url = url
        target_postgres.run("DROP OWNED BY reader_of_little; DROP ROLE reader_of_little")
    assert {each for each in found if isinstance(each, Unsearched)} == {
        Unsearched("hidden.t", "not readable"),
        Unsearched("partly.b", "not readable"),
        Unsearched("policed", "not readable"),
        Unsearched("large objects", "not text"),
    }


def test_a_table_that_takes_too_long_is_said(target_postgres):
    """Here somebody holds its lock; the others are searched all the same."""
    target_postgres.run(SCHEMA + ";CREATE TABLE a_locked_one (t TEXT)")
    connector = target_postgres.connect(MAP + "sweep: {seconds_a_table: 1}")
    with target_postgres.transaction() as holder:
        holder.exec_driver_sql("LOCK TABLE a_locked_one IN ACCESS EXCLUSIVE MODE")
        found = swept(connector, ADA)
    assert Unsearched("a_locked_one", "not in time") in found
    assert Leftover("ada", "people_history.old", 2) in found


def test_a_value_too_large_to_be_read_is_said(target):
    """By its column."""
    size = 17 * 2**20
    if target.url.startswith("sqlite"):
        scan = f"ALTER TABLE people_history ADD COLUMN scan BLOB; UPDATE people_history SET scan = zeroblob({size})"
    else:
        scan = (
            "ALTER TABLE people_history ADD COLUMN scan BYTEA; ALTER TABLE people_history ALTER scan SET STORAGE EXTERNAL;"
            f"UPDATE people_history SET scan = decode(repeat('ab', {size}), 'hex')"
        )
    target.run(f"{SCHEMA}; {scan}")
    found = swept(target.connect(MAP), ADA)
    assert Unsearched("people_history.scan", "too large") in found
    assert Leftover("ada", "people_history.old", 2) in found

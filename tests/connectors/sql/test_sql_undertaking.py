"""A task in the target is taken on once, with its first changes, and the note of it says what they really did."""

import threading
from dataclasses import replace

from habeas.domain.records import Record
from habeas.domain.subjects import IdentifierKind, Subject, identifier

ANNA = Subject("anna", (identifier(IdentifierKind.EMAIL, "anna@example.org"),))
CLUB = """
CREATE TABLE members (id INTEGER PRIMARY KEY, email VARCHAR(99), name VARCHAR(99));
CREATE TABLE visits (id INTEGER PRIMARY KEY, member_id INTEGER REFERENCES members (id), door VARCHAR(20));
INSERT INTO members VALUES (1, 'anna@example.org', 'Anna'), (2, 'bo@example.org', 'Bo');
INSERT INTO visits VALUES (1, 1, 'north'), (2, 1, 'south'), (3, 2, 'north');
"""
CLUB_MAP = """
tables:
  members:
    title: Members
    key: [id]
    identifiers: {email: email}
    categories: {contact: [email, name]}
    erase: HOW
  visits:
    title: Visits
    key: [id]
    through: {table: members, columns: {member_id: id}}
    categories: {usage: [door]}
    erase: HOW
"""
COLUMNS, ROWS = CLUB_MAP.replace("HOW", "columns"), CLUB_MAP.replace("HOW", "delete")


def plan(connector):
    return [each.what for each in connector.find([ANNA]) if isinstance(each.what, Record)]


def erase(connector, records, task="task"):
    """What that application itself did."""
    with connector.applying(ANNA, task) as application:
        for record in records:
            application.erase(record, ())
    return application.effects.as_json()


def told(connector, task="task"):
    with connector.applying(ANNA, task) as application:
        earlier = application.earlier
    return earlier and earlier.as_json()


def test_of_two_at_the_same_time_that_do_not_ask_one_does_it(target):
    target.run(CLUB)
    connectors = [target.connect(COLUMNS), target.connect(COLUMNS)]
    records = plan(connectors[0])
    together, done = threading.Barrier(2), []

    def work(connector):
        together.wait(timeout=30)
        done.append(erase(connector, records))

    workers = [threading.Thread(target=work, args=(each,)) for each in connectors]
    for each in workers:
        each.start()
    for each in workers:
        each.join(timeout=60)
    everything = {"visits": {"erased": 2}, "members": {"erased": 1}}
    assert sorted(done, key=len) == [{}, everything]
    assert told(connectors[0]) == everything


def test_a_second_application_changes_nothing_of_what_has_come_since(target):
    """Deletions too, which a foreign key might forbid; nor does it stumble over a plan it could not carry out."""
    for sql_map in (COLUMNS, ROWS):
        target.run("DROP TABLE IF EXISTS visits; DROP TABLE IF EXISTS members; DROP TABLE IF EXISTS habeas_applied")
        target.run(CLUB)
        connector = target.connect(sql_map)
        records = plan(connector)
        first = erase(connector, records)
        target.run("DELETE FROM visits; DELETE FROM members;" + CLUB[CLUB.index("INSERT") :])
        assert erase(connector, records) == {}
        assert erase(connector, [replace(each, locator={}) for each in records]) == {}
        assert plan(connector) == records
        assert told(connector) == first
        assert erase(connector, records, "another") == first


def test_the_note_says_what_was_really_changed(target):
    """One row has gone since it was read, and another is somebody else's."""
    target.run(CLUB)
    connector = target.connect(COLUMNS)
    records = plan(connector)
    target.run("DELETE FROM visits WHERE id = 1; UPDATE visits SET member_id = 2 WHERE id = 2")
    assert erase(connector, records) == {"members": {"erased": 1}}
    assert told(connector) == {"members": {"erased": 1}}


def test_what_a_foreign_key_keeps_is_noted_as_kept(target):
    target.run(CLUB)
    connector = target.connect(ROWS)
    records = plan(connector)
    target.run("INSERT INTO visits VALUES (4, 1, 'west')")
    done = erase(connector, records)
    assert done == {"visits": {"erased": 2}, "members": {"retained_by_reference": 1}}
    assert told(connector) == done


def test_a_task_without_changes_is_noted_too(target):
    """It has been applied all the same."""
    target.run(CLUB)
    connector = target.connect(COLUMNS)
    assert erase(connector, []) == {}
    assert erase(connector, plan(connector)) == {}
    assert told(connector) == {}

"""How far a search or a sweep of a database is, told to whoever looks on: by tables."""

from habeas.domain.progress import Unit
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.ports import Watchable

ADA = Subject("ada", (identifier(IdentifierKind.EMAIL, "ada@example.org"),))
SCHEMA = """
CREATE TABLE people (id INTEGER PRIMARY KEY, email VARCHAR(99));
CREATE TABLE calls (id INTEGER PRIMARY KEY, person_id INTEGER, note VARCHAR(99));
CREATE TABLE forum (id INTEGER PRIMARY KEY, text VARCHAR(99));
INSERT INTO people VALUES (1, 'ada@example.org');
INSERT INTO calls VALUES (1, 1, 'called'), (2, 1, 'called back');
INSERT INTO forum VALUES (1, 'ask ada@example.org');
"""
MAP = """
tables:
  people:
    title: Person
    key: [id]
    identifiers: {email: email}
    categories: {contact: [email]}
  calls:
    title: Call
    key: [id]
    through: {table: people, columns: {person_id: id}}
    categories: {usage: [note]}
  forum:
    title: Post
    key: [id]
    categories: {usage: [text]}
    free_text: [text]
"""


class Recorder:
    """Remembers what it is told."""

    def __init__(self):
        self.tables = []

    def tell(self, done, of, unit):
        assert unit is Unit.TABLES
        self.tables.append((done, of))


def test_a_search_tells_each_table_as_it_comes_to_it(target):
    """Also tables in whose texts people are only mentioned."""
    target.run(SCHEMA)
    connector = target.connect(MAP)
    assert isinstance(connector, Watchable)
    seen = Recorder()
    found = connector.watched_by(seen).find([ADA])
    assert next(found).what.collection == "calls"
    assert seen.tables == [(0, 3)]
    assert len(list(found)) == 3
    assert seen.tables == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert len(list(connector.find([ADA]))) == 4
    assert len(seen.tables) == 4, "an onlooker of one search is told of another"


def test_a_sweep_tells_each_table_that_it_reads(target):
    """Not the search with which it accounts for what it has come upon."""
    target.run(SCHEMA)
    seen = Recorder()
    connector = target.connect(MAP).watched_by(seen)
    assert list(connector.sweep([ADA])) == []
    assert seen.tables == [(number, 3) for number in range(4)]

"""How far a search or a change of files is, told to whoever looks on: by files, and within a large one by bytes."""

from dataclasses import replace

import pytest

from connectors.customs_files import Limits
from habeas.domain.progress import Unit
from habeas.ports import Watchable

ROWS = 400
LARGE = "Name,E-mail\n" + "Anna Öberg,anna.oberg@example.org\n" * ROWS
SIZE = len(LARGE.encode())
SMALL_LIMITS = replace(Limits(), whole_bytes_max=2_000, window_bytes=1_000)


class Recorder:
    """Remembers what it is told."""

    def __init__(self):
        self.files, self.parts = [], []

    def tell(self, done, of, unit):
        assert unit is Unit.FILES
        self.files.append((done, of))

    def tell_part(self, done, of, unit):
        assert unit is Unit.BYTES
        self.parts.append((done, of))


@pytest.fixture
def store(folder):
    folder.put("acme/a.csv", "Name,E-mail\nAda,ada@example.org\n")
    folder.put("acme/large.csv", LARGE)
    folder.put("acme/note.txt", "Anna Öberg <anna.oberg@example.org> has called.\n")
    folder.limit(SMALL_LIMITS)
    return folder


def grows(told):
    return [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_search_tells_each_file_and_how_much_of_a_large_one_is_read(store, anna):
    """Also of files in which nobody is."""
    seen = Recorder()
    assert isinstance(store.connector, Watchable)
    found = list(store.connector.watched_by(seen).find([anna]))
    assert len(found) == ROWS + 1
    assert seen.files[0] == (0, 3)
    assert seen.files[-1] == (3, 3)
    assert {done for done, _ in seen.files} == {0, 1, 2, 3}
    assert grows(seen.files)
    assert len(seen.parts) > 5
    assert {of for _, of in seen.parts} == {SIZE}
    assert grows(seen.parts)


def test_a_change_tells_each_file_that_is_done_and_how_much_of_a_large_one_is_looked_at(store, anna):
    """What was gathered takes no time; what counts is what is written when the context closes."""
    records = store.strong()
    seen = Recorder()
    with store.connector.watched_by(seen).applying(anna, "task") as application:
        for record in records:
            application.erase(record, ())
        assert seen.files == []
    assert (seen.files[0], seen.files[-1]) == ((0, 2), (2, 2))
    assert grows(seen.files)
    assert {of for _, of in seen.parts} == {SIZE}
    assert store.strong() == []


def test_nobody_is_told_of_what_is_begun_without_them(store, anna):
    """Watching is for one search: the connector itself is as it was."""
    seen = Recorder()
    store.connector.watched_by(seen)
    assert len(list(store.connector.find([anna]))) == ROWS + 1
    assert seen.files == seen.parts == []

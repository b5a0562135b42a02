"""What a task has to remember of as many records as a person may have: on disk, in a file that has no name.

It is gone with the process that made it. Threads may share it.
"""

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from connectors.customs_files.formats.annotations import Entry
from connectors.customs_files.work import Erasure, Note, Work

_CACHE_KIB = 4_096
_FETCHED_AT_ONCE = 500
_ERASE, _RESTRICT, _LIFT, _ANNOTATE = "erase", "restrict", "lift", "annotate"

Place = tuple[str, str]
"""A file by its path, and the old version of it, "" for the file itself."""


class Digests:
    """A set of digests."""

    def __init__(self) -> None:
        self._connection = _connected("CREATE TABLE digests (digest BLOB PRIMARY KEY) WITHOUT ROWID")
        self._lock = threading.Lock()

    def add(self, digest: bytes) -> bool:
        """True if it was not in it."""
        with self._lock:
            return self._connection.execute("INSERT OR IGNORE INTO digests VALUES (?)", (digest,)).rowcount == 1

    def __contains__(self, digest: bytes) -> bool:
        with self._lock:
            found = self._connection.execute("SELECT 1 FROM digests WHERE digest = ?", (digest,))
            return found.fetchone() is not None

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()


class PlannedWork:
    """What is to be done to the files of a store, in the order of the files, whatever order it came in.

    What is to be put beside them comes after all changes.
    """

    def __init__(self) -> None:
        self._connection = _connected(
            "CREATE TABLE work (late INTEGER, path BLOB, version TEXT, restricted INTEGER, what TEXT)"
        )

    def erase(self, place: Place, erasure: Erasure, *, was_restricted: bool) -> None:
        """Add one more."""
        named = [erasure.key, erasure.collection, erasure.block, erasure.fields]
        what = [*named, erasure.partial, erasure.verb, erasure.rights]
        self._add(place, [_ERASE, *what], was_restricted=was_restricted)

    def restrict(self, place: Place, key: str, collection: str, *, was_restricted: bool) -> None:
        """The same."""
        self._add(place, [_RESTRICT, key, collection], was_restricted=was_restricted)

    def lift(self, place: Place, key: str, collection: str, *, was_restricted: bool) -> None:
        """The same."""
        self._add(place, [_LIFT, key, collection], was_restricted=was_restricted)

    def annotate(self, place: Place, note: Note) -> None:
        """Add what is to be put into the file at that place."""
        entry = note.entry
        what = [
            os.fsencode(note.path).hex(),
            note.record,
            entry.on,
            entry.request,
            entry.fields,
            entry.about,
            entry.text,
        ]
        self._add(place, [_ANNOTATE, note.key, note.collection, *what], was_restricted=False, late=True)

    @property
    def changed(self) -> int:
        """How many files are changed."""
        return self._places(late=False)

    @property
    def annotated(self) -> int:
        """Beside how many files something is put."""
        return self._places(late=True)

    def _places(self, *, late: bool) -> int:
        distinct = "SELECT count(*) FROM (SELECT DISTINCT path, version FROM work WHERE late = ?)"
        return int(self._connection.execute(distinct, (late,)).fetchone()[0])

    def by_place(self) -> Iterator[tuple[Place, Work]]:
        """Each file with its work, sorted; one thread at a time may ask for the next."""
        rows = self._connection.execute("SELECT * FROM work ORDER BY late, path, version, rowid")
        for (_, path, version), each in groupby(_rows(rows), key=lambda row: row[:3]):
            yield (os.fsdecode(path), version), _work(each)

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def _add(self, place: Place, what: list[object], *, was_restricted: bool, late: bool = False) -> None:
        path, version = place
        row = (late, os.fsencode(path), version, was_restricted, json.dumps(what))
        self._connection.execute("INSERT INTO work VALUES (?, ?, ?, ?, ?)", row)


_Row = tuple[int, bytes, str, int, str]


def _rows(cursor: sqlite3.Cursor) -> Iterator[_Row]:
    while rows := cursor.fetchmany(_FETCHED_AT_ONCE):
        yield from rows


def _work(rows: Iterable[_Row]) -> Work:
    work = Work()
    alike: dict[tuple[str, ...], tuple[str, ...]] = {}
    for *_, was_restricted, told in rows:
        work.was_restricted = work.was_restricted or bool(was_restricted)
        kind, key, collection, *rest = json.loads(told)
        if kind == _ERASE:
            block, names, partial, verb, rights = rest
            fields = alike.setdefault(tuple(names), tuple(names))
            erasure = Erasure(key, collection, block, fields, partial, verb, tuple(rights))
            if rights and work.erasures and work.erasures[-1].key == key:
                erasure = _together(work.erasures.pop(), erasure)
            work.erasures.append(erasure)
        elif kind == _ANNOTATE:
            work.notes.append(_note(key, collection, rest))
        else:
            (work.restrictions if kind == _RESTRICT else work.lifts).append((key, collection))
    return work


def _together(one: Erasure, other: Erasure) -> Erasure:
    """Corrections of one record."""
    return replace(one, fields=(*one.fields, *other.fields), rights=(*one.rights, *other.rights))


def _note(key: str, collection: str, told: Sequence[Any]) -> Note:
    path, record, on, request, names, about, text = told
    entry = Entry(on, request, tuple(names), tuple((each[0], each[1]) for each in about), text)
    return Note(key, collection, os.fsdecode(bytes.fromhex(path)), record, entry)


def _connected(table: str) -> sqlite3.Connection:
    connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    for statement in (f"PRAGMA cache_size = -{_CACHE_KIB}", "PRAGMA journal_mode = OFF", table, "BEGIN"):
        connection.execute(statement)
    return connection

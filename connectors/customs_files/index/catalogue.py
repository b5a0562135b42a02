"""The signatures of a store's files, in a file of SQLite. Whatever is wrong with that file costs time and no more.

A row tells neither a path nor a word to whoever has not the key, and one that was changed by others is not believed.
"""

import hashlib
import hmac
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_SEAL_BYTES = _ID_BYTES = 16
_WAIT_S = 5.0
_AT_ONCE = 500
# Whatever somebody else has put there is bytes.
_COLUMNS = ", ".join(f"CAST({each} AS BLOB)" for each in ("id", "stamp", "signature", "seal"))


@dataclass(frozen=True, slots=True)
class Row:
    """The signature of a file, by a digest of where it lies, as it was by its stamp."""

    id: bytes
    stamp: bytes
    signature: bytes


def id_of(place: bytes, version: bytes, key: bytes) -> bytes:
    """By which a file is known, where it lies and which version of it."""
    told = len(place).to_bytes(8, "big") + place + version
    return hashlib.blake2b(told, key=key, digest_size=_ID_BYTES, person=b"file").digest()


def is_broken(error: Exception) -> bool:
    """True if the file is no database, or not a whole one."""
    return getattr(error, "sqlite_errorcode", None) in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


class Catalogue:
    """One connection to it, for one pass; one thread at a time. Raises sqlite3.Error, OSError."""

    def __init__(self, path: Path, key: bytes, made_by: bytes) -> None:
        """`made_by` names whatever decides what a signature is: one that was made otherwise is of no use."""
        self._key = key
        self._made_by = made_by
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        try:
            self._connection = self._opened(path, made_by)
        except sqlite3.DatabaseError as error:
            if not is_broken(error):
                raise
            path.unlink()
            path.touch(mode=0o600)
            self._connection = self._opened(path, made_by)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def rows(self) -> Iterator[Row]:
        """All that can be believed; what can't is dropped."""
        wrong: list[bytes] = []
        cursor = self._connection.execute(f"SELECT {_COLUMNS} FROM signatures")  # noqa: S608 - names of ours
        while some := cursor.fetchmany(_AT_ONCE):
            for id_, stamp, signature, seal in some:
                row = Row(id_, stamp, signature)
                if hmac.compare_digest(self._seal(row), seal):
                    yield row
                else:
                    wrong.append(id_)
        if wrong:
            self.drop(wrong)

    def put(self, rows: Sequence[Row]) -> None:
        """Durable at some time: what is lost is made again."""
        with self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO signatures VALUES (?, ?, ?, ?)",
                [(each.id, each.stamp, each.signature, self._seal(each)) for each in rows],
            )

    def drop(self, ids: Sequence[bytes]) -> None:
        """Of files that are no more, or not what they were."""
        with self._connection:
            self._connection.executemany("DELETE FROM signatures WHERE id = ?", [(each,) for each in ids])

    def _seal(self, row: Row) -> bytes:
        seal = hashlib.blake2b(key=self._key, digest_size=_SEAL_BYTES, person=b"row")
        # Another process, with another version of us, may have opened the file in between, or put rows into it.
        for each in (self._made_by, row.id, row.stamp, row.signature):
            seal.update(len(each).to_bytes(8, "big") + each)
        return seal.digest()

    def _opened(self, path: Path, made_by: bytes) -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=_WAIT_S, check_same_thread=False)
        try:
            # What is dropped was made of personal data: it is overwritten, and no longer in a log of changes either.
            for pragma in ("secure_delete = ON", "journal_mode = TRUNCATE", "synchronous = NORMAL"):
                connection.execute(f"PRAGMA {pragma}")
            with connection:
                connection.execute("CREATE TABLE IF NOT EXISTS made_by (made_by BLOB)")
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS signatures (id BLOB PRIMARY KEY, stamp BLOB NOT NULL,"
                    " signature BLOB NOT NULL, seal BLOB NOT NULL)"
                )
                if connection.execute("SELECT made_by FROM made_by").fetchall() != [(made_by,)]:
                    for table in ("signatures", "made_by"):
                        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names of ours
                    connection.execute("INSERT INTO made_by VALUES (?)", (made_by,))
        except BaseException:
            connection.close()
            raise
        return connection

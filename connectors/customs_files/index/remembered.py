"""Which files of a store are to be read in one pass: those which are known to hold nobody looked for are not.

Nothing is said of a file that was not read, but that what it held when it was read holds none of what is looked for,
and that it is the very same still. A file of which something could not be searched is read, and told of, every time.
Why, and what that takes: docs/decisions/0017-what-is-remembered-of-files.md.
"""

import hashlib
import os
import sqlite3
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypeVar

from connectors.customs_files.first_look import FirstLook
from connectors.customs_files.index.catalogue import Catalogue, Row, id_of, is_broken
from connectors.customs_files.index.grams import Keyed, derived
from connectors.customs_files.index.questions import Question
from connectors.customs_files.limits import Limits
from connectors.customs_files.loading import File
from connectors.customs_files.stores.store import Stamp
from habeas.ports import Memory

_FILE_NAME = "files.db"
_ROWS_AT_ONCE = 200
_READERS = ("lxml", "olefile", "orjson", "pypdfium2", "python-calamine")
_T = TypeVar("_T")


class Remembered:
    """The catalogue of a store, for one pass; without one every file is read."""

    def __init__(self, memory: Memory | None, limits: Limits) -> None:
        self._exits = ExitStack()
        self._catalogue: Catalogue | None = None
        self._path: Path | None = None
        self._rows_key = b""
        self._known: set[bytes] = set()
        self._new: list[Row] = []
        self.key: bytes | None = None
        """With which readers are to sign what they read; None if nothing would remember it."""
        if memory is not None:
            key = memory.key()
            self._path = memory.folder / _FILE_NAME
            self._rows_key = rows_key = derived(key, b"rows")
            made_by = hashlib.blake2b(_made_by(limits).encode(), key=rows_key).digest()
            self._catalogue = self._tried(lambda path: self._exits.enter_context(Catalogue(path, rows_key, made_by)))
            self.key = derived(key, b"grams") if self._catalogue is not None else None

    def wanted(self, files: Sequence[File], look: FirstLook) -> Sequence[File]:
        """Those that may hold somebody, or of which that is not known; the others are left out."""
        if self._catalogue is None or self.key is None:
            return files
        ids = {self._id(each): each for each in files if each.stamp is not None}
        question = Question(look.needs, Keyed(self.key))
        empty = self._tried(lambda _: self._holding_nobody(ids, question)) or set()
        return [each for each in files if id(each) not in empty]

    def lacks(self, file: File, stamp: Stamp | None) -> bool:
        """True if the signature of a file could be remembered that had this stamp when it was read, and is not.

        May be asked by any thread.
        """
        if self.key is None or stamp is None or stamp != file.stamp:
            return False  # it was changed since it was listed
        return self._id(file) not in self._known

    def note(self, file: File, signature: bytes) -> None:
        """Remember the signature of a file that was read to its end."""
        if self._catalogue is None or file.stamp is None:
            return
        self._new.append(Row(self._id(file), _told(file.stamp), signature))
        if len(self._new) >= _ROWS_AT_ONCE:
            self._put()

    def close(self) -> None:
        """Keep what is new."""
        self._put()
        self._exits.close()

    def _holding_nobody(self, ids: dict[bytes, File], question: Question) -> set[int]:
        """Files by Python's `id`. What is remembered of any others is dropped."""
        assert self._catalogue is not None, "asked only with one"
        empty: set[int] = set()
        gone: list[bytes] = []
        for row in self._catalogue.rows():
            file = ids.get(row.id)
            if file is None or file.stamp is None or _told(file.stamp) != row.stamp:
                gone.append(row.id)
                continue
            self._known.add(row.id)
            if not question.may_be_met(row.signature):
                empty.add(id(file))
        if gone:
            self._catalogue.drop(gone)
        return empty

    def _put(self) -> None:
        rows, self._new = self._new, []
        if self._catalogue is not None and rows:
            catalogue = self._catalogue
            self._tried(lambda _: catalogue.put(rows))

    def _id(self, file: File) -> bytes:
        return id_of(os.fsencode(file.place), file.version.encode(), self._rows_key)

    def _tried(self, work: Callable[[Path], _T]) -> _T | None:
        """None if the catalogue fails: then nothing is remembered. A broken one is begun anew next time."""
        assert self._path is not None, "asked only with one"
        try:
            return work(self._path)
        except (sqlite3.Error, OSError) as error:
            self._catalogue = None
            if is_broken(error):
                self._path.unlink(missing_ok=True)
            return None


def _told(stamp: Stamp) -> bytes:
    return repr(stamp).encode()


def _made_by(limits: Limits) -> str:
    """All that decides what is read of a file: our own code, the libraries', the limits."""
    return repr([_own_code(), [_version(each) for each in _READERS], sys.version, limits])


@cache
def _own_code() -> str:
    package = Path(__file__).parent.parent
    each = sorted(package.rglob("*.py"))
    return hashlib.sha256(b"".join(_sized(path.read_bytes()) for path in each)).hexdigest()


def _sized(content: bytes) -> bytes:
    return len(content).to_bytes(8, "big") + content


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""

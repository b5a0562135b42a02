"""Sets of digests as large as a person's records are many: in memory while they are small, then in a temporary file."""

import sqlite3
from contextlib import closing
from weakref import finalize

_IN_MEMORY_MAX = 50_000


class DigestSet:
    """Of each of a million digests some bytes of a file that has no name and goes with the set; for one thread."""

    def __init__(self, *, in_memory_max: int = _IN_MEMORY_MAX) -> None:
        self._in_memory_max = in_memory_max
        self._recent: set[bytes] = set()
        self._file: sqlite3.Connection | None = None

    def add(self, digest: bytes) -> bool:
        """True if it was not there yet."""
        if digest in self:
            return False
        self._recent.add(digest)
        if len(self._recent) >= self._in_memory_max:
            self._spill()
        return True

    def discard(self, digest: bytes) -> None:
        """Take it out, if it is there."""
        self._recent.discard(digest)
        if self._file is not None:
            self._file.execute("DELETE FROM digests WHERE digest = ?", (digest,))

    def __contains__(self, digest: bytes) -> bool:
        if digest in self._recent:
            return True
        if self._file is None:
            return False
        with closing(self._file.execute("SELECT 1 FROM digests WHERE digest = ?", (digest,))) as found:
            return found.fetchone() is not None

    def _spill(self) -> None:
        if self._file is None:
            self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            finalize(self, self._file.close)
            self._file.execute("PRAGMA journal_mode = OFF")
            self._file.execute("PRAGMA cache_size = -8000")  # kB
            self._file.execute("CREATE TABLE digests (digest BLOB PRIMARY KEY) WITHOUT ROWID")
        self._file.execute("BEGIN")
        self._file.executemany("INSERT INTO digests VALUES (?)", ((each,) for each in sorted(self._recent)))
        self._file.execute("COMMIT")
        self._recent.clear()

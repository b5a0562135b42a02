"""Waking those who wait for records.

Within the process an append announces itself. What other processes write is noticed by one thread, which looks at
SQLite's change counter (PRAGMA data_version reads a word of shared memory); however many wait, idling costs one look
in 40 ms.
"""

import sqlite3
import threading

from habeas.eventlog.embedded.storage import Storage

LOOK_EVERY_S = 0.04


class Wakeups:
    """A counter of changes that can be waited on."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._changed = threading.Condition()
        self._count = 0
        self._stopped = threading.Event()
        self._watcher: threading.Thread | None = None

    @property
    def count(self) -> int:
        """Take it before looking for records, and pass it to `wait`: no change in between is missed."""
        return self._count

    def watch(self) -> None:
        """See to it that changes of other processes are noticed."""
        with self._changed:
            if self._watcher is None and not self._stopped.is_set():
                self._watcher = threading.Thread(target=self._look, name="eventlog-watcher", daemon=True)
                self._watcher.start()

    def announce(self) -> None:
        """Something has changed: wake everybody."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait(self, seen: int, *, timeout_s: float) -> None:
        """Return as soon as the counter is beyond `seen`, or after the time."""
        with self._changed:
            self._changed.wait_for(lambda: self._count != seen or self._stopped.is_set(), timeout_s)

    def close(self) -> None:
        """Stop watching, and wake everybody."""
        self._stopped.set()
        self.announce()
        if self._watcher is not None:
            self._watcher.join()

    def _look(self) -> None:
        seen = -1
        db: sqlite3.Connection | None = None
        while not self._stopped.wait(LOOK_EVERY_S):
            try:
                db = db or self._storage.connect()
                version = int(db.execute("PRAGMA data_version").fetchone()[0])
            except sqlite3.Error:
                # Whoever is woken meets the same fault and reports it in its own thread.
                version = -1
            if version != seen:
                seen = version
                self.announce()
        if db is not None:
            db.close()

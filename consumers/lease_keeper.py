"""Keeps the leases of the tasks under way while a slow system takes its time."""

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from habeas.errors import FencedError, RetriableError, SystemDownError
from habeas.ports import Clock
from habeas.storage import ledger
from habeas.storage.database import Database
from habeas.storage.ledger import Task


class LeaseKeeper:
    """Renews leases in the background for as long as its context is open."""

    def __init__(self, held: Sequence[Task], *, database: Database, clock: Clock, lease_s: float) -> None:
        self._held = held
        self._database = database
        self._clock = clock
        self._lease_s = lease_s
        self._over = threading.Event()
        self._thread = threading.Timer(lease_s / 3, self._keep)
        self._thread.daemon = True

    def ensure(self, task: Task) -> None:
        """Ask the ledger whether the task is still ours, before something is changed outside. Raises FencedError."""
        with self._database.reading() as connection:
            if not ledger.is_held(connection, task):
                raise FencedError("the lease of a task went to another worker")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.cancel()
        self._thread.join()

    def _keep(self) -> None:
        while not self._over.is_set():
            try:
                with self._database.transaction() as connection:
                    ledger.renew(connection, self._held, now=self._clock.now(), lease_s=self._lease_s)
            except (RetriableError, SystemDownError):
                pass  # the next renewal may succeed; if none does the lease runs out and every write is refused
            self._over.wait(self._lease_s / 3)

"""Keeps the leases of the tasks under way while a slow system takes its time, and tells how far they are."""

import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from consumers.progress import Work
from habeas.domain.progress import Phase, Progress
from habeas.errors import FencedError, RetriableError, SystemDownError
from habeas.observability import metrics
from habeas.ports import Clock
from habeas.storage import ledger
from habeas.storage import work as told
from habeas.storage.database import Database
from habeas.storage.ledger import Task

LOOK_S = 2.0
"""What takes less than this is over before anybody could look, and costs no write."""


class LeaseKeeper:
    """In the background, for as long as its context is open: renews leases, and writes down how far the work is."""

    def __init__(self, held: Sequence[Task], *, database: Database, clock: Clock, lease_s: float) -> None:
        self.work = Work(held, clock=clock)
        self._held = held
        self._database = database
        self._clock = clock
        self._lease_s = lease_s
        self._began_at = clock.now()
        self._look_s = min(LOOK_S, lease_s / 3)
        self._renew_every = int(lease_s / 3 / self._look_s)
        self._looks = 0  # since the last renewal
        self._told: dict[str, Progress] = {}
        self._measured: Counter[Phase] = Counter()
        self._over = threading.Event()
        self._thread = threading.Timer(self._look_s, self._keep)
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
        self._measure(over=True)

    def _keep(self) -> None:
        while not self._over.is_set():
            self._looks += 1
            self._measure()
            with suppress(RetriableError, SystemDownError):
                self._write()  # or the next one; if none succeeds the lease runs out and every write is refused
            self._over.wait(self._look_s)

    def _write(self) -> None:
        due = self._looks >= self._renew_every
        news = [(task, progress) for task, progress in self.work.standing() if self._told.get(task.id) != progress]
        if not due and not news:
            return
        with self._database.transaction() as connection:
            if due:
                ledger.renew(connection, self._held, now=self._clock.now(), lease_s=self._lease_s)
            told.note(connection, news)
        self._looks = 0 if due else self._looks
        self._told |= {task.id: progress for task, progress in news}

    def _measure(self, *, over: bool = False) -> None:
        system = self._held[0].system
        seconds = 0.0 if over else (self._clock.now() - self._began_at).total_seconds()
        metrics.WORK_SECONDS.labels(system).set(seconds)
        passed = self.work.passed()
        for phase, records in (passed - self._measured).items():
            metrics.WORK_RECORDS.labels(system, phase.value).inc(records)
        self._measured = passed

"""Counts what passes by while tasks are worked on, so that somebody else can look how far they are.

The worker's thread counts, the lease keeper's looks: what both touch is replaced as a whole, or is a number.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from habeas.domain.progress import Measure, Phase, Progress, Unit
from habeas.domain.records import Found, Unsearched
from habeas.ports import Clock, Connector, Watchable
from habeas.storage.ledger import Task

_T = TypeVar("_T")


class Stage:
    """One phase of the work on some tasks; the onlooker of their system's connector while it lasts."""

    def __init__(self, tasks: Sequence[Task], phase: Phase, *, since: datetime, of: int | None = None) -> None:
        """`of` is how many records are to pass for each, where that is known."""
        self.phase = phase
        self._since = since
        self._of = of
        self._records = {task.subject: 0 for task in tasks}
        self._searched: Measure | None = None
        self._part: Measure | None = None

    def count(self, found: Found) -> None:
        """One more has been found."""
        if not isinstance(found.what, Unsearched):
            self._records[found.subject] += 1

    def passing(self, subject: str, items: Iterable[_T]) -> Iterator[_T]:
        """The same items; each that is a record is counted once it has been dealt with."""
        for item in items:
            yield item
            if not isinstance(item, Unsearched):
                self._records[subject] += 1

    def tell(self, done: int, of: int | None, unit: Unit, /) -> None:
        """As `habeas.ports.Onlooker`."""
        self._part = None
        self._searched = Measure(done, of, unit)

    def tell_part(self, done: int, of: int | None, unit: Unit, /) -> None:
        """As `habeas.ports.Onlooker`."""
        self._part = Measure(done, of, unit)

    def records(self, subject: str) -> int:
        """How many have passed for the task of that subject."""
        return self._records[subject]

    def progress(self, subject: str) -> Progress:
        """How far the task of that subject is."""
        records = Measure(self.records(subject), self._of, Unit.RECORDS)
        return Progress(self.phase, self._since, records, self._searched, self._part)

    def watching(self, connector: Connector) -> Connector:
        """The connector; if it can, it tells how far it is."""
        return connector.watched_by(self) if isinstance(connector, Watchable) else connector


class Work:
    """The stages of tasks that were taken together; no two of them are one subject's."""

    def __init__(self, tasks: Sequence[Task], *, clock: Clock) -> None:
        self._clock = clock
        self._tasks = {task.id: task for task in tasks}
        self._stages: dict[str, Stage] = {}
        self._passed: Counter[Phase] = Counter()  # through stages that are over
        self._turn = threading.Lock()

    def begin(self, tasks: Sequence[Task], phase: Phase, *, of: int | None = None) -> Stage:
        """The next phase of some of the tasks; `of` as in `Stage`."""
        stage = Stage(tasks, phase, since=self._clock.now(), of=of)
        with self._turn:
            for task in tasks:
                before = self._stages.get(task.id)
                if before is not None:
                    self._passed[before.phase] += before.records(task.subject)
                self._stages[task.id] = stage
        return stage

    def forget(self) -> None:
        """Tell no more of any task: what becomes of it is told elsewhere."""
        with self._turn:
            for id_, stage in self._stages.items():
                self._passed[stage.phase] += stage.records(self._tasks[id_].subject)
            self._stages.clear()

    def standing(self) -> list[tuple[Task, Progress]]:
        """How far each is of those that have been begun."""
        with self._turn:
            stages = list(self._stages.items())
        return [(self._tasks[id_], stage.progress(self._tasks[id_].subject)) for id_, stage in stages]

    def passed(self) -> Counter[Phase]:
        """How many records have passed through each phase since the tasks were taken."""
        with self._turn:
            passed = self._passed.copy()
            for id_, stage in self._stages.items():
                passed[stage.phase] += stage.records(self._tasks[id_].subject)
        return passed

"""A system that stands still once in the middle of its work, so that others can look how far it is."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from habeas.cli.progress_words import says
from habeas.domain.records import Found, Record
from habeas.domain.subjects import Subject
from habeas.ports import Effects
from habeas.storage import work
from habeas.storage.work import UnderWay
from habeas.testing.notebook import Note, Notebook, NotebookApplication
from habeas.testing.pipeline import Pipeline

GIVE_UP_S = 30
LOOK_AGAIN_S = 0.005
_T = TypeVar("_T")


class SlowNotebook(Notebook):
    """Stops at "find", "apply" or "verify", once so many records have passed there (None: all), until let go on."""

    def __init__(self, notes: list[Note], *, stops_at: str, after: int | None) -> None:
        super().__init__(notes)
        self._stops_at = stops_at, after
        self.stopped, self.go_on = threading.Event(), threading.Event()

    def reach(self, where: str, passed: int | None) -> None:
        """Stop if this is the place, the first time."""
        if (where, passed) == self._stops_at and not self.stopped.is_set():
            self.stopped.set()
            assert self.go_on.wait(GIVE_UP_S), "nobody let it go on"

    def find(self, subjects: Sequence[Subject]) -> Iterator[Found]:
        """As of a notebook."""
        where = "verify" if self.applied else "find"
        for number, found in enumerate(super().find(subjects)):
            self.reach(where, number)
            yield found
        self.reach(where, None)

    @contextmanager
    def applying(self, subject: Subject, task_id: str) -> Iterator["SlowApplication"]:  # type: ignore[override]
        """As of a notebook."""
        with super().applying(subject, task_id) as application:
            yield SlowApplication(self, application)


class SlowApplication:
    """Erases."""

    def __init__(self, notebook: SlowNotebook, application: NotebookApplication) -> None:
        self._notebook = notebook
        self._application = application
        self._changed = 0

    @property
    def earlier(self) -> Effects | None:
        return self._application.earlier

    @property
    def effects(self) -> Effects:
        return self._application.effects

    def erase(self, record: Record, fields: tuple[str, ...]) -> None:
        """Remove the note."""
        self._notebook.reach("apply", self._changed)
        self._changed += 1
        self._application.erase(record, fields)


class StandingStill:
    """A pipeline of one slow system, "crm", whose worker has a thread of its own."""

    def __init__(self, pipeline: Pipeline, crm: SlowNotebook) -> None:
        self.pipeline = pipeline
        self.crm = crm
        self._thread = threading.Thread(target=pipeline.loops["crm.worker"].step)

    def start(self) -> None:
        """Let the worker work until it stands still."""
        self.pipeline.run(without=frozenset({"crm.worker"}))
        self._thread.start()
        assert self.crm.stopped.wait(GIVE_UP_S), "it never came there"

    def under_way(self, request_id: str) -> UnderWay | None:
        """What is noted of the request's task now."""
        with self.pipeline.habeas.database.reading() as connection:
            return work.under_way(connection, [request_id]).get(request_id, {}).get("crm")

    def told(self, request_id: str, beginning: str = "") -> str:
        """What an operator is told of it, once that begins so."""

        def told() -> str | None:
            there = self.under_way(request_id)
            said = says(there, self.pipeline.clock.now()) if there else ""
            return said if said and said.startswith(beginning) else None

        return until(told)

    def go_on(self) -> None:
        """Let the worker's step end."""
        self.crm.go_on.set()
        if self._thread.ident is not None:
            self._thread.join(GIVE_UP_S)

    def end(self) -> None:
        """Let everything be done."""
        self.go_on()
        self.pipeline.run()


def until(seen: Callable[[], _T | None]) -> _T:
    """What is seen, as soon as there is anything."""
    give_up_at = time.monotonic() + GIVE_UP_S
    while not (what := seen()):
        assert time.monotonic() < give_up_at, "never seen"
        time.sleep(LOOK_AGAIN_S)
    return what

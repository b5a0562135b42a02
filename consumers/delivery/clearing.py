"""Removes readable answers from the folder once their time is over; the sealed ones stay for theirs."""

import shutil
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import structlog

from consumers.delivery.folder import answer_folder
from habeas import failpoints
from habeas.observability import metrics
from habeas.ports import Clock
from habeas.storage import audit, complaints, custody
from habeas.storage.custody import Custody
from habeas.storage.database import Database

log = structlog.get_logger()

ANSWERS_MAX = 100
"""In one step."""


class Clearing:
    """Minds `retention.folder_days`. Removing is noted after it is done, so that a crash in between repeats it."""

    def __init__(self, root: Path, *, after: timedelta, database: Database, clock: Clock) -> None:
        """`after` runs from when an answer was put there; never if it is zero."""
        self._root = root
        self._after = after
        self._database = database
        self._clock = clock
        self._in_the_way: set[str] = set()

    def step(self) -> int:
        """Remove what is due, a batch at most; how many answers. What can't be removed is logged and tried later."""
        if not self._after:
            return 0
        with self._database.reading() as connection:
            limit = ANSWERS_MAX + len(self._in_the_way)
            due = custody.answers_to_remove(connection, written_by=self._clock.now() - self._after, limit=limit)
        fresh = [each for each in due if each.request_id not in self._in_the_way]
        self._in_the_way.clear()
        return sum(self._remove(each) for each in fresh)

    def _remove(self, held: Custody) -> bool:
        with self._database.reading() as connection:
            case = complaints.fetch_either(connection, held.request_id)
        if case is None:
            return False
        folder = answer_folder(self._root, request_id=held.request_id, right=case.right)
        try:
            with suppress(FileNotFoundError):
                shutil.rmtree(folder)
        except OSError as error:
            self._in_the_way.add(held.request_id)
            log.warning("answer.not_removed", request_id=held.request_id, error_class=type(error).__name__)
            return False
        failpoints.reach("clearing.removed")
        now = self._clock.now()
        with self._database.transaction() as connection:
            if not custody.note_answer_removed(connection, held.request_id, at=now):
                return False
            audit.note(connection, "answer.removed", actor="habeas", now=now, request_id=held.request_id)
        metrics.SHREDDED.labels("folder").inc()
        log.info("answer.removed", request_id=held.request_id)
        return True

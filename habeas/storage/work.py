"""What is being worked on just now, and how far it is: for people to see, so nothing depends on it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from habeas.domain.progress import Progress
from habeas.storage import ledger
from habeas.storage.ledger import Task
from habeas.storage.tables import tasks


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A task on which a worker is, or was until it died: `until` is how long its lease holds without another word."""

    request_id: str
    system: str
    attempts: int
    until: datetime
    progress: Progress


def note(connection: Connection, standing: Iterable[tuple[Task, Progress]]) -> None:
    """Note how far tasks are; of one that has another owner by now, nothing."""
    for task, progress in sorted(
        standing, key=lambda each: each[0].position
    ):  # locked in the order that all others use
        connection.execute(update(tasks).where(ledger.leased(task)).values(progress=progress.as_json()))


def under_way(connection: Connection, request_ids: Sequence[str]) -> Mapping[str, Mapping[str, UnderWay]]:
    """By request and system, of those that have anything under way.

    One person's tasks are done one after the other, so there is one a system.
    """
    known = tasks.c.progress.is_not(None) & tasks.c.lease_until.is_not(None) & (tasks.c.state == "pending")
    found: dict[str, dict[str, UnderWay]] = {}
    columns = (tasks.c.request_id, tasks.c.system, tasks.c.attempts, tasks.c.lease_until, tasks.c.progress)
    for row in connection.execute(select(*columns).where(tasks.c.request_id.in_(request_ids), known)):
        progress = Progress.of_json(row.progress)
        found.setdefault(row.request_id, {})[row.system] = UnderWay(
            row.request_id, row.system, row.attempts, row.lease_until, progress
        )
    return found

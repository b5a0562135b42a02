"""Watches the days on which systems are asked again: holds end, erasures are looked after, restrictions are lifted."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from habeas.domain.cases import Case
from habeas.eventlog import cloudevents
from habeas.ports import Clock
from habeas.storage import cases, outbox, revisits
from habeas.storage.database import Database
from producers.lifting import lifting_due
from producers.timekeeper import LANE
from schemas.lifting import LiftingDue
from schemas.revisits import RescanDue, RetentionExpired

REVISITS_MAX = 1_000
"""In one step; what is told drops out of the next."""


class Revisits:
    """The part of the timekeeper that has systems looked at again."""

    def __init__(self, *, rescan_after: timedelta, database: Database, clock: Clock) -> None:
        """`rescan_after` is the time between an erasure and the look whether it has stayed; none if zero."""
        self._rescan_after = rescan_after
        self._database = database
        self._clock = clock

    def step(self) -> int:
        """Tell of what is due, noted with its case at once so that it is told once; how many."""
        today = self._clock.today()
        erased_by = today - self._rescan_after if self._rescan_after else None
        with self._database.transaction() as connection:
            due = revisits.due(connection, today=today, erased_by=erased_by, limit=REVISITS_MAX)
            known = cases.fetch_many(connection, [row.request_id for row in due])
            told = [(row.subject, self._event(row, known[row.request_id], self._clock.now())) for row in due]
            cases.note(connection, [event for _, event in told])
            revisits.plan(connection, {row.request_id for row in due})
            messages = [
                cloudevents.to_message(event, key=subject, source="habeas/timekeeper") for subject, event in told
            ]
            outbox.add(connection, LANE, messages)
        return len(told)

    def _event(self, row: Row[Any], case: Case, now: datetime) -> RetentionExpired | RescanDue | LiftingDue:
        request_id = UUID(row.request_id)
        if row.cause == "lifting":
            under_way = case.liftings.open
            assert under_way is not None, "what is cancelled or done is not planned any more"
            return lifting_due(case, under_way, row.system, now)
        if row.cause == "retention":
            return RetentionExpired(request_id=request_id, at=now, system=row.system, on=row.due_on)
        return RescanDue(request_id=request_id, at=now, system=row.system, on=row.due_on + self._rescan_after)

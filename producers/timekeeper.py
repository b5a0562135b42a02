"""Watches the time: systems that keep silent are told of on the log, first as a warning, then as given up."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select, tuple_

from habeas.domain.cases import CaseState, SystemState
from habeas.eventlog import cloudevents
from habeas.ports import Clock
from habeas.storage import cases, inbox, outbox
from habeas.storage.database import Database
from habeas.storage.tables import case_events
from habeas.storage.tables import cases as cases_table
from schemas.events import RequestAccepted, SystemSilent

LANE = "timekeeper"
CASES_MAX = 1_000
INBOX_KEPT = timedelta(days=21)
"""Longer than any topic that is consumed keeps its records."""


class Timekeeper:
    """The timekeeper producer."""

    def __init__(
        self,
        *,
        silent_after: timedelta,
        give_up_before_due: timedelta,
        database: Database,
        clock: Clock,
        cases_max: int = CASES_MAX,
    ) -> None:
        """A system is silent so long after the request was accepted, and given up so long before the answer is due.

        Who they are, a question, an extension: whatever moves the due date moves the second with it. `cases_max` is how
        many cases one step looks at.
        """
        self._cases_max = cases_max
        self._silent_after = silent_after
        self._give_up_before_due = give_up_before_due
        self._database = database
        self._clock = clock
        self._looked_to: tuple[datetime, str] | None = None

    def step(self) -> int:
        """Look at some more of the cases that wait; how many events were told.

        What is told is noted with the case at once, so that it is told once however slow the aggregator is.
        """
        now = self._clock.now()
        last_day = self._clock.today() + self._give_up_before_due
        told = []
        with self._database.transaction() as connection:
            for row in self._waiting(connection, accepted_before=now - self._silent_after):
                final = row.due_on <= last_day
                told += [
                    (row.subject, SystemSilent(request_id=UUID(row.request_id), at=now, system=system, final=final))
                    for system, state in row.systems.items()
                    if _is_news(SystemState(state), final=final)
                ]
            cases.note(connection, [event for _, event in told])
            messages = [
                cloudevents.to_message(event, key=subject, source="habeas/timekeeper") for subject, event in told
            ]
            outbox.add(connection, LANE, messages)
            inbox.forget(connection, before=now - INBOX_KEPT)
        return len(told)

    def _waiting(self, connection: Connection, *, accepted_before: datetime) -> Sequence[Row[Any]]:
        """The next cases that wait for a system, oldest first, from the oldest again once all have been looked at."""
        place = tuple_(cases_table.c.opened_at, cases_table.c.request_id)
        waiting = (
            select(cases_table)
            .join(case_events, case_events.c.request_id == cases_table.c.request_id)
            .where(cases_table.c.state.in_([CaseState.IN_PROGRESS, CaseState.NEEDS_ATTENTION]))
            .where(case_events.c.type == RequestAccepted.type, case_events.c.at < accepted_before)
            .order_by(cases_table.c.opened_at, cases_table.c.request_id)
            .limit(self._cases_max)
        )
        if self._looked_to is not None:
            waiting = waiting.where(place > self._looked_to)
        rows = connection.execute(waiting).all()
        self._looked_to = (rows[-1].opened_at, rows[-1].request_id) if len(rows) == self._cases_max else None
        return rows


def _is_news(state: SystemState, *, final: bool) -> bool:
    if final:
        return not state.settled
    return state is SystemState.PENDING

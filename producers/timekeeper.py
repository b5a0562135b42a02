"""Watches the time: systems that keep silent are told of on the log, first as a warning, then as given up."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from habeas.domain.cases import CaseState, SystemState
from habeas.eventlog import cloudevents
from habeas.ports import Clock
from habeas.storage import inbox, outbox
from habeas.storage.database import Database
from habeas.storage.tables import cases
from schemas.events import SystemSilent

LANE = "timekeeper"
CASES_MAX = 1_000
INBOX_KEPT = timedelta(days=21)
"""Longer than any topic that is consumed keeps its records."""


class Timekeeper:
    """The timekeeper producer."""

    def __init__(self, *, silent_after: timedelta, give_up_after: timedelta, database: Database, clock: Clock) -> None:
        self._silent_after = silent_after
        self._give_up_after = give_up_after
        self._database = database
        self._clock = clock

    def step(self) -> int:
        """Look once; how many events were told."""
        now = self._clock.now()
        waiting = (
            select(cases.c.request_id, cases.c.subject, cases.c.opened_at, cases.c.systems)
            .where(cases.c.state.in_([CaseState.IN_PROGRESS, CaseState.NEEDS_ATTENTION]))
            .where(cases.c.opened_at < now - self._silent_after)
            .order_by(cases.c.opened_at)
            .limit(CASES_MAX)
        )
        with self._database.transaction() as connection:
            events = []
            for row in connection.execute(waiting):
                final = row.opened_at < now - self._give_up_after
                for system, state in row.systems.items():
                    if _is_news(SystemState(state), final=final):
                        event = SystemSilent(request_id=UUID(row.request_id), at=now, system=system, final=final)
                        events.append(cloudevents.to_message(event, key=row.subject, source="habeas/timekeeper"))
            outbox.add(connection, LANE, events)
            inbox.forget(connection, before=now - INBOX_KEPT)
        return len(events)


def _is_news(state: SystemState, *, final: bool) -> bool:
    if final:
        return not state.settled
    return state is SystemState.PENDING

"""Watches due dates, of answers and of acknowledging complaints: each is told of when it is near, and when past."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Connection, and_, case, func, or_, select

from habeas.domain.case_time import DueTold
from habeas.eventlog import cloudevents
from habeas.observability import metrics
from habeas.ports import Clock
from habeas.storage import case_lists, cases, outbox
from habeas.storage.database import Database
from habeas.storage.tables import cases as cases_table
from producers.timekeeper import LANE
from schemas.correspondence import DueSoon, Overdue

CASES_MAX = 1_000
"""In one step; what is told drops out of the next."""
_OPEN = and_(
    cases_table.c.state.in_(cases.OPEN_STATES),
    func.coalesce(cases_table.c.due_told, "") != DueTold.CLOSED,
)


class Deadlines:
    """The part of the timekeeper that minds the law's time; a clock that stands still is never due."""

    def __init__(self, *, soon: timedelta, database: Database, clock: Clock) -> None:
        """A date is near when it is `soon` away, or less."""
        self._soon = soon
        self._database = database
        self._clock = clock

    def step(self) -> int:
        """Tell of dates, noted with their cases at once; how many. Counts the open requests besides."""
        today = self._clock.today()
        with self._database.transaction() as connection:
            told = self._told(connection, today)
            cases.note(connection, [event for _, event in told])
            messages = [
                cloudevents.to_message(event, key=subject, source="habeas/timekeeper") for subject, event in told
            ]
            outbox.add(connection, LANE, messages)
            _count(connection, today, today + self._soon)
            metrics.OPEN_REVIEWS.set(case_lists.open_reviews(connection))
        return len(told)

    def _told(self, connection: Connection, today: date) -> list[tuple[str, DueSoon | Overdue]]:
        said = func.coalesce(cases_table.c.due_told, "")
        passed = and_(cases_table.c.due_on < today, said != DueTold.OVERDUE)
        near = and_(cases_table.c.due_on.between(today, today + self._soon), said == "")
        statement = (
            select(cases_table.c.request_id, cases_table.c.subject, cases_table.c.due_on)
            .where(_OPEN, cases_table.c.stopped_since.is_(None), or_(passed, near))
            .order_by(cases_table.c.due_on, cases_table.c.request_id)
            .limit(CASES_MAX)
        )
        now = self._clock.now()
        return [
            (
                row.subject,
                (Overdue if row.due_on < today else DueSoon)(
                    request_id=UUID(row.request_id), at=now, due_on=row.due_on
                ),
            )
            for row in connection.execute(statement)
        ]


def _count(connection: Connection, today: date, soon: date) -> None:
    standing = case(
        (cases_table.c.stopped_since.is_not(None), "stopped"),
        (cases_table.c.due_on < today, DueTold.OVERDUE.value),
        (cases_table.c.due_on <= soon, DueTold.SOON.value),
        else_="in time",
    )
    counted = connection.execute(select(standing, func.count()).where(_OPEN).group_by(standing))
    counts = {row[0]: row[1] for row in counted}
    for due in ("stopped", "overdue", "due soon", "in time"):
        metrics.OPEN_REQUESTS.labels(due).set(counts.get(due, 0))

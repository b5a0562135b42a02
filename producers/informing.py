"""Sees to it that nobody waits in silence: a receipt where no answer comes at once, word during an extension."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, and_, or_, select

from habeas.domain.letters import NoticeKind
from habeas.eventlog import cloudevents
from habeas.ports import Clock
from habeas.storage import cases, outbox
from habeas.storage.database import Database
from habeas.storage.tables import cases as cases_table
from producers.timekeeper import LANE
from schemas.letters import LetterDue

CASES_MAX = 1_000
"""In one step; who is written to drops out of the next."""


class Informing:
    """The part of the timekeeper that has people written to; an answer ends it (Article 12(3), section 164A)."""

    def __init__(self, *, receipt_after: timedelta, inform_every: timedelta, database: Database, clock: Clock) -> None:
        """A receipt goes out `receipt_after` the person's last word; zero means that none does."""
        self._patience = {
            NoticeKind.RECEIPT: receipt_after,
            NoticeKind.PROGRESS: inform_every,
            NoticeKind.STANDING: inform_every,
        }
        self._database = database
        self._clock = clock

    def step(self) -> int:
        """Tell of letters that are due, noted with their cases at once so that each is told once; how many."""
        with self._database.transaction() as connection:
            due = [
                (
                    row.subject,
                    LetterDue(
                        request_id=UUID(row.request_id),
                        at=self._clock.now(),
                        kind=row.breaks_silence,
                        since=row.silent_since,
                    ),
                )
                for row in self._silent(connection)
            ]
            cases.note(connection, [event for _, event in due])
            messages = [
                cloudevents.to_message(event, key=subject, source="habeas/timekeeper") for subject, event in due
            ]
            outbox.add(connection, LANE, messages)
        return len(due)

    def _silent(self, connection: Connection) -> Sequence[Row[Any]]:
        now = self._clock.now()
        too_long = [
            and_(cases_table.c.breaks_silence == kind, cases_table.c.silent_since <= now - patience)
            for kind, patience in self._patience.items()
            if patience
        ]
        if not too_long:
            return []
        statement = (
            select(
                cases_table.c.request_id,
                cases_table.c.subject,
                cases_table.c.silent_since,
                cases_table.c.breaks_silence,
            )
            .where(or_(*too_long))
            .order_by(cases_table.c.silent_since, cases_table.c.request_id)
            .limit(CASES_MAX)
        )
        return connection.execute(statement).all()

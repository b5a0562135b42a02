"""Looks now and then whether somebody who was taken out of a system has been put in again past the suppression list."""

import structlog

from habeas.errors import HabeasError
from habeas.observability import metrics
from habeas.ports import Clock, KeepsAway
from habeas.storage import audit
from habeas.storage.database import Database

log = structlog.get_logger()


class KeepingAway:
    """The part of a connector's role that works without being asked; several of them do no harm."""

    def __init__(self, system: str, connector: KeepsAway, *, database: Database, clock: Clock) -> None:
        self._system = system
        self._connector = connector
        self._database = database
        self._clock = clock

    def step(self) -> int:
        """Take out who is there again, and leave a trace of it; how many records.

        A system that is down, or refuses, is looked at the next time: tasks tell of it, nothing waits for this.
        """
        try:
            effects = self._connector.keep_away()
        except HabeasError as error:
            log.warning("keeping_away.failed", system=self._system, error_class=type(error).__name__)
            return 0
        records = sum(verbs.total() for verbs in effects.counts.values())
        if records:
            details = {"system": self._system, "effects": effects.as_json()}
            with self._database.transaction() as connection:
                audit.note(connection, "suppression.kept_away", actor="habeas", now=self._clock.now(), details=details)
            metrics.KEPT_AWAY.labels(self._system).inc(records)
            log.info("keeping_away.done", system=self._system, records=records)
        return records

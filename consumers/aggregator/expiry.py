"""Destroys the originals of what was erased once their grace time is over: the key first, then what it had sealed."""

import structlog

from habeas.ports import Clock
from habeas.storage import audit, originals
from habeas.storage.database import Database
from habeas.storage.originals import GracePeriod
from habeas.vault.vault import Vault

log = structlog.get_logger()

PERIODS_MAX = 100
"""In one step."""


class Expiry:
    """Safe to repeat at any point: a period is closed, its key destroyed, its originals removed, and only then done."""

    def __init__(self, *, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    def step(self) -> int:
        """Destroy what is over; how many grace periods."""
        with self._database.reading() as connection:
            due = originals.anything_due(connection, now=self._clock.now())
        if not due:
            return 0
        with self._database.transaction() as connection:
            originals.close_due(connection, now=self._clock.now())
            closed = originals.closed(connection, limit=PERIODS_MAX)
        for period in closed:
            self._destroy(period)
        return len(closed)

    def _destroy(self, period: GracePeriod) -> None:
        self._vault.destroy_key(period.key_id)
        with self._database.reading() as connection:
            files = originals.files_of(connection, period.key_id)
        for artefact in files:
            self._vault.discard(artefact)
        now = self._clock.now()
        with self._database.transaction() as connection:
            destroyed = originals.forget(connection, period.key_id, now=now)
            if destroyed is None:
                return
            audit.note(
                connection,
                "originals.destroyed",
                actor="habeas",
                now=now,
                request_id=period.request_id,
                details={"system": period.system, "originals": destroyed},
            )
        log.info("originals.destroyed", system=period.system, request_id=period.request_id)

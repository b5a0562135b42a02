"""Empties the outbox onto the log: in order, dropping a message only once the log has acknowledged it."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from habeas import failpoints
from habeas.errors import FencedError
from habeas.eventlog.interface import EventLog
from habeas.observability import metrics
from habeas.ports import Clock
from habeas.storage import outbox
from habeas.storage.database import Database

BATCH_MESSAGES_MAX = 500
LEASE_S = 30.0


class Publisher:
    """Publishes the lanes of some roles.

    One process publishes a lane at a time. A crash between the log's acknowledgement and the drop makes the next
    publisher append the same messages again: consumers know their ids and drop them.
    """

    def __init__(
        self, lanes: Sequence[str], *, log: EventLog, database: Database, clock: Clock, lease_s: float = LEASE_S
    ) -> None:
        self._lanes = tuple(lanes)
        self._log = log
        self._database = database
        self._clock = clock
        self._lease_s = lease_s
        self._owner = str(uuid4())
        self._epochs: dict[str, int] = {}
        self._renew_at = clock.now()

    def step(self) -> int:
        """Publish what waits, a batch at most; how many messages.

        Raises RetriableError or SystemDownError when the log can't take them now: they stay where they are.
        """
        self._renew_leases()
        mine = tuple(self._epochs)
        if not mine:
            return 0
        with self._database.reading() as connection:
            waiting = outbox.take(connection, mine, limit=BATCH_MESSAGES_MAX)
        if not waiting:
            return 0
        failpoints.reach("outbox.before_append")
        self._log.append([each.message for each in waiting])
        failpoints.reach("outbox.after_append")
        self._drop(waiting)
        failpoints.reach("outbox.after_commit")
        metrics.MESSAGES_PUBLISHED.inc(len(waiting))
        return len(waiting)

    def _drop(self, waiting: Sequence[outbox.Waiting]) -> None:
        try:
            with self._database.transaction() as connection:
                for lane, epoch in self._epochs.items():
                    outbox.ensure_owner(connection, lane, owner=self._owner, epoch=epoch)
                outbox.drop(connection, waiting)
        except FencedError:
            self._renew_at = self._clock.now()  # learn at once which lanes are still ours
            raise

    def _renew_leases(self) -> None:
        now = self._clock.now()
        if now < self._renew_at:
            return
        with self._database.transaction() as connection:
            epochs = {
                lane: outbox.lease(connection, lane, owner=self._owner, now=now, lease_s=self._lease_s)
                for lane in self._lanes
            }
        self._epochs = {lane: epoch for lane, epoch in epochs.items() if epoch is not None}
        held_all = len(self._epochs) == len(self._lanes)
        self._renew_at = now + timedelta(seconds=self._lease_s / 3 if held_all else min(1.0, self._lease_s / 3))

    def release(self) -> None:
        """Give the lanes up, so that the next publisher need not wait for the leases to expire."""
        with self._database.transaction() as connection:
            outbox.release(connection, self._lanes, owner=self._owner)
        self._epochs = {}

"""Looks now and then who has left a system's lists by its own link, and has all other systems heed it."""

import structlog

from habeas.domain.subjects import Identifier
from habeas.domain.suppression import address_of
from habeas.errors import HabeasError
from habeas.ports import Clock, TellsLeavers
from habeas.storage import audit, suppressions
from habeas.storage.database import Database
from habeas.vault.fingerprints import Fingerprints

LEFT = "left-a-list"
"""Why somebody is on the suppression list."""

log = structlog.get_logger()


class NoticingLeavers:
    """A part of a connector's role that works without being asked; several of them do no harm."""

    def __init__(
        self, system: str, connector: TellsLeavers, *, database: Database, fingerprints: Fingerprints, clock: Clock
    ) -> None:
        """`fingerprints` are those of the suppression list."""
        self._system = system
        self._connector = connector
        self._database = database
        self._fingerprints = fingerprints
        self._clock = clock

    def step(self) -> int:
        """Put them on the suppression list; how many. A system that can't tell now is looked at the next time."""
        try:
            with self._connector.leavers() as addresses:
                known = [found for each in addresses if (found := address_of(each)) is not None]
                if known:
                    self._list(known)
        except HabeasError as error:
            log.warning("leavers.failed", system=self._system, error_class=type(error).__name__)
            return 0
        return len(known)

    def _list(self, addresses: list[Identifier]) -> None:
        macs = self._fingerprints.of(addresses)
        now = self._clock.now()
        details = {"system": self._system, "addresses": len(macs)}
        with self._database.transaction() as connection:
            suppressions.add(connection, macs, reason=LEFT, now=now)
            audit.note(connection, "suppression.left", actor="habeas", now=now, details=details)
        log.info("leavers.listed", system=self._system, addresses=len(macs))

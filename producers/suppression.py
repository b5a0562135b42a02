"""The suppression list as imports and operators ask it: by address, never by person."""

from collections.abc import Mapping, Sequence

from habeas.domain.subjects import Identifier
from habeas.domain.suppression import address_of
from habeas.errors import UserError
from habeas.ports import Clock
from habeas.storage import audit, suppressions
from habeas.storage.database import Database
from habeas.storage.suppressions import Suppression
from habeas.vault.fingerprints import Fingerprints

ASKED_FOR = "asked-for"


class SuppressionList:
    """Who must not be written to."""

    def __init__(self, *, database: Database, fingerprints: Fingerprints, clock: Clock) -> None:
        self._database = database
        self._fingerprints = fingerprints
        self._clock = clock

    def check(self, addresses: Sequence[str]) -> Mapping[str, Suppression]:
        """Those of the e-mail addresses and phone numbers that are on the list; what is neither is on no list."""
        known = {each: found for each in addresses if (found := address_of(each)) is not None}
        macs = self._fingerprints.of([*set(known.values())])
        with self._database.reading() as connection:
            listed = suppressions.among(connection, [*macs.values()])
        return {each: listed[macs[it]] for each, it in known.items() if macs[it] in listed}

    def add(self, addresses: Sequence[str], *, actor: str, reason: str = ASKED_FOR) -> int:
        """Put on the list what a person has asked for outside of a request; how many. Raises UserError."""
        macs = self._fingerprints.of([_address(each) for each in addresses])
        now = self._clock.now()
        with self._database.transaction() as connection:
            suppressions.add(connection, macs, reason=reason, now=now)
            audit.note(connection, "suppression.added", actor=actor, now=now, details={"addresses": len(macs)})
        return len(macs)

    def remove(self, addresses: Sequence[str], *, actor: str, why: str) -> int:
        """Take off the list who wants to be written to again; how many were on it. Raises UserError."""
        if not why.strip():
            raise UserError("say why, as --reason 'subscribed again by form': it goes into the audit trail")
        macs = self._fingerprints.of([_address(each) for each in addresses])
        now = self._clock.now()
        with self._database.transaction() as connection:
            removed = suppressions.remove(connection, [*macs.values()])
            details = {"addresses": removed, "reason": why.strip()}
            audit.note(connection, "suppression.removed", actor=actor, now=now, details=details)
        return removed


def _address(text: str) -> Identifier:
    found = address_of(text)
    if found is None:
        raise UserError("an entry of the list is an e-mail address or a phone number with its country code")
    return found

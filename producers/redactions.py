"""The redaction log of a case: what was masked or withheld where in its answers, out of its sealed plans."""

from collections.abc import Iterator
from dataclasses import dataclass

from habeas.domain import plans
from habeas.domain.cases import Case
from habeas.domain.outcomes import Disclose, Reason, Withhold
from habeas.domain.plans import PlannedRecord
from habeas.domain.records import Masked
from habeas.ports import Clock
from habeas.storage import artefacts, audit
from habeas.storage.database import Database
from habeas.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Entry:
    """One place. `what` is what was masked in a field (empty: in the text around a mention), None if all of the field
    was withheld.

    `text` is what stood there: of a number its last digits, of a secret and of a whole field nothing.
    """

    system: str
    collection: str
    key: str
    field: str
    what: Masked | None
    reason: Reason
    text: str = ""


class Redactions:
    """Reads redaction logs; each reading is noted in the audit trail."""

    def __init__(self, *, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    def of(self, case: Case, *, actor: str) -> Iterator[Entry]:
        """System by system, in the order of the answer.

        Raises ArtefactLostError or KeyDestroyedError if the plans are gone.
        """
        told = [
            (system, str(plan[0]))
            for system, done in case.completions.items()
            for plan in (done.plan, *(each.plan for each in case.reviews.completions_of(system)))
            if plan
        ]
        with self._database.transaction() as connection:
            sealed = artefacts.fetch(connection, [plan for _, plan in told])
            audit.note(connection, "redactions.shown", actor=actor, now=self._clock.now(), request_id=case.request_id)
        for system, plan in told:
            with self._vault.opening(sealed[plan]) as lines:
                for item in plans.from_lines(lines):
                    if isinstance(item, PlannedRecord):
                        yield from _entries(system, item)


def _entries(system: str, planned: PlannedRecord) -> Iterator[Entry]:
    """Nothing for a record of which nothing was given: there is nothing in it to mask."""
    outcomes = [each.outcome for each in planned.decisions]
    if not any(isinstance(each, Disclose | Withhold) for each in outcomes):
        return
    record = planned.record
    place = (system, record.collection, record.key)
    for decision in planned.decisions:
        if isinstance(decision.outcome, Withhold) and decision.outcome.reason is not Reason.NOT_PORTABLE:
            for name in decision.fields:
                yield Entry(*place, name, None, decision.outcome.reason)
    for each in record.redactions:
        reason = Reason.OTHERS_RIGHTS if each.what.is_others else Reason.CREDENTIAL
        yield Entry(*place, each.field, each.what, reason, each.text)

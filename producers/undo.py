"""Has an erasure that was wrong undone: an operator's choice, with its reason in the audit trail, told on the log."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import orjson
from sqlalchemy import Connection

from habeas.domain.cases import Case, SystemState
from habeas.domain.requests import Right
from habeas.errors import NotFoundError, UserError
from habeas.eventlog import cloudevents
from habeas.ports import Clock, Refusal
from habeas.storage import artefacts, audit, cases, originals, outbox
from habeas.storage.database import Database
from habeas.storage.originals import GracePeriod
from habeas.vault.errors import ArtefactLostError, KeyDestroyedError
from habeas.vault.vault import Vault
from producers.intake import LANE
from schemas.events import TaskCompleted, UndoCompleted, UndoRequested
from schemas.reviews import ReviewCompleted

TIME_TO_UNDO = timedelta(days=7)
"""For so long at least the originals stay once an undoing is asked for: the system may be down meanwhile."""
_ERASING = ("erased", "anonymised")


@dataclass(frozen=True, slots=True)
class SystemUndo:
    """What undoing would do in one system. `why_not` is set where nothing can be done."""

    system: str
    erased: dict[str, int]
    """Records that were erased, by collection."""
    originals: int = 0
    until: datetime | None = None
    why_not: str | None = None
    dropped: bool = False
    """True if the system has not completed the erasure, and never will: what it has begun is put back."""

    @property
    def possible(self) -> bool:
        return self.why_not is None


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """What undoing a request would do; `kept_restricted` are other requests for whose sake nothing is lifted."""

    request_id: str
    systems: tuple[SystemUndo, ...]
    kept_restricted: tuple[str, ...]

    @property
    def possible(self) -> tuple[SystemUndo, ...]:
        """The systems in which something can be put back or dropped."""
        return tuple(each for each in self.systems if each.possible)


class Undo:
    """The undo producer."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def plan(self, request_id: str, *, systems: Sequence[str] = ()) -> UndoPlan:
        """The dry run, in all systems or those named.

        Raises NotFoundError, or UserError when the request is none that can be undone.
        """
        with self._database.reading() as connection:
            return self._plan(connection, request_id, systems)

    def request(self, request_id: str, *, systems: Sequence[str] = (), reason: str, actor: str) -> UndoPlan:
        """Have it undone wherever it can be. Raises as `plan` does, and UserError if it can be nowhere."""
        if not reason.strip():
            raise UserError("say why, as --reason 'somebody else was meant': it goes into the audit trail")
        with self._database.transaction() as connection:
            plan = self._plan(connection, request_id, systems, lock=True)
            if not plan.possible:
                raise UserError("; ".join(f"{each.system}: {each.why_not}" for each in plan.systems))
            case = cases.fetch(connection, request_id)
            assert case is not None, "it has a plan"
            self._ask(connection, case, plan, reason=reason.strip(), actor=actor)
        return plan

    def refusals(self, done: UndoCompleted, *, vault: Vault) -> tuple[Refusal, ...]:
        """What could not be put back, and why; empty too once the request's key is destroyed."""
        if done.report is None:
            return ()
        try:
            with self._database.reading() as connection:
                report = artefacts.fetch(connection, [str(done.report)])[str(done.report)]
            lines = vault.unseal(report).splitlines()
        except (ArtefactLostError, KeyDestroyedError):
            return ()
        return tuple(Refusal(**orjson.loads(line)) for line in lines)

    def _ask(self, connection: Connection, case: Case, plan: UndoPlan, *, reason: str, actor: str) -> None:
        now = self._clock.now()
        undo = uuid4()
        events = [
            UndoRequested(request_id=UUID(case.request_id), at=now, system=each.system, undo=undo)
            for each in plan.possible
        ]
        periods = originals.of_request(connection, case.request_id)
        for each in plan.possible:
            if each.system in periods:
                originals.extend(connection, periods[each.system].key_id, until=now + TIME_TO_UNDO)
        cases.note(connection, events)
        source = "habeas/undo"
        outbox.add(
            connection, LANE, [cloudevents.to_message(event, key=case.subject, source=source) for event in events]
        )
        audit.note(
            connection,
            "undo.requested",
            actor=actor,
            now=now,
            request_id=case.request_id,
            details={"undo": str(undo), "systems": [each.system for each in plan.possible], "reason": reason},
        )

    def _plan(self, connection: Connection, request_id: str, systems: Sequence[str], *, lock: bool = False) -> UndoPlan:
        if lock:
            cases.hold(connection, request_id)
        case = cases.fetch(connection, request_id)
        if case is None:
            raise NotFoundError(f"request {request_id} has not been opened on this log yet")
        self._check(connection, case, systems)
        return UndoPlan(
            request_id,
            tuple(self._system(connection, case, each) for each in systems or case.systems),
            tuple(cases.others_that_restrict(connection, case.subject, request_id)),
        )

    def _check(self, connection: Connection, case: Case, systems: Sequence[str]) -> None:
        if case.right is not Right.ERASURE:
            raise UserError(f"request {case.request_id} is one for {case.right}: only an erasure can be undone")
        for system in systems:
            if system not in case.systems:
                raise NotFoundError(
                    f"request {case.request_id} does not concern '{system}', but {', '.join(case.systems)}"
                )
        if case.assembled is None:
            raise UserError(
                f"request {case.request_id} is still under way ({case.state}): it can be undone once it is answered"
            )
        later = cases.later_erasures(connection, case)
        if later:
            raise UserError(
                f"the same person's request {later[0]}, which came later, asks for erasure too: undo that one first"
            )

    def _system(self, connection: Connection, case: Case, system: str) -> SystemUndo:
        done = case.completions.get(system)
        erased: Counter[str] = Counter()
        parts: list[TaskCompleted | ReviewCompleted] = [*([done] if done else []), *case.reviews.completions_of(system)]
        for each in parts:
            for collection, verbs in each.effects.items():
                erased[collection] += sum(verbs.get(verb, 0) for verb in _ERASING)
        erased = +erased
        period = originals.of_request(connection, case.request_id).get(system)
        count = originals.count(connection, period.key_id) if period is not None else 0
        until = period.until if period is not None else None
        if case.systems[system] is SystemState.GIVEN_UP:
            return SystemUndo(system, {}, count, until, dropped=True)
        why_not = self._why_not(case, system, period, erased=bool(erased), count=count)
        return SystemUndo(system, dict(erased), count, until, why_not)

    def _why_not(self, case: Case, system: str, period: GracePeriod | None, *, erased: bool, count: int) -> str | None:
        match case.systems[system]:
            case SystemState.UNDONE | SystemState.DROPPED:
                return "it has been undone already"
            case SystemState.UNDOING:
                return "it is being undone already"
            case SystemState.UNDO_FAILED:
                return "undoing it has failed: 'habeas dead-letters list' tells how to set it going again"
            case SystemState.COMPLETED | SystemState.PARTLY_UNDONE:
                pass
            case _:
                return "the system has not completed the erasure"
        done = case.completions.get(system)
        if done is not None and not erased:
            return "nothing was erased there"
        if period is None:
            return "the originals are not in this database" if done and done.originals else "it keeps no originals"
        if not period.is_open(self._clock.now()):
            return f"the grace time ended on {period.until:%d %B %Y}, and the originals are destroyed"
        return None if count else "the originals are not in this database"

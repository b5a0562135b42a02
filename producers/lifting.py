"""Has a restriction lifted: an operator's choice. The person is told first, by letter, and why (Article 18(3))."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection

from habeas.domain.cases import Case, SystemState
from habeas.domain.lifting import Lifting
from habeas.domain.requests import Right
from habeas.domain.words import CHARACTERS_MAX, SCHEMA, Words
from habeas.errors import NotFoundError, UserError
from habeas.eventlog import cloudevents
from habeas.ports import Clock
from habeas.storage import artefacts, audit, cases, custody, outbox, revisits
from habeas.storage.database import Database
from habeas.vault.vault import Vault
from producers.intake import LANE
from schemas.events import Event
from schemas.lifting import LiftingAnnounced, LiftingCancelled, LiftingDue, LiftingGround

_RESTRICTING = (Right.RESTRICTION, Right.OBJECTION)
_Deciding = Callable[[Connection, Case], Sequence[Event]]


@dataclass(frozen=True, slots=True)
class Announcing:
    """What announcements are made with: so many days after its letter has left a restriction is lifted."""

    days: int
    vault: Vault
    clock: Clock

    def seal(self, connection: Connection, request_id: str, words: Words) -> UUID:
        """The sealed words. Raises UserError if there are none, or nothing is held of the person any more."""
        if not words.text.strip():
            raise UserError("say why, as --reason 'your address is right: the register says so'")
        if len(words.text) > CHARACTERS_MAX:
            raise UserError(f"at most {CHARACTERS_MAX:,} characters")
        key = custody.key_of(connection, request_id)
        sealed = self.vault.seal(key, words.to_bytes(), system="intake", schema=SCHEMA)
        artefacts.add(connection, [sealed])
        return UUID(sealed.id)

    def announcement(
        self, case: Case, systems: Sequence[str], *, words: UUID, now: datetime, ground: LiftingGround
    ) -> LiftingAnnounced:
        """The event by which the letter is written."""
        return LiftingAnnounced(
            request_id=UUID(case.request_id),
            at=now,
            lifting=uuid4(),
            ground=ground,
            systems=tuple(systems),
            announced_on=self.clock.today(),
            days=self.days,
            words=words,
        )


class LiftingRestrictions:
    """The lifting producer.

    Every method raises NotFoundError for a request or system that there is not, UserError where there is nothing to
    lift or the person has not been told, and returns the case as it stands afterwards.
    """

    def __init__(self, *, announcing: Announcing, database: Database, clock: Clock) -> None:
        self._announcing = announcing
        self._database = database
        self._clock = clock

    def announce(self, request_id: str, words: Words, *, systems: Sequence[str] = (), actor: str) -> Case:
        """Have the person told that it will be lifted, everywhere or in these systems, and why."""

        def decide(connection: Connection, case: Case) -> Sequence[Event]:
            where = _to_lift(case, systems)
            ground: LiftingGround = "overridden" if case.liftings.weighed else "ended"
            sealed = self._announcing.seal(connection, request_id, words)
            now = self._clock.now()
            return [self._announcing.announcement(case, where, words=sealed, now=now, ground=ground)]

        return self._tell(request_id, decide, "lifting.announced", actor=actor)

    def lift_now(self, request_id: str, *, reason: str, actor: str) -> Case:
        """Don't wait for the rest of the days: only once the letter has left."""

        def decide(_: Connection, case: Case) -> Sequence[Event]:
            under_way = _under_way(case)
            if under_way.told_on is None:
                raise UserError("the person must be told before (Article 18(3)): the letter has not left yet")
            now = self._clock.now()
            return [lifting_due(case, under_way, system, now) for system in under_way.waiting]

        return self._tell(request_id, decide, "lifting.due", actor=actor, reason=_said(reason))

    def cancel(self, request_id: str, *, reason: str, actor: str) -> Case:
        """Leave it restricted, as when the person has given reasons for that."""

        def decide(_: Connection, case: Case) -> Sequence[Event]:
            under_way = _under_way(case)
            if under_way.due:
                raise UserError("it is being lifted already")
            return [
                LiftingCancelled(request_id=UUID(request_id), at=self._clock.now(), lifting=under_way.announced.lifting)
            ]

        return self._tell(request_id, decide, "lifting.cancelled", actor=actor, reason=_said(reason))

    def _tell(self, request_id: str, decide: _Deciding, action: str, *, actor: str, reason: str | None = None) -> Case:
        with self._database.transaction() as connection:
            case = opened(connection, request_id)
            custody.key_of(connection, request_id)
            events = decide(connection, case)
            details = {"reason": reason} if reason else {}
            return tell(connection, case, events, action, actor=actor, now=self._clock.now(), details=details)


def lifting_due(case: Case, under_way: Lifting, system: str, now: datetime) -> LiftingDue:
    """The event by which a system lifts."""
    return LiftingDue(
        request_id=UUID(case.request_id),
        at=now,
        system=system,
        lifting=under_way.announced.lifting,
        right=case.right.value,
    )


def opened(connection: Connection, request_id: str) -> Case:
    """The case, held for the rest of the transaction. Raises NotFoundError, UserError while it is under way."""
    cases.hold(connection, request_id)
    case = cases.fetch(connection, request_id)
    if case is None:
        raise NotFoundError(f"request {request_id} has not been opened on this log yet")
    if case.right not in _RESTRICTING:
        raise UserError(f"request {request_id} is one for {case.right}: it restricts nothing that could be lifted")
    if case.assembled is None:
        raise UserError(f"request {request_id} is still under way ({case.state}): decide once it is answered")
    return case


def tell(
    connection: Connection,
    case: Case,
    events: Sequence[Event],
    action: str,
    *,
    actor: str,
    now: datetime,
    details: dict[str, str],
) -> Case:
    """Note events with their case at once, publish them, and note who did it; the case as it stands afterwards."""
    noted = cases.note(connection, events)
    revisits.plan(connection, [case.request_id])
    messages = [cloudevents.to_message(event, key=case.subject, source="habeas/intake") for event in events]
    outbox.add(connection, LANE, messages)
    audit.note(connection, action, actor=actor, now=now, request_id=case.request_id, details=details)
    return noted[case.request_id].case


def _to_lift(case: Case, systems: Sequence[str]) -> Sequence[str]:
    short = case.request_id[:8]
    for system in systems:
        if system not in case.systems:
            raise NotFoundError(f"request {short} does not concern '{system}', but {', '.join(case.systems)}")
    if case.right is Right.OBJECTION and (case.liftings.weighed is None or case.liftings.weighed.outcome == "upheld"):
        raise UserError(
            f"an objection is weighed: 'habeas weigh {short}' says what came of it"
            if case.liftings.weighed is None
            else "the objection was upheld: what is still held is stored only"
        )
    if case.liftings.open is not None:
        raise UserError(f"it is being lifted already: 'habeas show {short}' tells how far it is")
    standing = case.liftings.in_force
    where = [each for each in systems or standing if standing.get(each) and _is_completed(case, each)]
    if not where:
        raise UserError(f"request {short} restricts nothing{' there' if systems else ''} (any more)")
    return where


def _is_completed(case: Case, system: str) -> bool:
    return case.systems.get(system) is SystemState.COMPLETED


def _under_way(case: Case) -> Lifting:
    under_way = case.liftings.open
    if under_way is None:
        raise UserError("no lifting is announced: say why it is lifted, as --reason '…', and a letter tells the person")
    return under_way


def _said(reason: str) -> str:
    if not reason.strip():
        raise UserError("say why, as --reason 'agreed on the phone': it goes into the audit trail")
    return reason.strip()

"""A case is what its events say: the set of them decides its state, not the order or number of deliveries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from habeas.domain.case_time import CaseTime, case_time
from habeas.domain.letters import Letters, letters
from habeas.domain.lifting import Liftings, liftings
from habeas.domain.recipients import Notifying, notifying
from habeas.domain.remainder import Remainder, remainder
from habeas.domain.requests import Right
from habeas.domain.reviews import Reviews, reviews
from habeas.domain.told import Told
from schemas.correspondence import IdentityReceived, RequestRefused, RequestWithdrawn
from schemas.events import (
    Event,
    ReplayRequested,
    RequestAccepted,
    RequestReceived,
    ResponseAssembled,
    ResponseDelivered,
    SystemSilent,
    TaskCompleted,
    TaskFailed,
    UndoCompleted,
    UndoRequested,
)


class CaseState(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"  # the identity is not proven yet
    WAITING = "waiting"  # for the person, who has been asked for something
    IN_PROGRESS = "in progress"  # systems are at work
    NEEDS_ATTENTION = "needs attention"  # a system or the answer failed, or keeps silent: an operator must look
    READY = "ready"  # every system has answered, the answer is being put together
    ANSWERED = "answered"
    DELIVERED = "delivered"
    UNDONE = "undone"  # the erasure was wrong, and what could be put back is back
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def closed(self) -> bool:
        """True once the person has been answered, or wants no answer."""
        return self in _CLOSED


_CLOSED = {CaseState.ANSWERED, CaseState.DELIVERED, CaseState.UNDONE, CaseState.REFUSED, CaseState.WITHDRAWN}


class SystemState(StrEnum):
    """Where one system stands in a case."""

    PENDING = "pending"
    SILENT = "silent"  # has not answered in the time set for it
    FAILED = "failed"  # a dead letter waits for an operator
    GIVEN_UP = "given up"  # the answer is given without it and says so
    DROPPED = "dropped"  # the request was refused, withdrawn or undone before the system had done its part
    COMPLETED = "completed"
    UNDOING = "undoing"  # an operator wants it undone, or not done at all
    UNDO_FAILED = "undo failed"  # a dead letter of the undoing waits for an operator
    PARTLY_UNDONE = "partly undone"  # something has been changed since, and could not be put back
    UNDONE = "undone"

    @property
    def settled(self) -> bool:
        """True if the answer need not wait for this system."""
        return self not in {SystemState.PENDING, SystemState.SILENT, SystemState.FAILED}

    @property
    def has_completed(self) -> bool:
        """True if the system did its part, whatever became of it later."""
        return self.settled and self not in {SystemState.GIVEN_UP, SystemState.DROPPED}


_PUT_BACK = {SystemState.UNDONE, SystemState.PARTLY_UNDONE, SystemState.DROPPED}


@dataclass(frozen=True, slots=True)
class Case:
    """A request on its way."""

    request_id: str
    subject: str
    right: Right
    language: str
    channel: str
    received_on: date
    time: CaseTime
    opened_at: datetime
    state: CaseState
    systems: Mapping[str, SystemState]
    completions: Mapping[str, TaskCompleted]
    undoings: Mapping[str, UndoCompleted]
    accepted: RequestAccepted | None
    identity: IdentityReceived | None
    assembled: ResponseAssembled | None
    delivered: ResponseDelivered | None
    reviews: Reviews
    remainder: Remainder
    letters: Letters
    liftings: Liftings
    notifying: Notifying

    @property
    def due_on(self) -> date:
        """The last day for the answer; the earliest that it can be while the clock stands still."""
        return self.time.deadline.due_on

    @property
    def wants_answer(self) -> bool:
        """True once every system has answered and nobody has put the answer together."""
        return self.state is CaseState.READY

    @property
    def wants_supplement(self) -> bool:
        """True once the person, who has the answer, is to be told what was done or decided since."""
        return self.assembled is not None and bool(self.remainder.ready or self.reviews.are_ready_to_tell)


def derive(events: Iterable[Event]) -> Case | None:
    """The case that these events tell of; None while the one that opens it has not come.

    Insensitive to duplicates and to order: a later replay clears exactly the failure that it names.
    """
    told = Told({event.id: event for event in events}.values())
    received = told.only(RequestReceived)
    if received is None:
        return None
    accepted = told.only(RequestAccepted)
    systems = {system: _system_state(system, told) for system in (accepted.systems if accepted else ())}
    time = case_time(received, told)
    return Case(
        request_id=str(received.request_id),
        subject=received.subject,
        right=Right(received.right),
        language=received.language,
        channel=received.channel,
        received_on=received.received_on,
        time=time,
        opened_at=received.at,
        state=_case_state(told, systems, waits=bool(time.open)),
        systems=systems,
        completions={each.system: each for each in told.all(TaskCompleted)},
        undoings={each.system: each for each in told.all(UndoCompleted)},
        accepted=accepted,
        identity=told.only(IdentityReceived),
        assembled=_assembled(told),
        delivered=_delivered(told),
        reviews=reviews(told, [system for system, state in systems.items() if state is SystemState.COMPLETED]),
        remainder=remainder(told),
        letters=letters(told, time),
        liftings=liftings(told),
        notifying=notifying(told, frozenset(each.task for each in _waiting_failures(told) if each.task)),
    )


def _assembled(told: Told) -> ResponseAssembled | None:
    """The answer itself, not what was told later."""
    return next((each for each in told.all(ResponseAssembled) if each.supplement is None), None)


def _delivered(told: Told) -> ResponseDelivered | None:
    return next((each for each in told.all(ResponseDelivered) if each.supplement is None), None)


def _system_state(system: str, told: Told) -> SystemState:
    if any(each.system == system for each in told.all(TaskCompleted)):
        return _undo_state(system, told) or SystemState.COMPLETED
    if undo := _undo_state(system, told):
        return SystemState.DROPPED if undo is SystemState.UNDONE else undo
    if _ended(told):
        return SystemState.DROPPED
    silences = [each for each in told.all(SystemSilent) if each.system == system]
    if any(each.final for each in silences):
        return SystemState.GIVEN_UP
    if system in _failed(told):
        return SystemState.FAILED
    return SystemState.SILENT if silences else SystemState.PENDING


def _undo_state(system: str, told: Told) -> SystemState | None:
    """None while nobody has asked for an undoing; of several the last one counts, unless one has put back all."""
    asked = [each.undo for each in told.all(UndoRequested) if each.system == system]
    done = {each.undo: each for each in told.all(UndoCompleted) if each.system == system}
    if any(not each.refused for each in done.values()):
        return SystemState.UNDONE
    if not asked:
        return SystemState.PARTLY_UNDONE if done else None
    if asked[-1] in done:
        return SystemState.PARTLY_UNDONE
    failed = {each.undo for each in _waiting_failures(told) if each.system == system}
    return SystemState.UNDO_FAILED if asked[-1] in failed else SystemState.UNDOING


def _failed(told: Told) -> set[str]:
    """Whose dead letters wait for an operator; the aggregator's and the delivery's own tasks can fail too."""
    return {
        each.system
        for each in _waiting_failures(told)
        if each.undo is None and each.revisit is None and each.task is None
    }


def _waiting_failures(told: Told) -> list[TaskFailed]:
    replayed = {each.dead_letter for each in told.all(ReplayRequested)}
    return [each for each in told.all(TaskFailed) if each.dead_letter not in replayed]


def _ended(told: Told) -> CaseState | None:
    """How a request ended that was not answered; what comes after the answer ends nothing."""
    if _assembled(told):
        return None
    if told.only(RequestWithdrawn):
        return CaseState.WITHDRAWN
    return CaseState.REFUSED if told.only(RequestRefused) else None


def _case_state(told: Told, systems: Mapping[str, SystemState], *, waits: bool) -> CaseState:
    """`waits` if the person has been asked for something and has not answered."""
    states = set(systems.values())
    undone = _PUT_BACK & states and SystemState.UNDOING not in states
    stuck = bool(_failed(told) - systems.keys())  # the answer could not be put together or delivered
    # of a letter, of a revisit, of a decision, or of a further answer
    later_failed = any(each.revisit or each.task for each in _waiting_failures(told))
    if SystemState.UNDO_FAILED in states or later_failed:
        ready = not (stuck or waits) and _is_unanswered(told, systems)
        return CaseState.READY if ready else CaseState.NEEDS_ATTENTION  # no letter holds up the answer
    if _delivered(told):
        return CaseState.UNDONE if undone else CaseState.DELIVERED
    assembled = _assembled(told)
    if ended := _ended(told):
        return ended
    if stuck:
        return CaseState.NEEDS_ATTENTION
    if assembled:
        return CaseState.UNDONE if undone else CaseState.ANSWERED
    if told.only(RequestAccepted) is None:
        return CaseState.WAITING if waits else CaseState.RECEIVED
    if _is_unanswered(told, systems):
        return CaseState.WAITING if waits else CaseState.READY
    if {SystemState.FAILED, SystemState.SILENT} & states:
        return CaseState.NEEDS_ATTENTION
    return CaseState.IN_PROGRESS


def _is_unanswered(told: Told, systems: Mapping[str, SystemState]) -> bool:
    """True once all has been done that an answer tells of, and nobody has put it together."""
    done = told.only(RequestAccepted) is not None and all(state.settled for state in systems.values())
    return done and not (_assembled(told) or _ended(told))

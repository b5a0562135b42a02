"""Has every erasure of a system done again after the system was restored from a backup: an operator's command."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from uuid import UUID, uuid4

from sqlalchemy import Connection, select

from habeas.domain.cases import SystemState, derive
from habeas.domain.revisits import ERASING_RIGHTS, has_erased
from habeas.domain.told import Told
from habeas.eventlog import cloudevents
from habeas.ports import Clock
from habeas.storage import audit, cases, custody, outbox, revisits
from habeas.storage.database import Database
from habeas.storage.tables import case_events
from producers.intake import LANE
from schemas.events import Event, TaskCompleted
from schemas.reviews import ReviewCompleted
from schemas.revisits import ReconciliationRequested, RescanDue, RetentionExpired, RevisitCompleted

BATCH_CASES = 200
_DONE = (TaskCompleted, ReviewCompleted, RevisitCompleted)
_ASKING = (RetentionExpired, RescanDue, ReconciliationRequested)


@dataclass(frozen=True, slots=True)
class Replayed:
    """Requests whose erasures are to be done again, and those of which the system is at it already.

    Of those that are `gone` nobody knows any more whom they were about.
    """

    asked: tuple[str, ...]
    under_way: tuple[str, ...]
    gone: tuple[str, ...] = ()


class Reconciliation:
    """The reconciliation producer. Asking twice asks once, as long as the first has not been carried out."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def plan(self, system: str, *, since: date | None = None) -> Replayed:
        """What would be asked: all that was erased in the system on that day or later, or ever."""
        with self._database.reading() as connection:
            states = {id_: _open(events, system) for id_, events in self._erased(connection, system, since)}
            gone = custody.gone(connection, states)
        return Replayed(
            tuple(id_ for id_, is_open in states.items() if not is_open and id_ not in gone),
            tuple(id_ for id_, is_open in states.items() if is_open and id_ not in gone),
            tuple(id_ for id_ in states if id_ in gone),
        )

    def request(self, system: str, *, since: date | None = None, actor: str) -> Replayed:
        """Ask for it. Interrupted, it goes on where it was when it is called again."""
        plan, run = self.plan(system, since=since), uuid4()
        ids = iter(plan.asked)
        while batch := list(islice(ids, BATCH_CASES)):
            self._ask(batch, system, run, actor=actor)
        return plan

    def _ask(self, request_ids: list[str], system: str, run: UUID, *, actor: str) -> None:
        now = self._clock.now()
        with self._database.transaction() as connection:
            found = cases.fetch_many(connection, request_ids)
            events = {
                id_: ReconciliationRequested(request_id=UUID(id_), at=now, system=system, run=run) for id_ in found
            }
            cases.note(connection, list(events.values()))
            revisits.plan(connection, events)
            source = "habeas/reconciliation"
            outbox.add(
                connection,
                LANE,
                [cloudevents.to_message(each, key=found[id_].subject, source=source) for id_, each in events.items()],
            )
            details = {"run": str(run), "system": system, "requests": len(events)}
            audit.note(connection, "reconciliation.requested", actor=actor, now=now, details=details)

    def _erased(self, connection: Connection, system: str, since: date | None) -> Iterator[tuple[str, list[Event]]]:
        completions = select(case_events.c.request_id).where(case_events.c.type.in_([each.type for each in _DONE]))
        for id_ in connection.scalars(completions.distinct().order_by(case_events.c.request_id)).all():
            events = list(cases.timeline(connection, id_))
            case = derive(events)
            if case is None or case.right not in ERASING_RIGHTS:
                continue
            if case.systems.get(system) is SystemState.COMPLETED and _was_erased(events, system, since):
                yield id_, events


def _was_erased(events: list[Event], system: str, since: date | None) -> bool:
    done = [each for each in events if isinstance(each, _DONE) and each.system == system]
    return any(has_erased(each) and (since is None or each.at.date() >= since) for each in done)


def _open(events: list[Event], system: str) -> bool:
    """True while the system is to look, or is looking, again."""
    finished = {str(each.revisit) for each in Told(events).all(RevisitCompleted)}
    return any(isinstance(each, _ASKING) and each.system == system and each.id not in finished for each in events)

"""Undoes an erasure that was wrong: puts back what its originals hold, and gives back to use what it restricted."""

from collections.abc import Iterator, Sequence
from uuid import UUID

import orjson

from consumers.connector.erasures import Erasures, lost
from consumers.connector.originals import OriginalStore
from consumers.connector.plans import PlanStore
from consumers.lease_keeper import LeaseKeeper
from consumers.task_ids import lifting_of, task_id, undo_of
from consumers.worker import Handler
from habeas import failpoints
from habeas.domain.identity import Identity
from habeas.domain.outcomes import Restrict, Retain
from habeas.domain.plans import PlannedRecord
from habeas.domain.progress import Phase
from habeas.domain.records import Record
from habeas.domain.subjects import Subject
from habeas.errors import PermanentError
from habeas.eventlog import cloudevents
from habeas.observability import metrics
from habeas.ports import Clock, Connector, Effects, Refusal, Restricts, Undoes
from habeas.storage import artefacts, cases, ledger, originals, outbox
from habeas.storage.database import Database
from habeas.storage.ledger import Task
from habeas.vault.artefacts import Artefact
from habeas.vault.vault import Vault
from schemas.events import UndoCompleted, UndoRequested

REPORT_SCHEMA = "habeas.refusals.v1"


class Undoing:
    """The handler of the tasks that undo one."""

    def __init__(
        self,
        system: str,
        connector: Connector,
        *,
        plan_store: PlanStore,
        original_store: OriginalStore,
        lane: str,
        database: Database,
        vault: Vault,
        clock: Clock,
    ) -> None:
        self._system = system
        self._connector = connector
        self._plans = plan_store
        self._originals = original_store
        self._erasures = Erasures(system, plan_store=plan_store, original_store=original_store, database=database)
        self._lane = lane
        self._database = database
        self._vault = vault
        self._clock = clock

    def __call__(self, tasks: Sequence[Task], keeper: LeaseKeeper) -> None:
        """Undo one after the other."""
        for task in tasks:
            effects, refusals = self._undo(task, keeper)
            self._complete(task, effects, self._report(task, refusals), refused=len(refusals))

    def _undo(self, task: Task, keeper: LeaseKeeper) -> tuple[Effects, list[Refusal]]:
        """Raises PermanentError if what was kept can't be put back, or the grace time is over."""
        subject = self._subject(task)
        erasure = self._erasures.of(task)
        if not erasure.begun:
            return Effects(), []
        can_undo = isinstance(self._connector, Undoes)
        if erasure.kept and not can_undo:
            raise PermanentError("the system offers no way to undo an erasure")
        refusals = [] if erasure.kept else list(lost(erasure, self._system, keeps=can_undo and self._originals.keeps))
        if not can_undo:
            return Effects(), refusals
        kept = self._originals.newest_first(erasure.id) if erasure.kept else iter(())
        effects, refused = self._put_back(task, subject, kept, keeper)
        return effects, refusals + refused

    def _put_back(
        self, task: Task, subject: Subject, originals_: Iterator[bytes], keeper: LeaseKeeper
    ) -> tuple[Effects, list[Refusal]]:
        refusals = []
        keeper.ensure(task)
        failpoints.reach("undo.before")
        stage = keeper.work.begin([task], Phase.UNDOING)
        connector = stage.watching(self._connector)
        assert isinstance(connector, Undoes), "watching it takes nothing away"
        with connector.undoing(subject, task.id) as restoration:
            for original in stage.passing(task.subject, originals_):
                refusal = restoration.restore(original)
                if refusal is not None:
                    refusals.append(refusal)
                failpoints.reach("undo.inside")
            if isinstance(restoration, Restricts):
                for record in self._restricted_by(task):
                    restoration.lift(record)
        failpoints.reach("undo.after")
        return restoration.earlier or restoration.effects, refusals

    def _restricted_by(self, task: Task) -> Iterator[Record]:
        """What the erasure took out of use, unless another request of the person wants it so."""
        with self._database.reading() as connection:
            if cases.others_that_restrict(connection, task.subject, task.request_id):
                return
            case = cases.fetch(connection, task.request_id)
        decided = case.reviews.completions_of(self._system) if case is not None else []
        erasure = task_id(task.request_id, self._system)
        rounds = self._plans.rounds_by_id([erasure, *(str(each.decision) for each in decided)])
        for round_ in (each for task_rounds in rounds.values() for each in task_rounds):
            with self._plans.opening(round_) as items:
                for item in items:
                    if isinstance(item, PlannedRecord) and _restricts(item):
                        yield item.record

    def _subject(self, task: Task) -> Subject:
        with self._database.reading() as connection:
            case = cases.fetch(connection, task.request_id)
            if case is None or case.accepted is None:
                raise PermanentError("the case has no accepted request")
            id_ = str(case.accepted.identity)
            sealed = artefacts.fetch(connection, [id_])[id_]
        return Identity.of_bytes(self._vault.unseal(sealed)).as_subject(task.subject)

    def _report(self, task: Task, refusals: Sequence[Refusal]) -> Artefact | None:
        if not refusals:
            return None
        lines = b"".join(orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE) for each in refusals)
        return self._vault.seal(task.request_id, lines, system=self._system, schema=REPORT_SCHEMA)

    def _complete(self, task: Task, effects: Effects, report: Artefact | None, *, refused: int) -> None:
        """Settle the task and tell; what is back in its place needs no sealed original any more."""
        now = self._clock.now()
        event = UndoCompleted(
            request_id=UUID(task.request_id),
            at=now,
            system=self._system,
            undo=UndoRequested.read(task.trigger.value or b"").undo,
            effects=effects.as_json(),
            refused=refused,
            report=UUID(report.id) if report else None,
            attempts=task.attempts,
        )
        period = self._originals.grace_of(task_id(task.request_id, self._system))
        with self._database.transaction() as connection:
            ledger.finish(connection, [task], now=now)
            artefacts.add(connection, [report] if report else [])
            if period is not None and not refused:
                originals.close(connection, period.key_id, now=now)
            message = cloudevents.to_message(event, key=task.subject, source=f"habeas/{self._lane}")
            outbox.add(connection, self._lane, [message])
            failpoints.reach("outcome.before_commit")
        failpoints.reach("outcome.after_commit")
        metrics.TASKS_SETTLED.labels(self._system, "done").inc()


def by_kind(fulfilment: Handler, undoing: Handler, lifting: Handler) -> Handler:
    """The handler of every kind of task of a system's line."""

    def handle(tasks: Sequence[Task], keeper: LeaseKeeper) -> None:
        undo = [task for task in tasks if undo_of(task.trigger) is not None]
        lift = [task for task in tasks if lifting_of(task.trigger) is not None]
        fulfil = [task for task in tasks if task not in undo and task not in lift]
        for some, handler in ((fulfil, fulfilment), (undo, undoing), (lift, lifting)):
            if some:
                handler(some, keeper)

    return handle


def _restricts(item: PlannedRecord) -> bool:
    wanted = any(isinstance(each.outcome, Restrict | Retain) for each in item.decisions)
    return wanted and not item.record.restricted

"""Lifts what one request restricted: exactly that, unless another request or a hold still needs it, and looks again."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from consumers.connector.plans import PlanStore
from consumers.connector.restrictions import RestrictionReader, Restrictions
from consumers.connector.revisiting import digest
from consumers.lease_keeper import LeaseKeeper
from consumers.task_ids import lifting_of
from habeas import failpoints
from habeas.digests import DigestSet
from habeas.domain import plans
from habeas.domain.identity import Identity
from habeas.domain.plans import PlannedRecord
from habeas.domain.progress import Phase
from habeas.domain.records import Record
from habeas.domain.subjects import Subject
from habeas.errors import PermanentError
from habeas.eventlog import cloudevents
from habeas.observability import metrics
from habeas.ports import Clock, Connector, Effects, Restricts
from habeas.storage import artefacts, cases, ledger, outbox
from habeas.storage.database import Database
from habeas.storage.ledger import Task
from habeas.vault.artefacts import Artefact
from habeas.vault.vault import Vault
from schemas.lifting import LiftingCompleted

ROUNDS_MAX = 3
"""What is restricted still after so many rounds is told, not chased."""


@dataclass(frozen=True, slots=True)
class _Job:
    """One task, of whom it is, under which key that is sealed, and what the request restricts."""

    task: Task
    subject: Subject
    key_id: str
    known: Restrictions
    keeper: LeaseKeeper


class Lifting:
    """The handler of the tasks that lift."""

    def __init__(
        self,
        system: str,
        connector: Connector,
        *,
        plan_store: PlanStore,
        lane: str,
        database: Database,
        vault: Vault,
        clock: Clock,
    ) -> None:
        self._system = system
        self._connector = connector
        self._reader = RestrictionReader(system, plan_store=plan_store, database=database)
        self._lane = lane
        self._database = database
        self._vault = vault
        self._clock = clock

    def __call__(self, tasks: Sequence[Task], keeper: LeaseKeeper) -> None:
        """Lift one after the other."""
        for task in tasks:
            self._lift(self._job(task, keeper))

    def _lift(self, job: _Job) -> None:
        total, left_over = Effects(), 0
        for number in range(1, ROUNDS_MAX + 1):
            found, left_over = self._still_restricted(job)
            try:
                if left_over or number == 1:  # what an earlier attempt has done is told, too
                    _add(total, self._apply(job, found, number))
            finally:
                self._vault.discard(found)
            if not left_over:
                break
        else:
            last, left_over = self._still_restricted(job)
            self._vault.discard(last)
        self._complete(job.task, total, kept=self._reader.kept(job.known), left_over=left_over)

    def _still_restricted(self, job: _Job) -> tuple[Artefact, int]:
        """Those of the records that are restricted now, as they are found now, sealed; and how many.

        None is the proof that it was done. The plan can't be lifted by: restricting may have moved a record.
        """
        wanted = DigestSet()
        for restricted in self._reader.to_lift(job.known):
            wanted.add(digest(restricted))
        connector = job.keeper.work.begin([job.task], Phase.FINDING).watching(self._connector)
        count = 0
        with self._vault.sealing(job.key_id, system=self._system, schema=plans.SCHEMA) as writer:
            for found in connector.find([job.subject]):
                record = found.what
                if isinstance(record, Record) and record.restricted and digest(record) in wanted:
                    count += 1
                    writer.write(plans.to_line(PlannedRecord(record, ()).without_values()))
        return writer.artefact, count

    def _apply(self, job: _Job, found: Artefact, number: int) -> Effects:
        """Raises PermanentError if the system can't."""
        job.keeper.ensure(job.task)
        failpoints.reach("lift.before")
        connector = job.keeper.work.begin([job.task], Phase.APPLYING).watching(self._connector)
        with connector.applying(job.subject, f"{job.task.id}/{number}") as application:
            if application.earlier is None:
                if not isinstance(application, Restricts):
                    raise PermanentError("the system offers no way to lift a restriction")
                with self._vault.opening(found) as lines:
                    for item in plans.from_lines(lines):
                        assert isinstance(item, PlannedRecord), "nothing else was written"
                        application.lift(item.record)
                failpoints.reach("lift.inside")
        failpoints.reach("lift.after")
        return application.earlier or application.effects

    def _job(self, task: Task, keeper: LeaseKeeper) -> _Job:
        with self._database.reading() as connection:
            case = cases.fetch(connection, task.request_id)
            if case is None or case.accepted is None:
                raise PermanentError("the case has no accepted request")
            id_ = str(case.accepted.identity)
            sealed = artefacts.fetch(connection, [id_])[id_]
        subject = Identity.of_bytes(self._vault.unseal(sealed)).as_subject(task.subject)
        return _Job(task, subject, sealed.request_id, self._reader.of(case), keeper)

    def _complete(self, task: Task, effects: Effects, *, kept: int, left_over: int) -> None:
        asked = lifting_of(task.trigger)
        assert asked is not None, "only such tasks come here"
        now = self._clock.now()
        event = LiftingCompleted(
            request_id=UUID(task.request_id),
            at=now,
            system=self._system,
            lifting=asked.lifting,
            effects=effects.as_json(),
            kept=kept,
            left_over=left_over,
            attempts=task.attempts,
        )
        with self._database.transaction() as connection:
            ledger.finish(connection, [task], now=now)
            message = cloudevents.to_message(event, key=task.subject, source=f"habeas/{self._lane}")
            outbox.add(connection, self._lane, [message])
            failpoints.reach("outcome.before_commit")
        failpoints.reach("outcome.after_commit")
        metrics.TASKS_SETTLED.labels(self._system, "done").inc()


def _add(total: Effects, more: Effects) -> None:
    for collection, verbs in more.counts.items():
        for verb, records in verbs.items():
            total.note(collection, verb, records)

"""Fulfils one system's tasks: find → decide → apply → verify, with the plan stored before anything is changed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import replace
from uuid import UUID

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from consumers.connector.applying import carry_out
from consumers.connector.asking import Asking
from consumers.connector.originals import OriginalStore
from consumers.connector.plans import Asked, Decided, PlanStore, Round
from consumers.connector.sweeping import Swept, is_swept, sweep
from consumers.connector.tally import Tally, as_carried_out
from consumers.lease_keeper import LeaseKeeper
from consumers.task_ids import task_id
from habeas import failpoints
from habeas.domain.requests import Right
from habeas.errors import RetriableError
from habeas.eventlog import cloudevents
from habeas.observability import metrics
from habeas.ports import RETAINED_BY_REFERENCE, Application, Clock, Connector, Effects, Retains, Undoes
from habeas.storage import ledger, outbox
from habeas.storage.database import Database
from habeas.storage.ledger import Task
from habeas.storage.originals import GracePeriod
from habeas.vault.vault import Vault
from schemas.events import TaskCompleted
from schemas.reviews import ReviewCompleted
from schemas.revisits import DataReappeared, RevisitCompleted, cause_of

_Completion = TaskCompleted | ReviewCompleted | RevisitCompleted

ROUNDS_MAX = 3
"""After as many plans for the same task, what is still left is reported instead of chased."""


class Fulfilment:
    """The handler of a connector's worker."""

    def __init__(
        self,
        system: str,
        connector: Connector,
        *,
        plan_store: PlanStore,
        originals: OriginalStore | None = None,
        lane: str,
        database: Database,
        vault: Vault,
        clock: Clock,
        tries_max: int = 1,
    ) -> None:
        """`tries_max` is how often a step is tried within one attempt; without `originals` nothing can be undone."""
        self._tries = Retrying(
            retry=retry_if_exception_type(RetriableError),
            stop=stop_after_attempt(tries_max),
            wait=wait_random_exponential(multiplier=0.05, max=0.5),
            reraise=True,
        )
        self._system = system
        self._connector = connector
        self._plans = plan_store
        self._asking = Asking(system, plan_store=plan_store, database=database, vault=vault)
        self._originals = originals
        self._lane = lane
        self._database = database
        self._clock = clock

    def __call__(self, tasks: Sequence[Task], keeper: LeaseKeeper) -> None:
        """Carry out tasks of different people; one pass finds for all of them.

        A fault of a moment is ridden out here; what lasts longer is raised, for the ledger to try again.
        """
        asked = self._asking.of(tasks)
        stored = self._plans.rounds_of(tasks)
        people = {task.subject: asked[task.id] for task in tasks if task.id not in stored}
        made = self._tries(self._plans.make, people)
        rounds = stored | {id_: [first] for id_, (first, _) in made.items()}
        tallies = {id_: tally for id_, (_, tally) in made.items()}
        tallies |= {id_: self._plans.tally(each[0]) for id_, each in stored.items()}

        self._tell_reappeared(asked, tallies)
        reading = [task for task in tasks if not task.right.changes_data]
        self._complete(
            [self._completion(asked[task.id], rounds[task.id], tallies[task.id], left_over=0) for task in reading],
            reading,
        )
        erased: list[tuple[Task, int]] = []
        for task in tasks:
            if task.right.changes_data:
                left_over = self._change(asked[task.id], rounds[task.id], keeper)
                if is_swept(self._connector, asked[task.id].wish.right) and asked[task.id].decided is None:
                    erased.append((task, left_over))
                    continue
                done = self._completion(asked[task.id], rounds[task.id], tallies[task.id], left_over=left_over)
                self._complete([done], [task])
        if erased:
            planned = {task.subject: rounds[task.id] for task, _ in erased}
            swept = self._tries(
                sweep, self._connector, [asked[task.id].subject for task, _ in erased], self._plans, planned
            )
            completions = [
                self._completion(
                    asked[task.id], rounds[task.id], tallies[task.id], left_over=left_over, swept=swept[task.subject]
                )
                for task, left_over in erased
            ]
            self._complete(completions, [task for task, _ in erased])

    def _tell_reappeared(self, asked: Mapping[str, Asked], tallies: Mapping[str, Tally]) -> None:
        """Before anything is changed: whoever restored or imported it should know, even if erasing it fails."""
        messages = []
        for id_, each in asked.items():
            there = each.revisit.reappeared(tallies[id_].summary()) if each.revisit is not None else {}
            if there:
                event = DataReappeared(
                    request_id=UUID(each.task.request_id),
                    at=self._clock.now(),
                    system=self._system,
                    revisit=UUID(id_),
                    reappeared=there,
                )
                messages.append(cloudevents.to_message(event, key=each.task.subject, source=f"habeas/{self._lane}"))
        if messages:
            with self._database.transaction() as connection:
                outbox.add(connection, self._lane, messages)

    def _change(self, asked: Asked, rounds: list[Round], keeper: LeaseKeeper) -> int:
        """Apply and look again, round by round, until nothing is left; how many records are after the last round."""
        retained: AbstractSet[tuple[str, str]] = frozenset()
        while True:
            current = rounds[-1]
            if current.effects is None:
                retained |= self._tries(self._apply, asked, current, keeper)
            following, left_over = self._plans.make_again(asked, current.number + 1, retained=retained)
            failpoints.reach("verify.after")
            if following is None:
                return left_over
            if current.number >= ROUNDS_MAX:
                self._plans.discard(following)
                return left_over
            self._plans.remember(asked.task, following)
            rounds.append(following)

    def _apply(self, asked: Asked, round_: Round, keeper: LeaseKeeper) -> AbstractSet[tuple[str, str]]:
        """Which records the system's own references keep is told, for the second look to expect them."""
        task = asked.task
        keeper.ensure(task)
        failpoints.reach("apply.before")
        with self._applying(asked, f"{task.id}/{round_.number}") as application:
            if application.earlier is None:
                with self._plans.opening(round_) as items:
                    carry_out(items, application)
                failpoints.reach("apply.inside")
        failpoints.reach("apply.after")
        effects = application.earlier or application.effects
        round_.effects = effects.as_json()
        with self._database.transaction() as connection:
            ledger.note_effects(connection, task, round_.number, round_.effects)
        return application.retained if isinstance(application, Retains) else frozenset()

    def _applying(self, asked: Asked, id_: str) -> AbstractContextManager[Application]:
        """What was to go after a time, or had gone already, is not kept again."""
        task, subject = asked.task, asked.subject
        first = asked.revisit is None
        if (
            first
            and self._originals is not None
            and task.right is Right.ERASURE
            and isinstance(self._connector, Undoes)
        ):
            return self._connector.applying_undoably(subject, id_, self._originals.of(_whole(task)))
        return self._connector.applying(subject, id_)

    def _completion(
        self, asked: Asked, rounds: Sequence[Round], tally: Tally, *, left_over: int, swept: Swept | None = None
    ) -> _Completion:
        task, swept, effects = asked.task, swept or Swept(), _sum(rounds)
        if asked.decided is not None:
            return self._decision_completion(asked, asked.decided, rounds, tally, left_over=left_over)
        what = {
            "request_id": UUID(task.request_id),
            "at": self._clock.now(),
            "system": self._system,
            "plan": tuple(UUID(each.artefact.id) for each in rounds),
            "summary": as_carried_out(tally.summary(), effects) + swept.summary(),
            "effects": effects,
            "unsearched": tally.unsearched,
            "unswept": swept.unswept or None,
            "left_over": left_over,
            "attempts": task.attempts,
        }
        if asked.revisit is not None:
            cause = cause_of(asked.revisit.asked)
            return RevisitCompleted.model_validate(
                {**what, "revisit": UUID(task.id), "cause": cause, "unverified": tally.unverified}
            )
        grace = self._grace(task)
        ending = {"undo_until": grace.until, "originals": UUID(grace.key_id)} if grace else {}
        return TaskCompleted.model_validate({**what, "right": task.right.value, **ending})

    def _grace(self, task: Task) -> GracePeriod | None:
        if self._originals is None or not task.right.changes_data:
            return None
        return self._originals.grace_of(_whole(task).id)

    def _decision_completion(
        self, asked: Asked, decided: Decided, rounds: Sequence[Round], tally: Tally, *, left_over: int
    ) -> ReviewCompleted:
        task, effects = asked.task, _sum(rounds)
        grace = self._grace(task)
        return ReviewCompleted(
            request_id=UUID(task.request_id),
            at=self._clock.now(),
            system=self._system,
            decision=UUID(task.id),
            right=task.right.value,
            plan=tuple(UUID(each.artefact.id) for each in rounds),
            summary=as_carried_out(tally.summary(), effects),
            effects=effects,
            gone=len(decided.records) - tally.records,
            left_over=left_over,
            attempts=task.attempts,
            undo_until=grace.until if grace else None,
            originals=UUID(grace.key_id) if grace else None,
        )

    def _complete(self, completions: Sequence[_Completion], tasks: Sequence[Task]) -> None:
        """Settle tasks and publish what they did, all in one transaction."""
        if not tasks:
            return
        source = f"habeas/{self._lane}"
        messages = [
            cloudevents.to_message(event, key=task.subject, source=source)
            for event, task in zip(completions, tasks, strict=True)
        ]
        now = self._clock.now()
        with self._database.transaction() as connection:
            ledger.finish(connection, tasks, now=now)
            outbox.add(connection, self._lane, messages)
            failpoints.reach("outcome.before_commit")
        failpoints.reach("outcome.after_commit")
        for task in tasks:
            metrics.TASKS_SETTLED.labels(self._system, "done").inc()
            metrics.TASK_SECONDS.labels(self._system).observe((now - task.created_at).total_seconds())


def _whole(task: Task) -> Task:
    """The request's own task: originals are kept with its, so that an undoing puts all of them back."""
    return replace(task, id=task_id(task.request_id, task.system))


def _sum(rounds: Sequence[Round]) -> dict[str, dict[str, int]]:
    total = Effects()
    for each in rounds:
        for collection, verbs in (each.effects or {}).items():
            for verb, records in verbs.items():
                known = total.counts.get(collection, Counter())[verb]
                # A round after a crash meets the same records again: what is kept is a state, not a deed.
                total.note(collection, verb, max(records - known, 0) if verb == RETAINED_BY_REFERENCE else records)
    return total.as_json()

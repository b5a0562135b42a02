"""Fulfils one system's tasks: find → decide → apply → verify, with the plan stored before anything is changed."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from uuid import UUID

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from consumers.connector.applying import carry_out
from consumers.connector.asking import Asking
from consumers.connector.completions import Completion, Completions, whole
from consumers.connector.originals import OriginalStore
from consumers.connector.plans import Asked, PlanStore, Round
from consumers.connector.sweeping import Swept, is_swept, sweep
from consumers.connector.tally import Tally
from consumers.lease_keeper import LeaseKeeper
from consumers.progress import Stage, Work
from habeas import failpoints
from habeas.domain.progress import Phase
from habeas.domain.requests import Right
from habeas.errors import RetriableError
from habeas.eventlog import cloudevents
from habeas.observability import metrics
from habeas.ports import Application, Clock, Connector, Retains, Undoes
from habeas.storage import ledger, outbox, task_rounds
from habeas.storage.database import Database
from habeas.storage.ledger import Task
from habeas.vault.vault import Vault
from schemas.revisits import DataReappeared

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
        self._completions = Completions(system, originals=originals, clock=clock)

    def __call__(self, tasks: Sequence[Task], keeper: LeaseKeeper) -> None:
        """Carry out tasks of different people; one pass finds for all of them.

        A fault of a moment is ridden out here; what lasts longer is raised, for the ledger to try again.
        """
        asked = self._asking.of(tasks)
        rounds, tallies = self._planned(tasks, asked, keeper.work)
        self._tell_reappeared(asked, tallies)
        reading = [task for task in tasks if not task.right.changes_data]
        self._complete(
            [self._completions.of(asked[task.id], rounds[task.id], tallies[task.id], left_over=0) for task in reading],
            reading,
        )
        changing = [task for task in tasks if task.right.changes_data]
        keeper.work.begin(changing, Phase.WAITING)
        erased: list[tuple[Task, int]] = []
        for task in changing:
            left_over = self._change(asked[task.id], rounds[task.id], keeper)
            if is_swept(self._connector, asked[task.id].wish.right) and asked[task.id].decided is None:
                keeper.work.begin([task], Phase.WAITING)
                erased.append((task, left_over))
                continue
            done = self._completions.of(asked[task.id], rounds[task.id], tallies[task.id], left_over=left_over)
            self._complete([done], [task])
        if erased:
            people = {task.subject: asked[task.id] for task, _ in erased}
            swept = self._tries(self._sweep, people, rounds, keeper.work)
            completions = [
                self._completions.of(
                    asked[task.id], rounds[task.id], tallies[task.id], left_over=left_over, swept=swept[task.subject]
                )
                for task, left_over in erased
            ]
            self._complete(completions, [task for task, _ in erased])

    def _planned(
        self, tasks: Sequence[Task], asked: Mapping[str, Asked], work: Work
    ) -> tuple[dict[str, list[Round]], dict[str, Tally]]:
        """By task id; what an earlier attempt has stored stands."""
        stored = self._plans.rounds_of(tasks)
        made = self._tries(self._make, [asked[task.id] for task in tasks if task.id not in stored], work)
        rounds = stored | {id_: [first] for id_, (first, _) in made.items()}
        tallies = {id_: tally for id_, (_, tally) in made.items()}
        for id_, each in stored.items():
            tallies[id_] = self._plans.tally(each[0])
            each[0].records = tallies[id_].records
        return rounds, tallies

    def _make(self, people: Sequence[Asked], work: Work) -> dict[str, tuple[Round, Tally]]:
        stage = work.begin([each.task for each in people], Phase.FINDING)
        return self._plans.make({each.task.subject: each for each in people}, stage)

    def _sweep(
        self, people: Mapping[str, Asked], rounds: Mapping[str, Sequence[Round]], work: Work
    ) -> dict[str, Swept]:
        """By the subject's token, as `people` are; `rounds` are by task id."""
        stage = work.begin([each.task for each in people.values()], Phase.SWEEPING)
        planned = {token: rounds[each.task.id] for token, each in people.items()}
        subjects = [each.subject for each in people.values()]
        return sweep(stage.watching(self._connector), subjects, self._plans, planned)

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
            verifying = keeper.work.begin([asked.task], Phase.VERIFYING)
            following, left_over = self._plans.make_again(asked, current.number + 1, verifying, retained=retained)
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
        stage = keeper.work.begin([task], Phase.APPLYING, of=round_.records)
        with self._applying(asked, f"{task.id}/{round_.number}", stage) as application:
            if application.earlier is None:
                with self._plans.opening(round_) as items:
                    carry_out(stage.passing(task.subject, items), application)
                failpoints.reach("apply.inside")
        failpoints.reach("apply.after")
        effects = application.earlier or application.effects
        round_.effects = effects.as_json()
        with self._database.transaction() as connection:
            task_rounds.note_effects(connection, task, round_.number, round_.effects)
        return application.retained if isinstance(application, Retains) else frozenset()

    def _applying(self, asked: Asked, id_: str, stage: Stage) -> AbstractContextManager[Application]:
        """What was to go after a time, or had gone already, is not kept again."""
        task, subject, connector = asked.task, asked.subject, stage.watching(self._connector)
        first = asked.revisit is None
        if first and self._originals is not None and task.right is Right.ERASURE and isinstance(connector, Undoes):
            return connector.applying_undoably(subject, id_, self._originals.of(whole(task)))
        return connector.applying(subject, id_)

    def _complete(self, completions: Sequence[Completion], tasks: Sequence[Task]) -> None:
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

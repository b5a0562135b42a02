"""Takes due tasks from the ledger and sees each to its end: done, tried again later, or a dead letter."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4, uuid5

import structlog
from sqlalchemy import Connection

from consumers.lease_keeper import LeaseKeeper
from consumers.task_ids import further_task, revisit_of, undo_of
from habeas import failpoints
from habeas.errors import FencedError, HabeasError, PermanentError, SystemDownError
from habeas.eventlog import cloudevents, dead_letters
from habeas.observability import metrics
from habeas.observability.logging import where
from habeas.ports import Clock
from habeas.storage import circuits, ledger, outbox
from habeas.storage import dead_letters as stored_letters
from habeas.storage.circuits import Circuit
from habeas.storage.database import Database
from habeas.storage.ledger import Task
from schemas.events import TaskFailed

log = structlog.get_logger()

Handler = Callable[[Sequence[Task], LeaseKeeper], None]
"""Carries tasks out and settles each in the ledger, in the transaction that publishes what it has done.

It may be given a task again that it carried out in part; two tasks of one subject never come together.
"""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long a task is tried before it becomes a dead letter."""

    attempts_max: int = 8
    age_max: timedelta = timedelta(days=2)
    pause_s_min: float = 2.0
    pause_s_max: float = 900.0

    def pause_s(self, attempts: int) -> float:
        """Before the next attempt: doubling, with full jitter, so that many tasks don't come back at once."""
        doubled = self.pause_s_min * 2.0 ** min(attempts - 1, 20)
        return random.uniform(0.5, 1.0) * min(self.pause_s_max, doubled)  # noqa: S311 - jitter, not a secret

    def is_over(self, task: Task, age: timedelta) -> bool:
        """True if the task has been tried often or long enough."""
        return task.attempts >= self.attempts_max or age >= self.age_max


class Worker:
    """One worker of one system's line."""

    def __init__(
        self,
        system: str,
        handler: Handler,
        *,
        lane: str,
        database: Database,
        clock: Clock,
        patience: Patience | None = None,
        batch_tasks_max: int = 100,
        lease_s: float = 60.0,
    ) -> None:
        self._system = system
        self._handler = handler
        self._lane = lane
        self._database = database
        self._clock = clock
        self._patience = patience or Patience()
        self._batch_tasks_max = batch_tasks_max
        self._lease_s = lease_s
        self._owner = str(uuid4())
        self._down = False

    def step(self) -> int:
        """Carry out what is due, a batch at most; how many tasks were taken."""
        now = self._clock.now()
        with self._database.reading() as connection:
            circuit = circuits.fetch(connection, self._system)
            anything = ledger.has_due(connection, self._system, now=now)
        self._down = circuit is not None
        if not anything or (circuit is not None and now < circuit.retry_at):
            return 0
        with self._database.transaction() as connection:
            held = ledger.lease(
                connection,
                self._system,
                owner=self._owner,
                now=now,
                lease_s=self._lease_s,
                limit=1 if circuit else self._batch_tasks_max,  # one, to see whether the system is back
            )
        if held:
            failpoints.reach("task.leased")
            self._carry_out(held)
        return len(held)

    def _carry_out(self, held: Sequence[Task]) -> None:
        with LeaseKeeper(held, database=self._database, clock=self._clock, lease_s=self._lease_s) as keeper:
            try:
                self._handler(held, keeper)
            except FencedError:
                log.info("task.lease_lost", system=self._system)
                keeper.work.forget()
                self._carry_out_rest(held)
            except SystemDownError as error:
                self._wait_for_system(self._still_held(held), error)
            except Exception as error:  # noqa: BLE001 - no task may stop the line of all others; its class is kept
                keeper.work.forget()
                self._one_by_one(self._still_held(held), error)
            else:
                self._note_back()

    def _one_by_one(self, held: Sequence[Task], error: Exception) -> None:
        """After a failure of a batch: each alone, so that one person's task never fails another's."""
        if len(held) == 1:
            self._note_failure(held[0], error)
            return
        for number, task in enumerate(held):
            self._carry_out([task])
            if self._down:  # it went down meanwhile: the others wait without trying
                self._wait_with_the_others(self._still_held(held[number + 1 :]))
                return

    def _carry_out_rest(self, held: Sequence[Task]) -> None:
        """Whoever lost one lease of a batch still has the others."""
        rest = self._still_held(held)
        if rest and len(rest) < len(held):
            self._carry_out(rest)

    def _still_held(self, held: Sequence[Task]) -> list[Task]:
        with self._database.reading() as connection:
            return [task for task in held if ledger.is_held(connection, task)]

    def _note_back(self) -> None:
        if self._down:
            with self._database.transaction() as connection:
                circuits.close(connection, self._system)
            self._down = False
            metrics.CIRCUIT_OPEN.labels(self._system).set(0)
            log.info("system.back", system=self._system)

    def _wait_for_system(self, held: Sequence[Task], error: SystemDownError) -> None:
        """Nobody's attempt is used up while the system as a whole is down."""
        with self._database.transaction() as connection:
            circuit = circuits.trip(connection, self._system, error_class=type(error).__name__, now=self._clock.now())
            _postpone(connection, held, circuit)
        self._down = True
        metrics.CIRCUIT_OPEN.labels(self._system).set(1)
        log.warning(
            "system.down",
            system=self._system,
            retry_at=circuit.retry_at.isoformat(),
            error_class=type(error).__name__,
        )

    def _wait_with_the_others(self, held: Sequence[Task]) -> None:
        with self._database.transaction() as connection:
            circuit = circuits.fetch(connection, self._system)
            if circuit is not None:  # else another worker has found the system well again, and the leases will end
                _postpone(connection, held, circuit)

    def _note_failure(self, task: Task, error: Exception) -> None:
        now = self._clock.now()
        hopeless = isinstance(error, PermanentError) or self._patience.is_over(task, now - task.tried_since)
        try:
            with self._database.transaction() as connection:
                if hopeless:
                    self._dead_letter(connection, task, error)
                else:
                    due_at = now + timedelta(seconds=self._patience.pause_s(task.attempts))
                    ledger.postpone(
                        connection, task, due_at=due_at, error_class=type(error).__name__, uses_attempt=True
                    )
        except FencedError:
            log.info("task.lease_lost", system=self._system)
            return
        self._report(task, error, hopeless=hopeless)

    def _report(self, task: Task, error: Exception, *, hopeless: bool) -> None:
        ending = "dead_letter" if hopeless else "retry"
        metrics.TASKS_SETTLED.labels(self._system, ending).inc()
        expected = isinstance(error, HabeasError)
        log.warning(
            "task.failed" if hopeless else "task.retry_scheduled",
            system=self._system,
            request_id=task.request_id,
            attempts=task.attempts,
            error_class=type(error).__name__,
            **({} if expected else {"where": where(error)}),
        )

    def _dead_letter(self, connection: Connection, task: Task, error: Exception) -> None:
        error_class = type(error).__name__
        letter = stored_letters.DeadLetter(
            id=str(uuid5(UUID(task.id), str(task.epoch))),
            consumer=self._lane,
            system=self._system,
            request_id=task.request_id,
            task_id=task.id,
            error_class=error_class,
            attempts=task.attempts,
            created_at=self._clock.now(),
            topic=task.trigger.topic,
            partition=task.trigger.partition,
            offset=task.trigger.offset,
        )
        failed = TaskFailed(
            request_id=UUID(task.request_id),
            at=self._clock.now(),
            system=self._system,
            dead_letter=UUID(letter.id),
            error_class=error_class,
            attempts=task.attempts,
            undo=undo_of(task.trigger),
            revisit=UUID(task.id) if revisit_of(task.trigger) is not None else None,
            task=further_task(task.id, task.request_id, task.system, task.trigger),
        )
        if not ledger.fail(connection, task, error_class=error_class):
            return
        stored_letters.add(connection, [letter])
        original = dead_letters.to_message(
            task.trigger,
            letter_id=letter.id,
            consumer=self._lane,
            error_class=error_class,
            attempts=task.attempts,
            system=self._system,
        )
        event = cloudevents.to_message(failed, key=task.subject, source=f"habeas/{self._lane}")
        outbox.add(connection, self._lane, [original, event])
        metrics.DEAD_LETTERS.labels(self._lane).inc()


def _postpone(connection: Connection, held: Sequence[Task], circuit: Circuit) -> None:
    for task in held:
        ledger.postpone(connection, task, due_at=circuit.retry_at, error_class=circuit.error_class, uses_attempt=False)

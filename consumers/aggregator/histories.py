"""What became of a request's tasks, told by its events alone; for a database that is rebuilt from the log."""

from collections.abc import Container, Iterator, Sequence
from uuid import UUID

from consumers.aggregator.projection import GROUP as AGGREGATOR
from consumers.delivery.intake import GROUP as DELIVERER
from consumers.delivery.intake import recipient_tasks
from consumers.task_ids import (
    ANSWER,
    DELIVERY,
    LETTERS,
    RECIPIENTS,
    deciding,
    is_recipients_line,
    letter_delivery_task_id,
    lifting,
    lifting_task_id,
    naming_task_id,
    revisiting,
    supplement_task_id,
    task_id,
    undo_task_id,
    undoing,
    writing,
)
from habeas.domain.cases import Case, CaseState, derive
from habeas.domain.letters import letter_about
from habeas.domain.requests import Matter, Plea, Right, matter
from habeas.domain.reviews import needs_system
from habeas.eventlog.interface import LogRecord
from habeas.eventlog.runner import Received
from habeas.storage.dead_letters import DeadLetter
from habeas.storage.ledger import NewTask, TaskState
from schemas.events import (
    Event,
    ReplayRequested,
    RequestAccepted,
    ResponseAssembled,
    ResponseDelivered,
    TaskCompleted,
    TaskFailed,
    UndoCompleted,
    UndoRequested,
)
from schemas.letters import LetterAssembled, LetterDelivered
from schemas.lifting import LiftingCompleted, LiftingDue
from schemas.recipients import RecipientNotified, RecipientsNamed
from schemas.reviews import ReviewCompleted, ReviewDecided
from schemas.revisits import ReconciliationRequested, RescanDue, RetentionExpired, RevisitCompleted

_CONSUMERS = {ANSWER: AGGREGATOR, LETTERS: AGGREGATOR, RECIPIENTS: AGGREGATOR, DELIVERY: DELIVERER}


class History:
    """What became of a request's tasks, by its events."""

    def __init__(self, told: Sequence[Event]) -> None:
        self._failures = [(_task_of(event), event) for event in told if isinstance(event, TaskFailed)]
        self._replayed = {event.dead_letter: event.at for event in told if isinstance(event, ReplayRequested)}
        self._undone = {
            task_id(event.request_id, event.system): event.at for event in told if isinstance(event, UndoRequested)
        }
        self._done = {id_ for event in told if (id_ := _finished(event))} | self._undone.keys()
        case = derive(told)
        """What its letters are about."""
        self.right: Matter = case.right if case is not None else Plea.COMPLAINT
        self._ended = case is not None and case.state in {CaseState.REFUSED, CaseState.WITHDRAWN}
        known = self._done | self._failed()
        self.has_answer_task = task_id(told[0].request_id, ANSWER) in known or (case is not None and case.wants_answer)
        self.supplements = self._supplements(case, known)
        self.namings = [] if case is None else _namings(case)

    def state(self, id_: str, *, is_letter: bool = False) -> TaskState:
        """Where the task stands; letters go out of a request that was refused or withdrawn too."""
        if id_ in self._done or (self._ended and not is_letter):
            return "done"
        return "failed" if id_ in self._failed() else "pending"

    def letters(self, task_ids: Container[str], trigger: LogRecord) -> list[DeadLetter]:
        """The dead letters of these tasks, those replayed included."""
        return [
            DeadLetter(
                id=str(event.dead_letter),
                consumer=_consumer(event.system),
                system=event.system,
                request_id=str(event.request_id),
                task_id=id_,
                error_class=event.error_class,
                attempts=event.attempts,
                created_at=event.at,
                topic=trigger.topic,
                partition=trigger.partition,
                offset=trigger.offset,
                replayed_at=self._replayed.get(event.dead_letter, self._undone.get(id_)),
            )
            for id_, event in self._failures
            if id_ in task_ids
        ]

    def _supplements(self, case: Case | None, known: set[str]) -> list[str]:
        """The tasks of further answers that were given cause for."""
        if case is None:
            return []
        coming = case.reviews.next_supplement
        ids = [supplement_task_id(case.request_id, ANSWER, number) for number in range(1, coming + 1)]
        return ids if case.wants_supplement or ids[-1] in known else ids[:-1]

    def _failed(self) -> set[str]:
        return {id_ for id_, event in self._failures if event.dead_letter not in self._replayed}


def _namings(case: Case) -> list[str]:
    """The tasks that have named recipients, and the one that is due."""
    known = case.notifying
    return [naming_task_id(case.request_id, run) for run in range(1, known.next_run + known.due)]


def _consumer(system: str) -> str:
    return DELIVERER if is_recipients_line(system) else _CONSUMERS.get(system, f"connector.{system}")


def _finished(event: Event) -> str | None:
    """The task that an event tells the end of."""
    match event:
        case TaskCompleted():
            return task_id(event.request_id, event.system)
        case ReviewCompleted():
            return str(event.decision)
        case RevisitCompleted():
            return str(event.revisit)
        case LiftingCompleted():
            return lifting_task_id(event.request_id, event.system, event.lifting)
        case UndoCompleted():
            return undo_task_id(event.request_id, event.system, event.undo)
        case ResponseAssembled():
            return _numbered(event.request_id, ANSWER, event.supplement)
        case ResponseDelivered():
            return _numbered(event.request_id, DELIVERY, event.supplement)
        case LetterAssembled():
            return str(event.letter)
        case LetterDelivered():
            return letter_delivery_task_id(event.letter)
    return _finished_telling(event)


def _finished_telling(event: Event) -> str | None:
    match event:
        case RecipientsNamed():
            return naming_task_id(event.request_id, event.run)
        case RecipientNotified():
            return str(event.notice)
    return None


def _numbered(request_id: UUID, system: str, supplement: int | None) -> str:
    if supplement is None:
        return task_id(request_id, system)
    return supplement_task_id(request_id, system, supplement)


def _task_of(event: TaskFailed) -> str:
    if event.task is not None:
        return str(event.task)
    if event.revisit is not None:
        return str(event.revisit)
    if event.undo is None:
        return task_id(event.request_id, event.system)
    return undo_task_id(event.request_id, event.system, event.undo)


def tasks_of(each: Received, history: History) -> Iterator[tuple[NewTask, TaskState]]:
    """The tasks that this event gave cause for, and how they stand."""
    event = each.event
    match event:
        case RequestAccepted():
            for system in (*event.systems, *([ANSWER] if history.has_answer_task else [])):
                yield _task(each, history, task_id(event.request_id, system), system, event.right)
        case ResponseAssembled():
            id_ = _numbered(event.request_id, DELIVERY, event.supplement)
            yield _task(each, history, id_, DELIVERY, event.right)
            yield from _after_the_answer(each, event, history)
        case UndoRequested():
            yield undoing(event, each.record), history.state(event.id)
        case LiftingDue():
            task = lifting(event, each.record)
            yield task, history.state(task.id)
        case RetentionExpired() | RescanDue() | ReconciliationRequested():
            yield revisiting(event, each.record, Right.ERASURE), history.state(event.id)
        case ReviewDecided():
            if needs_system(event):
                yield deciding(event, each.record), history.state(str(event.decision))
            for id_ in history.supplements:
                yield _task(each, history, id_, ANSWER, event.right)
        case _:
            yield from _letter_tasks(each, history)


def _after_the_answer(
    each: Received, answer: ResponseAssembled, history: History
) -> Iterator[tuple[NewTask, TaskState]]:
    if answer.supplement is None:
        for id_ in history.namings:
            yield _task(each, history, id_, RECIPIENTS, answer.right)
        if answer.without:
            for id_ in history.supplements:
                yield _task(each, history, id_, ANSWER, answer.right)


def _letter_tasks(each: Received, history: History) -> Iterator[tuple[NewTask, TaskState]]:
    event = each.event
    if isinstance(event, RecipientsNamed):
        for task in recipient_tasks(event, each.record):
            yield task, history.state(task.id, is_letter=True)
        return
    if isinstance(event, LetterAssembled):
        task, _ = _task(each, history, letter_delivery_task_id(event.letter), DELIVERY, event.right)
    elif letter_about(event):
        task = writing(event, each.record, history.right)
    else:
        return
    yield task, history.state(task.id, is_letter=True)


def _task(each: Received, history: History, id_: str, system: str, right: str) -> tuple[NewTask, TaskState]:
    task = NewTask(
        id=id_,
        system=system,
        request_id=str(each.event.request_id),
        subject=(each.record.key or b"").decode(),
        right=matter(right),
        trigger=each.record,
    )
    return task, history.state(id_)

"""Keeps every case up to date with the log, and has letters written, and the answer once all systems have answered."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection

from consumers.task_ids import (
    ANSWER,
    LETTERS,
    RECIPIENTS,
    naming_task_id,
    replayed,
    supplement_task_id,
    task_id,
    writing,
)
from habeas.domain.cases import Case
from habeas.domain.letters import letter_about
from habeas.domain.requests import Plea
from habeas.domain.revisits import ERASING_RIGHTS
from habeas.eventlog import cloudevents
from habeas.eventlog.interface import LogRecord
from habeas.eventlog.runner import Handler, Received
from habeas.ports import Clock
from habeas.storage import cases, ledger, outbox, revisits
from habeas.storage.ledger import NewTask
from schemas.correspondence import RequestRefused, RequestWithdrawn
from schemas.events import CaseChanged, ReplayRequested

GROUP = "aggregator"


def projection(*, lane: str, clock: Clock) -> Handler:
    """The aggregator's handler; a case is derived from the set of its events, so order and duplicates don't matter."""

    def handle(connection: Connection, received: Sequence[Received]) -> None:
        noted = cases.note(connection, [each.event for each in received])
        coming = {id_ for id_, each in noted.items() if _has_more_to_come(each.case)}
        revisits.plan(connection, coming)
        latest = {str(each.event.request_id): each.record for each in received}
        ready = [_task(each.case, latest[id_]) for id_, each in noted.items() if each.case.wants_answer]
        ready += [_task(each.case, latest[id_]) for id_, each in noted.items() if each.case.wants_supplement]
        ready += list(_letters(received, noted))
        ready += [_naming(each.case, latest[id_]) for id_, each in noted.items() if each.case.notifying.due]
        ledger.add(connection, ready, now=clock.now())
        for each in received:
            if isinstance(each.event, ReplayRequested) and each.event.system in {ANSWER, LETTERS, RECIPIENTS}:
                ledger.reopen(connection, replayed(each.event), now=clock.now())
            if isinstance(each.event, RequestRefused | RequestWithdrawn):
                ledger.drop(connection, task_id(each.event.request_id, ANSWER), now=clock.now())
        status = [_status(each.case, clock) for each in noted.values() if each.news]
        source = f"habeas/{lane}"
        outbox.add(
            connection,
            lane,
            [cloudevents.to_message(each, key=str(each.request_id), source=source) for each in status],
        )

    return handle


def _has_more_to_come(case: Case) -> bool:
    return bool(case.completions and case.right in ERASING_RIGHTS) or bool(case.liftings.every)


def _letters(received: Sequence[Received], noted: Mapping[str, cases.Noted]) -> Iterator[NewTask]:
    for each in received:
        kind = letter_about(each.event)
        id_ = str(each.event.request_id)
        if kind is not None and kind.of_complaint:
            yield writing(each.event, each.record, Plea.COMPLAINT)
        elif kind is not None and id_ in noted:
            yield writing(each.event, each.record, noted[id_].case.right)


def _task(case: Case, record: LogRecord) -> NewTask:
    """The task that puts the answer together or, once there is one, the next further answer."""
    further = supplement_task_id(case.request_id, ANSWER, case.reviews.next_supplement)
    return NewTask(
        id=further if case.wants_supplement else task_id(case.request_id, ANSWER),
        system=ANSWER,
        request_id=case.request_id,
        subject=case.subject,
        right=case.right,
        trigger=record,
    )


def _naming(case: Case, record: LogRecord) -> NewTask:
    """The task that names the recipients to be told of what was changed."""
    return NewTask(
        id=naming_task_id(case.request_id, case.notifying.next_run),
        system=RECIPIENTS,
        request_id=case.request_id,
        subject=case.subject,
        right=case.right,
        trigger=record,
    )


def _status(case: Case, clock: Clock) -> CaseChanged:
    return CaseChanged.model_validate(
        {
            "request_id": case.request_id,
            "at": clock.now(),
            "right": case.right.value,
            "state": case.state,
            "due_on": case.due_on,
            "systems": {system: str(state) for system, state in case.systems.items()},
        }
    )

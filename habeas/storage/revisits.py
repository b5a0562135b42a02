"""When each system is to be looked at again: follows from the events of its case, and is written anew with them."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import Connection, Row, and_, delete, insert, or_, select

from habeas.domain.cases import CaseState
from habeas.domain.requests import Right
from habeas.domain.revisits import next_revisits
from habeas.storage import cases as stored_cases
from habeas.storage import custody
from habeas.storage.tables import cases, revisits

_VOID = [CaseState.UNDONE, CaseState.REFUSED, CaseState.WITHDRAWN]
_RESTRICTING = [Right.RESTRICTION, Right.OBJECTION]


def plan(connection: Connection, request_ids: Collection[str]) -> None:
    """Note what the events of these cases ask for, instead of what was noted before; nothing of whom nobody knows."""
    if not request_ids:
        return
    nobody = custody.gone(connection, request_ids)
    rows = [
        {"request_id": id_, "system": each.system, "cause": each.cause, "due_on": each.on}
        for id_ in sorted(set(request_ids) - nobody)
        for each in next_revisits(stored_cases.timeline(connection, id_))
    ]
    connection.execute(delete(revisits).where(revisits.c.request_id.in_(list(request_ids))))
    if rows:
        connection.execute(insert(revisits), rows)


def due(
    connection: Connection, *, today: date, erased_by: date | None, limit: int
) -> Sequence[Row[tuple[object, ...]]]:
    """Rows of (request_id, system, cause, due_on, subject) whose day has come; rescans of what was erased by then."""
    come = and_(revisits.c.cause.in_(["retention", "lifting"]), revisits.c.due_on <= today)
    if erased_by is not None:
        come = or_(come, and_(revisits.c.cause == "rescan", revisits.c.due_on <= erased_by))
    query = select(revisits, cases.c.subject).join(cases, cases.c.request_id == revisits.c.request_id).where(come)
    return connection.execute(query.order_by(revisits.c.due_on, revisits.c.request_id).limit(limit)).all()


def expected(connection: Connection, request_id: str) -> Sequence[Row[tuple[object, ...]]]:
    """What is to come of one request, soonest first."""
    return connection.execute(
        select(revisits).where(revisits.c.request_id == request_id).order_by(revisits.c.due_on)
    ).all()


def forget(connection: Connection, request_id: str) -> None:
    """Look at nothing again for this request."""
    connection.execute(delete(revisits).where(revisits.c.request_id == request_id))


def keeping(connection: Connection, subject: str, *, besides: str) -> Sequence[str]:
    """The person's other requests by which records may be restricted, or kept and restricted meanwhile (Article 17)."""
    query = select(cases.c.request_id).where(
        cases.c.subject == subject,
        cases.c.request_id != besides,
        cases.c.right.in_([*_RESTRICTING, Right.ERASURE, Right.WITHDRAWAL]),
        cases.c.state.not_in(_VOID),
    )
    return connection.scalars(query).all()


def restricting(connection: Connection, subject: str, *, besides: str) -> Sequence[str]:
    """The person's other requests by which records may be restricted (Articles 18 and 21)."""
    query = select(cases.c.request_id).where(
        cases.c.subject == subject,
        cases.c.request_id != besides,
        cases.c.right.in_(_RESTRICTING),
        cases.c.state.not_in(_VOID),
    )
    return connection.scalars(query).all()

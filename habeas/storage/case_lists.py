"""Lists of cases, by what is to be done about them."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, Row, String, cast, func, select

from habeas.domain.cases import CaseState, SystemState
from habeas.domain.requests import Plea
from habeas.storage.tables import cases


def listed(
    connection: Connection,
    *,
    states: Sequence[CaseState] = (),
    due_by: date | None = None,
    incomplete: bool = False,
    limit: int = 100,
) -> Sequence[Row[tuple[object, ...]]]:
    """Rows of the cases table, soonest due first; complaints are listed apart.

    `incomplete` is those alone in which a system was given up and has not done its part since.
    """
    statement = (
        select(cases).where(cases.c.right != Plea.COMPLAINT).order_by(cases.c.due_on, cases.c.opened_at).limit(limit)
    )
    if states:
        statement = statement.where(cases.c.state.in_(states))
    if due_by is not None:
        statement = statement.where(cases.c.due_on <= due_by)
    if incomplete:
        statement = statement.where(cast(cases.c.systems, String).contains(f'"{SystemState.GIVEN_UP}"'))
    return connection.execute(statement).all()


def with_open_reviews(connection: Connection, *, limit: int = 1_000) -> Sequence[str]:
    """The cases in which somebody has to decide something, soonest due first."""
    statement = select(cases.c.request_id).where(cases.c.open_reviews > 0).order_by(cases.c.due_on, cases.c.opened_at)
    return connection.scalars(statement.limit(limit)).all()


def open_reviews(connection: Connection) -> int:
    """In how many records of all cases somebody has to decide."""
    return connection.scalar(select(func.sum(cases.c.open_reviews)).where(cases.c.open_reviews > 0)) or 0

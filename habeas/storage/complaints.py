"""Complaints as they are asked for. They lie among the cases: noted, watched and shredded by the same steps."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, select

from habeas.domain.cases import Case
from habeas.domain.complaints import Complaint, derive_complaint
from habeas.domain.requests import Plea
from habeas.storage import cases as cases_
from habeas.storage.tables import cases


def fetch(connection: Connection, complaint_id: str) -> Complaint | None:
    """The complaint, with all that its events tell."""
    return derive_complaint(cases_.timeline(connection, complaint_id))


def fetch_either(connection: Connection, id_: str) -> Case | Complaint | None:
    """What bears this id, a request or a complaint."""
    return cases_.fetch(connection, id_) or fetch(connection, id_)


def listed(connection: Connection, *, due: bool = False, limit: int = 100) -> Sequence[Complaint]:
    """Soonest due first; with `due` only those without an outcome."""
    query = select(cases.c.request_id).where(cases.c.right == Plea.COMPLAINT)
    if due:
        query = query.where(cases.c.state.in_(cases_.OPEN_STATES))
    ids = connection.scalars(query.order_by(cases.c.due_on, cases.c.opened_at).limit(limit)).all()
    found = _by_id(connection, ids)
    return [found[id_] for id_ in ids]


def _by_id(connection: Connection, ids: Iterable[str]) -> Mapping[str, Complaint]:
    derived = ((id_, derive_complaint(events)) for id_, events in cases_.timelines(connection, set(ids)).items())
    return {id_: complaint for id_, complaint in derived if complaint is not None}

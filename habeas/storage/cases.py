"""Cases as they are asked for: every event noted once, the case derived anew from all of its events."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from habeas.domain.case_time import DueTold
from habeas.domain.cases import Case, CaseState, SystemState, derive
from habeas.domain.complaints import Complaint, derive_complaint
from habeas.domain.custody import ended, may_end
from habeas.domain.requests import Right
from habeas.storage import custody
from habeas.storage.tables import case_events, cases
from schemas.events import BY_TYPE, Event

_CHANGING = (
    "state",
    "systems",
    "due_on",
    "waits_for",
    "stopped_since",
    "due_told",
    "open_reviews",
    "last_letter",
    "silent_since",
    "breaks_silence",
)
OPEN_STATES = [state for state in CaseState if not state.closed]
_VOID = [CaseState.UNDONE, CaseState.REFUSED, CaseState.WITHDRAWN]


@dataclass(frozen=True, slots=True)
class Noted:
    """A case as it stands now; `changed` if it, or one of its systems, would stand otherwise without these events.

    It is `news` if the case or its due date would, or a system is in trouble or out of it: not each time one has done
    its part.
    """

    case: Case
    changed: bool
    news: bool


def note(connection: Connection, events: Sequence[Event]) -> Mapping[str, Noted]:
    """Note the events and return the cases that they belong to, as they stand now, by request id.

    An event that is noted already changes nothing. A case whose opening event has not come yet is not returned, nor a
    complaint, whose row is written here too.
    The cases are held for the rest of the transaction: of two who note at once, the second sees what the first did.
    """
    if not events:
        return {}
    ids = sorted({str(each.request_id) for each in events})
    held = select(cases.c.request_id).where(cases.c.request_id.in_(ids)).order_by(cases.c.request_id)
    connection.execute(held.with_for_update())
    rows = [
        {
            "event_id": each.id,
            "request_id": str(each.request_id),
            "type": each.type,
            "at": each.at,
            "data": each.write(),
        }
        for each in {each.id: each for each in events}.values()
    ]
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    connection.execute(dialect.insert(case_events).on_conflict_do_nothing(), rows)
    told = frozenset(row["event_id"] for row in rows)
    known = _events(connection, set(ids))
    noted = {id_: each for id_, all_ in known.items() if (each := _noted(all_, told))}
    complaints = _complaints(all_ for id_, all_ in known.items() if id_ not in noted)
    if values := [_row(each.case) for each in noted.values() if each.changed] + list(
        map(_row_of_complaint, complaints)
    ):
        insert = dialect.insert(cases)
        changed = {name: insert.excluded[name] for name in _CHANGING}
        connection.execute(insert.on_conflict_do_update(index_elements=["request_id"], set_=changed), values)
    opened = noted.keys() | {each.request_id for each in complaints}
    ending = {str(each.request_id) for each in events if may_end(each)} & opened
    custody.note_ended(connection, {id_: told_last for id_ in ending if (told_last := ended(known[id_]))})
    return noted


def fetch(connection: Connection, request_id: str) -> Case | None:
    """The case, with all that its events tell."""
    return next(iter(_derived(connection, {request_id})), None)


def fetch_many(connection: Connection, request_ids: Sequence[str]) -> Mapping[str, Case]:
    """The cases of these ids that have been opened."""
    return {case.request_id: case for case in _derived(connection, set(request_ids))}


def hold(connection: Connection, request_id: str) -> None:
    """Let nobody else note anything of a case for the rest of the transaction."""
    connection.execute(select(cases.c.request_id).where(cases.c.request_id == request_id).with_for_update())


def later_erasures(connection: Connection, case: Case) -> Sequence[str]:
    """The same person's erasures that were asked for after this case's, and are to stay."""
    later = select(cases.c.request_id).where(
        cases.c.subject == case.subject,
        cases.c.request_id != case.request_id,
        cases.c.right == Right.ERASURE,
        cases.c.opened_at >= case.opened_at,
        cases.c.state.not_in(_VOID),
    )
    return connection.scalars(later.order_by(cases.c.opened_at.desc())).all()


def waiting_for_a_copy(connection: Connection, subject: str) -> str | None:
    """The person's request for a copy that no system acts on yet: erasing now would leave nothing to copy."""
    unanswered = select(cases.c.request_id, cases.c.state).where(
        cases.c.subject == subject,
        cases.c.right.in_([right for right in Right if right.discloses]),
        cases.c.state.in_([CaseState.RECEIVED, CaseState.WAITING, CaseState.NEEDS_ATTENTION]),
    )
    rows = connection.execute(unanswered.order_by(cases.c.opened_at)).all()
    troubled = fetch_many(connection, [row.request_id for row in rows if row.state == CaseState.NEEDS_ATTENTION])
    done_with = {id_ for id_, case in troubled.items() if case.accepted or case.time.told is DueTold.CLOSED}
    return next((row.request_id for row in rows if row.request_id not in done_with), None)


def others_that_restrict(connection: Connection, subject: str, request_id: str) -> Sequence[str]:
    """The person's other requests by which something of theirs is out of use, or erased, and is to stay so."""
    rights = [Right.RESTRICTION, Right.ERASURE]
    others = select(cases.c.request_id).where(
        cases.c.subject == subject,
        cases.c.request_id != request_id,
        cases.c.right.in_(rights),
        cases.c.state.not_in(_VOID),
    )
    ids = connection.scalars(others.order_by(cases.c.opened_at)).all()
    found = fetch_many(connection, ids)
    return [id_ for id_ in ids if id_ not in found or not found[id_].liftings.are_all_lifted]


def timeline(connection: Connection, request_id: str) -> Sequence[Event]:
    """The case's events in order of time."""
    return timelines(connection, {request_id}).get(request_id, [])


def timelines(connection: Connection, request_ids: set[str]) -> Mapping[str, Sequence[Event]]:
    """The same of several, by their ids."""
    return _events(connection, request_ids)


def matching(connection: Connection, prefix: str) -> Sequence[str]:
    """Ids of requests and complaints that begin so, at most ten: an operator need not type all of it."""
    like = cases.c.request_id.startswith(prefix, autoescape=True)
    return connection.scalars(select(cases.c.request_id).where(like).order_by(cases.c.request_id).limit(10)).all()


def any_at_all(connection: Connection) -> bool:
    """True if there is a request or a complaint."""
    return connection.scalar(select(cases.c.request_id).limit(1)) is not None


def _derived(connection: Connection, request_ids: set[str]) -> list[Case]:
    candidates = (derive(events) for events in _events(connection, request_ids).values())
    return [case for case in candidates if case is not None]


def _events(connection: Connection, request_ids: set[str]) -> dict[str, list[Event]]:
    statement = select(case_events).where(case_events.c.request_id.in_(request_ids)).order_by(case_events.c.at)
    events: dict[str, list[Event]] = {}
    for row in connection.execute(statement):
        events.setdefault(row.request_id, []).append(BY_TYPE[row.type].read(row.data))
    return events


def _complaints(histories: Iterable[Sequence[Event]]) -> list[Complaint]:
    return [each for events in histories if (each := derive_complaint(events)) is not None]


def _noted(events: Sequence[Event], told: frozenset[object]) -> Noted | None:
    after = derive(events)
    before = derive(event for event in events if event.id not in told)
    if after is None:
        return None
    if before is None:
        return Noted(after, changed=True, news=True)
    news = (before.state, before.due_on, _troubled(before)) != (after.state, after.due_on, _troubled(after))
    return Noted(after, _row(before) != _row(after), news)


def _troubled(case: Case) -> dict[str, SystemState]:
    fine = {SystemState.PENDING, SystemState.COMPLETED}
    return {system: state for system, state in case.systems.items() if state not in fine}


def _row(case: Case) -> dict[str, object]:
    return {
        **_common(case),
        "systems": dict(case.systems),
        "waits_for": ", ".join(sorted(case.time.open)) or None,
        "stopped_since": case.time.deadline.stopped_since,
        "due_told": case.time.told,
        "open_reviews": case.reviews.open_count,
    }


def _row_of_complaint(complaint: Complaint) -> dict[str, object]:
    nothing: dict[str, object] = {"systems": {}, "waits_for": None, "stopped_since": None, "open_reviews": 0}
    return {**_common(complaint), **nothing, "due_told": complaint.due_told}


def _common(case: Case | Complaint) -> dict[str, object]:
    silence = case.letters.silence
    return {
        "request_id": case.request_id,
        "subject": case.subject,
        "right": case.right,
        "state": case.state,
        "language": case.language,
        "received_on": case.received_on,
        "due_on": case.due_on,
        "opened_at": case.opened_at,
        "last_letter": case.letters.last,
        "silent_since": silence.since if silence else None,
        "breaks_silence": silence.kind if silence else None,
    }

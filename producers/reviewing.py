"""Has people decide what the rules leave open; each decision is audited, and told on the log."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from sqlalchemy import Connection

from habeas.domain import plans
from habeas.domain.cases import Case
from habeas.domain.identity import Identity
from habeas.domain.outcomes import Reason
from habeas.domain.plans import PlannedRecord
from habeas.domain.records import Record
from habeas.domain.reviews import Verdict, controller_of
from habeas.errors import NotFoundError, UserError
from habeas.eventlog import cloudevents
from habeas.ports import Clock
from habeas.storage import artefacts, audit, case_lists, cases, custody, other_people, outbox
from habeas.storage.database import Database
from habeas.vault.record_marks import RecordMarks
from habeas.vault.vault import Vault
from producers.intake import LANE
from schemas.events import SummaryLine, TaskCompleted
from schemas.reviews import DecidedItem, ReviewCompleted, ReviewDecided

ITEMS_MAX = 1_000
"""In one event, so that it stays well below what the log takes."""


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something that waits for a decision; `label` names it within its case.

    `record` is None for copies outside the records; its fields have no values where only a change was planned.
    `count` is in how many rows copies are. `controller` is the client for whom a referred record is held.
    """

    label: str
    system: str
    plan: UUID | None
    line: int
    collection: str
    reasons: tuple[Reason, ...]
    record: Record | None = None
    count: int = 1
    controller: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Which open items are meant; what is empty does not narrow it down."""

    labels: Sequence[str] = ()
    systems: Sequence[str] = ()
    collections: Sequence[str] = ()
    reasons: Sequence[str] = ()
    client: str | None = None

    def of(self, items: Sequence[OpenItem]) -> list[OpenItem]:
        """Those that are meant. Raises NotFoundError for a label that is none of an open item."""
        if unknown := set(self.labels) - {each.label for each in items}:
            raise NotFoundError(f"no open item {', '.join(sorted(unknown))}; 'habeas review list' shows them")
        return [each for each in items if self._means(each)]

    def _means(self, item: OpenItem) -> bool:
        return (
            (not self.labels or item.label in self.labels)
            and (not self.systems or item.system in self.systems)
            and (not self.collections or item.collection in self.collections)
            and (not self.reasons or any(reason in self.reasons for reason in item.reasons))
            and (self.client is None or item.controller == self.client)
        )


class Reviewing:
    """The reviewing producer."""

    def __init__(self, *, database: Database, vault: Vault, marks: RecordMarks, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._marks = marks
        self._clock = clock

    def cases(self) -> list[Case]:
        """Those in which something is open that can be looked up, soonest due first."""
        with self._database.reading() as connection:
            ids = case_lists.with_open_reviews(connection)
            nobody = custody.gone(connection, ids)
            found = cases.fetch_many(connection, ids)
        return [found[id_] for id_ in ids if id_ not in nobody]

    def items(self, case: Case, *, referred: bool = False) -> list[OpenItem]:
        """What is open in a case, or referred and not instructed about. Raises UserError once it was shredded."""
        with self._database.reading() as connection:
            custody.ensure_whole(connection, case.request_id)
            return list(self._items(connection, case, referred=referred))

    def identity(self, case: Case, *, actor: str) -> Identity:
        """What the request states about the person; that somebody looked is noted."""
        if case.accepted is None:
            raise UserError("nobody has proven who asks yet")
        id_ = str(case.accepted.identity)
        with self._database.transaction() as connection:
            custody.ensure_whole(connection, case.request_id)
            sealed = artefacts.fetch(connection, [id_])[id_]
            audit.note(connection, "review.shown", actor=actor, now=self._clock.now(), request_id=case.request_id)
        return Identity.of_bytes(self._vault.unseal(sealed))

    def decide(self, request_id: str, choice: Choice, verdict: Verdict, *, reason: str, actor: str) -> list[OpenItem]:
        """Decide about the open items that are meant; these.

        Raises NotFoundError, and UserError if nothing is meant, it is shredded, or the verdict does not fit all of it.
        """
        if not reason.strip():
            raise UserError("say why, as --reason 'another date of birth': it goes into the audit trail")
        with self._database.transaction() as connection:
            cases.hold(connection, request_id)
            case = cases.fetch(connection, request_id)
            if case is None:
                raise NotFoundError(f"request {request_id} has not been opened on this log yet")
            custody.ensure_whole(connection, request_id)
            if case.assembled is None:
                raise UserError(f"request {request_id} is still under way ({case.state}): decide once it is answered")
            meant = choice.of(list(self._items(connection, case, referred=verdict.is_the_clients)))
            _check(meant, verdict)
            self._tell(connection, case, meant, verdict, reason=reason.strip(), actor=actor)
        return meant

    def _tell(
        self,
        connection: Connection,
        case: Case,
        meant: Sequence[OpenItem],
        verdict: Verdict,
        *,
        reason: str,
        actor: str,
    ) -> None:
        now = self._clock.now()
        events = []
        for (system, plan), items in _by_plan(meant).items():
            for first in range(0, len(items), ITEMS_MAX):
                decided = tuple(
                    self._decided(case, each, reason_)
                    for each in items[first : first + ITEMS_MAX]
                    for reason_ in each.reasons
                )
                events.append(
                    ReviewDecided(
                        request_id=UUID(case.request_id),
                        at=now,
                        right=case.right.value,
                        system=system,
                        decision=_decision_id(case, system, plan, decided, verdict),
                        verdict=verdict.value,
                        plan=plan,
                        items=decided,
                    )
                )
        if verdict is Verdict.OTHER_PERSON:
            records = {item.record for event in events for item in event.items if item.record is not None}
            other_people.add(connection, case.subject, sorted(records), now=now)
        cases.note(connection, events)
        messages = [cloudevents.to_message(event, key=case.subject, source="habeas/review") for event in events]
        outbox.add(connection, LANE, messages)
        audit.note(
            connection,
            "review.decided",
            actor=actor,
            now=now,
            request_id=case.request_id,
            details={"verdict": verdict.value, "items": [each.label for each in meant], "reason": reason},
        )

    def _decided(self, case: Case, item: OpenItem, reason: Reason) -> DecidedItem:
        mark = None
        if item.record is not None:
            mark = self._marks.of(case.subject, item.system, item.collection, item.record.key)
        return DecidedItem(line=item.line, collection=item.collection, reason=reason.value, record=mark)

    def _items(self, connection: Connection, case: Case, *, referred: bool) -> Iterator[OpenItem]:
        waiting = case.reviews.referred if referred else case.reviews.open
        closed = {(each.system, each.plan, item.line) for each in case.reviews.decisions for item in each.items}
        for system in dict.fromkeys(group.system for group in waiting):
            done = case.completions.get(system)
            if done is not None and not referred:
                yield from (each for each in _copies(system, done.summary) if _place(each) not in closed)
            found: list[TaskCompleted | ReviewCompleted] = [
                *([done] if done else []),
                *case.reviews.completions_of(system),
            ]
            sealed = artefacts.fetch(connection, [str(each.plan[0]) for each in found if each.plan])
            for number, plan in enumerate(each.plan[0] for each in found if each.plan):
                of_decision = f"@{str(plan)[:4]}" if number else ""
                with self._vault.opening(sealed[str(plan)]) as lines:
                    for line, planned in enumerate(plans.from_lines(lines)):
                        item = _item(f"{system}:{line}{of_decision}", system, plan, line, planned, referred=referred)
                        if item is not None and _place(item) not in closed:
                            yield item


def _item(
    label: str, system: str, plan: UUID, line: int, planned: plans.PlanItem, *, referred: bool
) -> OpenItem | None:
    if not isinstance(planned, PlannedRecord):
        return None
    outcomes = [each.outcome for each in planned.decisions]
    kind = "refer" if referred else "review"
    reasons = tuple(dict.fromkeys(each.reason for each in outcomes if each.name == kind))
    if not reasons or reasons == (Reason.OTHER_CONTROLLER,):
        return None
    record = planned.record
    return OpenItem(label, system, plan, line, record.collection, reasons, record, controller=controller_of(planned))


def _copies(system: str, summary: Sequence[SummaryLine]) -> Iterator[OpenItem]:
    for number, line in enumerate(summary):
        if line.reason == Reason.UNMAPPED_COPY:
            label = f"{system}:copy-{number}"
            yield OpenItem(label, system, None, number, line.collection, (Reason.UNMAPPED_COPY,), count=line.records)


def _place(item: OpenItem) -> tuple[str, UUID | None, int]:
    return item.system, item.plan, item.line


def _check(meant: Sequence[OpenItem], verdict: Verdict) -> None:
    if not meant:
        raise UserError("no open item is meant; 'habeas review list' shows them")
    for each in meant:
        for reason in each.reasons:
            if not verdict.fits(reason):
                raise UserError(f"{each.label} is open for '{reason}': it can't be decided as {verdict}")


def _by_plan(meant: Sequence[OpenItem]) -> Mapping[tuple[str, UUID | None], list[OpenItem]]:
    grouped: dict[tuple[str, UUID | None], list[OpenItem]] = {}
    for each in meant:
        grouped.setdefault((each.system, each.plan), []).append(each)
    return grouped


def _decision_id(case: Case, system: str, plan: UUID | None, decided: Sequence[DecidedItem], verdict: Verdict) -> UUID:
    lines = ",".join(str(each.line) for each in decided)
    named = hashlib.sha256(f"{system}|{plan}|{lines}|{verdict}".encode()).hexdigest()
    return uuid5(UUID(case.request_id), f"decision.{named}")

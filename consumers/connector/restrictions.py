"""What one request restricts in a system, and which of it the person's other requests or a hold need."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from consumers.connector.plans import PlanStore
from consumers.connector.revisiting import digest
from consumers.task_ids import task_id
from habeas.digests import DigestSet
from habeas.domain.cases import Case
from habeas.domain.outcomes import Outcome, Restrict, Retain
from habeas.domain.plans import PlannedRecord
from habeas.domain.records import Record
from habeas.storage import cases, revisits
from habeas.storage.database import Database
from habeas.vault.errors import ArtefactLostError, KeyDestroyedError
from schemas.event import SummaryLine
from schemas.revisits import RevisitCompleted


@dataclass(slots=True)
class Restrictions:
    """Records by digest: those that a request of the person took out of use, and those that others than `case` need.

    `all_needed` is set where what another request restricted can't be read any more.
    """

    case: Case
    made: DigestSet = field(default_factory=DigestSet)
    needed: DigestSet = field(default_factory=DigestSet)
    all_needed: bool = False

    def is_needed(self, record: Record) -> bool:
        """True if it must stay restricted whatever becomes of this request."""
        return self.all_needed or digest(record) in self.needed


class RestrictionReader:
    """Reads them out of the sealed plans of one system."""

    def __init__(self, system: str, *, plan_store: PlanStore, database: Database) -> None:
        self._system = system
        self._plans = plan_store
        self._database = database

    def of(self, case: Case) -> Restrictions:
        """What a request met restricted already, another of the person's had restricted, or none of them."""
        known = Restrictions(case)
        for planned in self._planned(self._tasks(case)):
            if _wants(planned, Restrict) and not planned.record.restricted:
                known.made.add(digest(planned.record))
        with self._database.reading() as connection:
            ids = revisits.keeping(connection, case.subject, besides=case.request_id)
            others = cases.fetch_many(connection, ids)
        for other in others.values():
            self._add(known, other)
        return known

    def to_lift(self, known: Restrictions) -> Iterator[Record]:
        """What the request restricted, and nothing else needs; each record once."""
        return (record for record in self._made_by(known) if not known.is_needed(record))

    def kept(self, known: Restrictions) -> int:
        """How many of its records must stay as they are."""
        return sum(known.is_needed(record) for record in self._made_by(known))

    def _made_by(self, known: Restrictions) -> Iterator[Record]:
        seen = DigestSet()
        for planned in self._planned(self._tasks(known.case)):
            key = digest(planned.record)
            if _wants(planned, Restrict) and key in known.made and seen.add(key):
                yield planned.record

    def _add(self, known: Restrictions, other: Case) -> None:
        with self._database.reading() as connection:
            told = cases.timeline(connection, other.request_id)
        revisited = [each for each in told if isinstance(each, RevisitCompleted) and each.system == self._system]
        if not any(line.outcome in {"restrict", "retain"} for line in self._lines(other, revisited)):
            return
        stands = not other.liftings.has_lifted(self._system)
        try:
            for planned in self._planned([*self._tasks(other), *(str(each.revisit) for each in revisited)]):
                if _wants(planned, Restrict, Retain):
                    key = digest(planned.record)
                    if not planned.record.restricted:
                        known.made.add(key)
                    if stands or _wants(planned, Retain):
                        known.needed.add(key)
        except (ArtefactLostError, KeyDestroyedError):
            known.all_needed = known.all_needed or stands

    def _lines(self, case: Case, revisited: Sequence[RevisitCompleted]) -> Iterator[SummaryLine]:
        first = case.completions.get(self._system)
        yield from first.summary if first is not None else ()
        for done in case.reviews.completions_of(self._system):
            yield from done.summary
        for again in revisited:
            yield from again.summary

    def _tasks(self, case: Case) -> list[str]:
        decided = case.reviews.completions_of(self._system)
        return [task_id(case.request_id, self._system), *(str(each.decision) for each in decided)]

    def _planned(self, task_ids: Sequence[str]) -> Iterator[PlannedRecord]:
        rounds = self._plans.rounds_by_id(task_ids)
        for round_ in (each for id_ in task_ids for each in rounds.get(id_, ())):
            with self._plans.opening(round_) as items:
                for item in items:
                    if isinstance(item, PlannedRecord):
                        yield item


def _wants(planned: PlannedRecord, *kinds: type[Outcome]) -> bool:
    return any(isinstance(each.outcome, kinds) for each in planned.decisions)

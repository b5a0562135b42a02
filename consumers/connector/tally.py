"""What a plan comes to, in numbers: counted while it streams by, never collected."""

from collections import Counter
from collections.abc import Iterable, Mapping

from habeas.domain.outcomes import Anonymise, Erase, Outcome, Reason, Refer, Retain
from habeas.domain.plans import PlanItem
from habeas.domain.records import Unsearched
from habeas.ports import RETAINED_BY_REFERENCE
from schemas.events import SummaryLine

PLACES_MAX = 100


class Tally:
    """Counts the items of one plan; the first places that could not be searched are kept by name."""

    def __init__(self) -> None:
        self._fates: Counter[tuple[str, Outcome]] = Counter()
        self.records = 0
        self.unsearched = 0
        self.unsearched_places: list[str] = []
        self.unverified = 0
        """Records that are erased by their keys alone: none of the person's identifiers leads to them."""

    def count(self, item: PlanItem) -> None:
        """Count one more."""
        if isinstance(item, Unsearched):
            self.unsearched += 1
            if self.unsearched <= PLACES_MAX:
                self.unsearched_places.append(f"{item.place}: {item.reason}")
            return
        self.records += 1
        for outcome in dict.fromkeys(decision.outcome for decision in item.decisions):
            self._fates[item.record.collection, outcome] += 1
        if not item.record.matched_by and any(isinstance(each.outcome, Erase | Anonymise) for each in item.decisions):
            self.unverified += 1

    def summary(self, *, naming_clients: bool = False) -> tuple[SummaryLine, ...]:
        """One line for each fate that records of a collection met; a record whose fields differ counts in several.

        Clients to whom records are referred are named only if asked for: a sole trader's name is personal data, and
        the summary goes on the log.
        """
        fates: Counter[tuple[str, Outcome]] = Counter()
        for (collection, outcome), records in self._fates.items():
            told = Refer("") if isinstance(outcome, Refer) and not naming_clients else outcome
            fates[collection, told] += records
        return tuple(_line(collection, outcome, records) for (collection, outcome), records in fates.items())


def as_carried_out(summary: Iterable[SummaryLine], effects: Mapping[str, Mapping[str, int]]) -> tuple[SummaryLine, ...]:
    """The summary of a plan, with what its system's own references kept told as retained instead of erased."""
    kept = {collection: verbs[RETAINED_BY_REFERENCE] for collection, verbs in effects.items() if _keeps(verbs)}
    told = []
    for line in summary:
        retained = min(kept.get(line.collection, 0), line.records) if line.outcome == "erase" else 0
        if retained < line.records:
            told.append(line.model_copy(update={"records": line.records - retained}))
        if retained:
            told.append(_line(line.collection, Retain("", None, Reason.REFERENCED), retained))
    return tuple(told)


def _keeps(verbs: Mapping[str, int]) -> bool:
    return bool(verbs.get(RETAINED_BY_REFERENCE))


def _line(collection: str, outcome: Outcome, records: int) -> SummaryLine:
    return SummaryLine(
        collection=collection,
        outcome=outcome.name,
        reason=outcome.reason,
        rule=(outcome.rule or None) if isinstance(outcome, Retain) else None,
        until=outcome.until if isinstance(outcome, Retain) else None,
        controller=(outcome.controller or None) if isinstance(outcome, Refer) else None,
        records=records,
    )

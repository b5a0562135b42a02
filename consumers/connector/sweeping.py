"""After an erasure: the copies that were found where nobody said that people are, for a person to look at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from consumers.connector.plans import PlanStore, Round
from habeas.domain.outcomes import Anonymise, Decision, Erase, Reason, Review
from habeas.domain.plans import PlannedRecord
from habeas.domain.records import Found, Leftover
from habeas.domain.requests import Right
from habeas.domain.subjects import Subject
from habeas.ports import Connector, Sweeps
from schemas.events import SummaryLine

PLACES_MAX = 100
"""Of one person in one system; the records in further ones are told as a sum."""

OTHER_PLACES = "other places"


@dataclass(slots=True)
class Swept:
    """What looking through a whole system brought up about one person; `unswept` has a reason for each place."""

    leftovers: list[Leftover] = field(default_factory=list)
    unswept: dict[str, str] = field(default_factory=dict)

    def summary(self) -> tuple[SummaryLine, ...]:
        """One line for each place, those with most records first."""
        return tuple(_line(place, records) for place, records in self._counts())

    def _counts(self) -> Iterator[tuple[str, int]]:
        ordered = sorted(self.leftovers, key=lambda each: (-each.records, each.place))
        yield from ((each.place, each.records) for each in ordered[:PLACES_MAX])
        if further := ordered[PLACES_MAX:]:
            yield OTHER_PLACES, sum(each.records for each in further)


def is_swept(connector: Connector, right: Right) -> bool:
    """True if a request of this right ends with looking through the whole system."""
    return right is Right.ERASURE and isinstance(connector, Sweeps)


def sweep(
    connector: Connector, subjects: Sequence[Subject], plans: PlanStore, planned: Mapping[str, Sequence[Round]]
) -> dict[str, Swept]:
    """Look through a system once for all of these people; by the subject's token. Raises as a connector does.

    `planned` has each subject's plans: what they were to leave is no copy.
    """
    swept = {subject.token: Swept() for subject in subjects}
    unswept: dict[str, str] = {}
    for each in connector.sweep(subjects, lambda: _kept(plans, planned)) if isinstance(connector, Sweeps) else ():
        if isinstance(each, Leftover):
            swept[each.subject].leftovers.append(each)
        elif len(unswept) < PLACES_MAX:
            unswept[each.place] = each.reason
        else:
            unswept[OTHER_PLACES] = each.reason
    for one in swept.values():
        one.unswept = unswept
    return swept


def _kept(plans: PlanStore, planned: Mapping[str, Sequence[Round]]) -> Iterator[Found]:
    """The records of which something was to be left where it is."""
    for token, rounds in planned.items():
        for each in rounds:
            with plans.opening(each) as items:
                for item in items:
                    if isinstance(item, PlannedRecord) and not all(map(_goes, item.decisions)):
                        yield Found(token, item.record)


def _goes(decision: Decision) -> bool:
    return isinstance(decision.outcome, Erase | Anonymise)


def _line(place: str, records: int) -> SummaryLine:
    return SummaryLine(
        collection=place, outcome=Review(Reason.UNMAPPED_COPY).name, reason=Reason.UNMAPPED_COPY, records=records
    )

"""Whom to try a request with: people of the sample who have several records in each of the four systems."""

from dataclasses import dataclass

from habeas.domain.requests import Right
from habeas.domain.subjects import Identifier
from habeas.errors import UserError
from habeas.sample.people import EVERYWHERE, Relation
from habeas.sample.truth import SYSTEMS, GroundTruth, Truth

_WHO = {
    Right.ACCESS: Relation.CUSTOMER,
    Right.ERASURE: Relation.FORMER,  # so that some of what is found must be kept
    Right.RESTRICTION: Relation.CUSTOMER,
}


@dataclass(frozen=True, slots=True)
class Trial:
    """A request to submit."""

    right: Right
    person: Truth

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """What the request names the person by."""
        return self.person.identifiers


def people_to_try(truth: GroundTruth) -> tuple[Trial, Trial, Trial]:
    """One person each for access, erasure and restriction, whom nobody else may be taken for.

    Raises UserError if the seed happens to have given all of them look-alikes.
    """
    taken: set[int] = set()
    trials = []
    for right, relation in _WHO.items():
        candidates = (truth.people[number] for number, other in EVERYWHERE.items() if other is relation)
        person = next((each for each in candidates if each.number not in taken and _is_everywhere(each)), None)
        if person is None:
            raise UserError("this sample has nobody to try the requests with: make it again with another --seed")
        taken.add(person.number)
        trials.append(Trial(right, person))
    access, erasure, restriction = trials
    return access, erasure, restriction


def _is_everywhere(person: Truth) -> bool:
    strong = [[place for place in person.places_in(system) if place.strong] for system in SYSTEMS]
    return not person.look_alikes and all(len(places) > 1 for places in strong)

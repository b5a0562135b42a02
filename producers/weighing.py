"""Takes the outcome of weighing an objection: it ends for good, or there are compelling grounds (Article 21(1)).

Upheld, each system erases what has no other use, and a further answer tells so. Overridden, the person is told the
grounds by letter, and the restriction is lifted some days after. An objection to direct marketing is never weighed.
"""

from uuid import UUID, uuid5

from habeas.domain.cases import Case
from habeas.domain.lifting import to_weigh
from habeas.domain.requests import Right
from habeas.domain.reviews import Verdict
from habeas.domain.words import Words
from habeas.errors import UserError
from habeas.ports import Clock
from habeas.storage.database import Database
from producers.lifting import Announcing, opened, tell
from schemas.events import Event
from schemas.lifting import ObjectionWeighed, Weighed
from schemas.reviews import ReviewDecided


class Weighing:
    """The weighing producer."""

    def __init__(self, *, announcing: Announcing, database: Database, clock: Clock) -> None:
        self._announcing = announcing
        self._database = database
        self._clock = clock

    def weigh(self, request_id: str, outcome: Weighed, words: Words, *, actor: str) -> Case:
        """Note the outcome, once; the case as it stands afterwards.

        The reasons are sealed; of an overridden objection the person is told them. Raises NotFoundError, and UserError
        where there is nothing to weigh.
        """
        now = self._clock.now()
        with self._database.transaction() as connection:
            case = opened(connection, request_id)
            waiting = _to_weigh(case)
            sealed = self._announcing.seal(connection, request_id, words)
            events: list[Event] = [ObjectionWeighed(request_id=UUID(request_id), at=now, outcome=outcome, words=sealed)]
            if outcome == "upheld":
                events += [
                    ReviewDecided(
                        request_id=UUID(request_id),
                        at=now,
                        right=case.right.value,
                        system=system,
                        decision=uuid5(UUID(request_id), f"upheld.{system}"),
                        verdict=Verdict.UPHELD.value,
                        items=(),
                    )
                    for system in waiting
                ]
            elif restricted := [each for each in waiting if case.liftings.in_force.get(each)]:
                events.append(
                    self._announcing.announcement(case, restricted, words=sealed, now=now, ground="overridden")
                )
            else:
                raise UserError("nothing is restricted: 'habeas review' shows the records that wait for a decision")
            details = {"outcome": str(outcome)}
            return tell(connection, case, events, "objection.weighed", actor=actor, now=now, details=details)


def _to_weigh(case: Case) -> tuple[str, ...]:
    if case.right is not Right.OBJECTION:
        raise UserError(f"request {case.request_id[:8]} is one for {case.right}: only an objection is weighed")
    if case.liftings.weighed is not None:
        raise UserError(f"the objection has been weighed already: {case.liftings.weighed.outcome}")
    waiting = to_weigh(case.completions)
    if not waiting:
        raise UserError("nothing waits to be weighed; an objection to direct marketing never is (Article 21(3))")
    return waiting

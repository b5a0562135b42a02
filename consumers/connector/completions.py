"""What a system's task tells when it is done: the event of what was found, decided, really done, and is left."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from consumers.connector.originals import OriginalStore
from consumers.connector.plans import Asked, Decided, Round
from consumers.connector.sweeping import Swept
from consumers.connector.tally import Tally, as_carried_out
from consumers.task_ids import task_id
from habeas.ports import RETAINED_BY_REFERENCE, Clock, Effects
from habeas.storage.ledger import Task
from habeas.storage.originals import GracePeriod
from schemas.events import TaskCompleted
from schemas.reviews import ReviewCompleted
from schemas.revisits import RevisitCompleted, cause_of

Completion = TaskCompleted | ReviewCompleted | RevisitCompleted


class Completions:
    """Makes one system's."""

    def __init__(self, system: str, *, originals: OriginalStore | None, clock: Clock) -> None:
        self._system = system
        self._originals = originals
        self._clock = clock

    def of(
        self, asked: Asked, rounds: Sequence[Round], tally: Tally, *, left_over: int, swept: Swept | None = None
    ) -> Completion:
        """The event of a task, whatever it was about."""
        task, swept, effects = asked.task, swept or Swept(), _sum(rounds)
        if asked.decided is not None:
            return self._decision_completion(asked, asked.decided, rounds, tally, left_over=left_over)
        what = {
            "request_id": UUID(task.request_id),
            "at": self._clock.now(),
            "system": self._system,
            "plan": tuple(UUID(each.artefact.id) for each in rounds),
            "summary": as_carried_out(tally.summary(), effects) + swept.summary(),
            "effects": effects,
            "unsearched": tally.unsearched,
            "unswept": swept.unswept or None,
            "left_over": left_over,
            "attempts": task.attempts,
        }
        if asked.revisit is not None:
            cause = cause_of(asked.revisit.asked)
            return RevisitCompleted.model_validate(
                {**what, "revisit": UUID(task.id), "cause": cause, "unverified": tally.unverified}
            )
        grace = self._grace(task)
        ending = {"undo_until": grace.until, "originals": UUID(grace.key_id)} if grace else {}
        return TaskCompleted.model_validate({**what, "right": task.right.value, **ending})

    def _grace(self, task: Task) -> GracePeriod | None:
        if self._originals is None or not task.right.changes_data:
            return None
        return self._originals.grace_of(whole(task).id)

    def _decision_completion(
        self, asked: Asked, decided: Decided, rounds: Sequence[Round], tally: Tally, *, left_over: int
    ) -> ReviewCompleted:
        task, effects = asked.task, _sum(rounds)
        grace = self._grace(task)
        return ReviewCompleted(
            request_id=UUID(task.request_id),
            at=self._clock.now(),
            system=self._system,
            decision=UUID(task.id),
            right=task.right.value,
            plan=tuple(UUID(each.artefact.id) for each in rounds),
            summary=as_carried_out(tally.summary(), effects),
            effects=effects,
            gone=len(decided.records) - tally.records if decided.records is not None else 0,
            left_over=left_over,
            attempts=task.attempts,
            undo_until=grace.until if grace else None,
            originals=UUID(grace.key_id) if grace else None,
        )


def whole(task: Task) -> Task:
    """The request's own task: originals are kept with its, so that an undoing puts all of them back."""
    return replace(task, id=task_id(task.request_id, task.system))


def _sum(rounds: Sequence[Round]) -> dict[str, dict[str, int]]:
    total = Effects()
    for each in rounds:
        for collection, verbs in (each.effects or {}).items():
            for verb, records in verbs.items():
                known = total.counts.get(collection, Counter())[verb]
                # A round after a crash meets the same records again: what is kept is a state, not a deed.
                total.note(collection, verb, max(records - known, 0) if verb == RETAINED_BY_REFERENCE else records)
    return total.as_json()

"""How far the erasure went that is to be undone, and what of it nobody can put back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from consumers.connector.originals import OriginalStore
from consumers.connector.plans import PlanStore
from consumers.task_ids import task_id
from habeas.ports import RETAINED_BY_REFERENCE, Refusal
from habeas.storage import cases
from habeas.storage.database import Database
from habeas.storage.ledger import Task

_LIFTED = "restricted"


@dataclass(frozen=True, slots=True)
class Erasure:
    """One request's erasure in a system; `id` is its task's.

    `effects` are those of its rounds, None for a round that was broken off. `kept` is True if originals were kept, be
    they destroyed by now.
    """

    id: str
    begun: bool
    kept: bool
    effects: Sequence[Mapping[str, Mapping[str, int]] | None]


class Erasures:
    """Those of one system."""

    def __init__(
        self, system: str, *, plan_store: PlanStore, original_store: OriginalStore, database: Database
    ) -> None:
        self._system = system
        self._plans = plan_store
        self._originals = original_store
        self._database = database

    def of(self, undoing: Task) -> Erasure:
        """What an undoing is about. An erasure is begun once its first plan is stored."""
        id_ = task_id(undoing.request_id, self._system)
        with self._database.reading() as connection:
            case = cases.fetch(connection, undoing.request_id)
        done = case.completions.get(self._system) if case is not None else None
        decided = case.reviews.completions_of(self._system) if case is not None else ()
        told = [each.originals for each in (*decided, *([done] if done else []))]
        rounds = self._plans.rounds_by_id([id_, *(str(each.decision) for each in decided)])
        return Erasure(
            id_,
            begun=bool(rounds) or done is not None,
            kept=any(told) or self._originals.has_kept(id_),
            effects=[each.effects for task_rounds in rounds.values() for each in task_rounds],
        )


def lost(erasure: Erasure, system: str, *, keeps: bool) -> Iterator[Refusal]:
    """What was done, or may have been, without originals. With `keeps` nothing is erased whose original is not kept."""
    for effects in erasure.effects:
        if effects is None and not keeps:
            yield Refusal(system, "the erasure was broken off, may have been carried out, and no originals were kept")
        for collection, verbs in (effects or {}).items():
            spared = {RETAINED_BY_REFERENCE, *([_LIFTED] if keeps else [])}
            records = sum(number for verb, number in verbs.items() if verb not in spared)
            if records:
                yield Refusal(collection, f"{records:,} records were changed, and no originals were kept")

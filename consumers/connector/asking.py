"""What a task is about: who asks and for what, unsealed, and for a revisit what was done before."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from consumers.connector.plans import Asked, Decided, PlanStore, Round
from consumers.connector.revisiting import Revisit
from consumers.task_ids import is_decision, revisit_of, task_id
from habeas.domain import plans
from habeas.domain.cases import Case, SystemState
from habeas.domain.identity import Identity
from habeas.domain.plans import PlannedRecord
from habeas.domain.requests import Right
from habeas.domain.reviews import Verdict, controller_of
from habeas.domain.wishes import Wish
from habeas.errors import PermanentError
from habeas.storage import artefacts, cases, revisits
from habeas.storage.database import Database
from habeas.storage.ledger import Task
from habeas.vault.artefacts import Artefact
from habeas.vault.errors import ArtefactLostError, KeyDestroyedError
from habeas.vault.vault import UnlockedVault, Vault
from schemas.events import RequestAccepted
from schemas.lifting import Weighed
from schemas.reviews import ReviewCompleted, ReviewDecided
from schemas.revisits import RevisitAsked, RevisitCompleted


class Asking:
    """Reads what was sealed for one system's tasks."""

    def __init__(self, system: str, *, plan_store: PlanStore, database: Database, vault: Vault) -> None:
        self._system = system
        self._plans = plan_store
        self._database = database
        self._vault = vault

    def of(self, tasks: Sequence[Task]) -> dict[str, Asked]:
        """By task id. Raises PermanentError where what was sealed is gone."""
        revisits_asked = {task.id: asked for task in tasks if (asked := revisit_of(task.trigger)) is not None}
        decided = {
            task.id: ReviewDecided.read(task.trigger.value or b"") for task in tasks if is_decision(task.trigger)
        }
        identities = self._identity_ids(tasks, {**revisits_asked, **decided})
        with self._database.reading() as connection:
            plan_ids = [str(each.plan) for each in decided.values() if each.plan is not None]
            sealed = artefacts.fetch(connection, [*identities.values(), *plan_ids])
        vault = self._vault.unlocked([sealed[id_].request_id for id_ in identities.values()])
        known: dict[str, Asked] = {}
        for task in tasks:
            artefact = sealed[identities[task.id]]
            identity = Identity.of_bytes(vault.unseal(artefact))
            subject = identity.as_subject(task.subject)
            named = _named(decided[task.id], sealed, vault) if task.id in decided else None
            weighed = self._weighed(task, named, again=task.id in revisits_asked)
            wish = replace(identity.wish, weighed=weighed, request=task.request_id)
            revisit = self._revisit(task, revisits_asked[task.id], wish) if task.id in revisits_asked else None
            known[task.id] = Asked(task, subject, wish, artefact.request_id, revisit, named)
        return known

    def _identity_ids(self, tasks: Sequence[Task], asked: Mapping[str, RevisitAsked | ReviewDecided]) -> dict[str, str]:
        ids = {
            task.id: str(RequestAccepted.read(task.trigger.value or b"").identity)
            for task in tasks
            if task.id not in asked
        }
        if asked:
            with self._database.reading() as connection:
                found = cases.fetch_many(connection, [str(each.request_id) for each in asked.values()])
            ids |= {id_: _identity_id(found.get(str(each.request_id))) for id_, each in asked.items()}
        return ids

    def _weighed(self, task: Task, decided: Decided | None, *, again: bool) -> Weighed | None:
        """What was found about an objection: carried out, looked at again, or come to by a system that was down."""
        if decided is not None and decided.records is None:
            return "upheld"
        if not again and (decided is not None or task.right is not Right.OBJECTION):
            return None
        with self._database.reading() as connection:
            case = cases.fetch(connection, task.request_id)
        weighed = case.liftings.weighed if case is not None else None
        return weighed.outcome if weighed is not None else None

    def _revisit(self, task: Task, asked: RevisitAsked, wish: Wish) -> Revisit:
        with self._database.reading() as connection:
            case = cases.fetch(connection, task.request_id)
        moot = case is None or case.systems.get(self._system) is not SystemState.COMPLETED
        revisit = Revisit(asked, system=self._system, wish=wish, moot=moot)
        if not moot:
            self._remember(revisit, task)
        return revisit

    def _remember(self, revisit: Revisit, task: Task) -> None:
        with self._database.reading() as connection:
            done = [
                str(each.revisit)
                for each in cases.timeline(connection, task.request_id)
                if isinstance(each, RevisitCompleted) and each.system == self._system
            ]
            case = cases.fetch(connection, task.request_id)
            found = revisits.restricting(connection, task.subject, besides=task.request_id)
            others = cases.fetch_many(connection, found)
        decided = case.reviews.completions_of(self._system) if case is not None else []
        before = [task_id(task.request_id, self._system), *(str(each.decision) for each in decided), *done]
        rounds = self._plans.rounds_by_id(before)
        for id_ in before:
            for each in rounds.get(id_, ()):
                revisit.remember(partial(self._plans.opening, each), each.effects)
        of_some = {str(each.decision) for each in decided if not _is_upheld(case, each)}
        last = next((rounds[id_] for id_ in reversed(before) if id_ in rounds and id_ not in of_some), None)
        if last:
            revisit.remember_left(partial(self._plans.opening, last[0]))
        for other in others.values():
            if not other.liftings.has_lifted(self._system):
                self._keep_restricted(revisit, task_id(other.request_id, self._system))

    def _keep_restricted(self, revisit: Revisit, task: str) -> None:
        """A plan that can't be read any more keeps everything as it is."""
        try:
            rounds: Sequence[Round] = self._plans.rounds_by_id([task]).get(task, ())
            for each in rounds:
                revisit.keep_restricted(partial(self._plans.opening, each))
        except (ArtefactLostError, KeyDestroyedError):
            revisit.keep_restricted(None)


def _is_upheld(case: Case | None, done: ReviewCompleted) -> bool:
    decisions = case.reviews.decisions if case is not None else ()
    return any(each.decision == done.decision and Verdict(each.verdict) is Verdict.UPHELD for each in decisions)


def _identity_id(case: Case | None) -> str:
    if case is None or case.accepted is None:
        raise PermanentError("the case has no accepted request")
    return str(case.accepted.identity)


def _named(decided: ReviewDecided, sealed: Mapping[str, Artefact], vault: UnlockedVault) -> Decided:
    """The records of a decision, by their lines in the plan that it was made about."""
    if decided.plan is None:
        return Decided(None)
    lines = {each.line for each in decided.items}
    instructed = Verdict(decided.verdict).is_the_clients
    records: dict[tuple[str, str], str | None] = {}
    with vault.opening(sealed[str(decided.plan)]) as content:
        for line, item in enumerate(plans.from_lines(content)):
            if line in lines and isinstance(item, PlannedRecord):
                records[item.record.collection, item.record.key] = controller_of(item) if instructed else None
    return Decided(records)

"""Puts answers together from what the systems have sealed, and seals them in turn."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from consumers.aggregator.supplement import Opening, summary_of, supplement_artefacts, supplement_outcomes
from consumers.lease_keeper import LeaseKeeper
from consumers.progress import Stage
from consumers.task_ids import ANSWER, task_id
from habeas import failpoints
from habeas.domain.cases import Case, SystemState
from habeas.domain.identity import Identity
from habeas.domain.outcomes import Reason
from habeas.domain.plans import PlanItem
from habeas.domain.progress import Phase
from habeas.domain.register import Register
from habeas.domain.subjects import Identifier
from habeas.domain.suppression import reachable, reason_to_suppress
from habeas.errors import PermanentError
from habeas.eventlog import cloudevents
from habeas.letters.answer import Answer, SystemOutcome
from habeas.letters.package import Assembler
from habeas.observability import metrics
from habeas.ports import Clock
from habeas.storage import artefacts, cases, ledger, outbox, suppressions
from habeas.storage.database import Database
from habeas.storage.ledger import Task
from habeas.vault.artefacts import Artefact
from habeas.vault.fingerprints import Fingerprints
from habeas.vault.vault import UnlockedVault, Vault
from schemas.events import ResponseAssembled

PACKAGE_SCHEMA = "habeas.package.v1"
LETTER_SCHEMA = "habeas.letter.v1"


@dataclass(frozen=True, slots=True)
class Assembled:
    """An answer, sealed, and the event that tells of it."""

    event: ResponseAssembled
    package: Artefact
    letter: Artefact
    identity: Identity


class Assembly:
    """The handler of the aggregator's worker."""

    def __init__(
        self,
        *,
        titles: Mapping[str, str],
        lane: str,
        database: Database,
        vault: Vault,
        fingerprints: Fingerprints,
        register: Register,
        assembler: Assembler,
        clock: Clock,
    ) -> None:
        """`fingerprints` are those of the suppression list."""
        self._titles = titles
        self._lane = lane
        self._database = database
        self._vault = vault
        self._fingerprints = fingerprints
        self._register = register
        self._assembler = assembler
        self._clock = clock

    def __call__(self, tasks: Sequence[Task], keeper: LeaseKeeper) -> None:
        """Assemble each task's answer, then settle all of them at once."""
        found = self._cases(tasks)
        vault = self._vault.unlocked([task.request_id for task in tasks])
        supplements = {task.id for task in tasks if task.id != task_id(task.request_id, ANSWER)}
        assembled = [
            self._assemble(
                case, sealed, vault, keeper.work.begin([task], Phase.ASSEMBLING), further=task.id in supplements
            )
            for task, (case, sealed) in zip(tasks, found, strict=True)
        ]
        source = f"habeas/{self._lane}"
        suppressed = self._suppressed(assembled)
        with self._database.transaction() as connection:
            for reason, macs in suppressed:
                suppressions.add(connection, macs, reason=reason, now=self._clock.now())
            ledger.finish(connection, tasks, now=self._clock.now())
            artefacts.add(connection, [part for each in assembled for part in (each.package, each.letter)])
            messages = [
                cloudevents.to_message(each.event, key=task.subject, source=source)
                for each, task in zip(assembled, tasks, strict=True)
            ]
            outbox.add(connection, self._lane, messages)
            failpoints.reach("answer.before_commit")
        failpoints.reach("answer.after_commit")
        metrics.TASKS_SETTLED.labels("answer", "done").inc(len(tasks))

    def _suppressed(self, assembled: Sequence[Assembled]) -> list[tuple[Reason, dict[Identifier, bytes]]]:
        """Who must not be written to any more, and why."""
        purposes = self._register.purposes
        return [
            (reason, self._fingerprints.of(reachable(each.identity.identifiers)))
            for each in assembled
            if (reason := reason_to_suppress(each.identity.wish, purposes)) is not None
        ]

    def _cases(self, tasks: Sequence[Task]) -> list[tuple[Case, Mapping[str, Artefact]]]:
        with self._database.reading() as connection:
            found = cases.fetch_many(connection, [task.request_id for task in tasks])
            needed = [id_ for case in found.values() for id_ in _artefacts_of(case)]
            sealed = artefacts.fetch(connection, needed)
        return [(found[task.request_id], sealed) for task in tasks]

    def _assemble(
        self, case: Case, sealed: Mapping[str, Artefact], vault: UnlockedVault, stage: Stage, *, further: bool
    ) -> Assembled:
        identity = _identity(case, sealed, vault)
        answer = self._answer(case, identity, sealed, vault)
        if further:
            outcomes = supplement_outcomes(case, Opening(sealed, vault), self._titles)
            answer = replace(answer, systems=outcomes, supplement=case.reviews.next_supplement)
        answer = replace(answer, systems=tuple(_counted(each, stage, case.subject) for each in answer.systems))
        with vault.sealing(case.request_id, system="answer", schema=PACKAGE_SCHEMA) as writer:
            written = self._assembler.assemble(answer, writer)
        letter = vault.seal(case.request_id, written.letter, system="answer", schema=LETTER_SCHEMA)
        package = writer.artefact
        event = ResponseAssembled(
            request_id=UUID(case.request_id),
            at=self._clock.now(),
            right=case.right.value,
            package=UUID(package.id),
            letter=UUID(letter.id),
            size_bytes=package.size_bytes,
            digest=package.digest,
            supplement=answer.supplement,
            decisions=tuple(each.decision for each in case.reviews.untold) if further else None,
        )
        return Assembled(event, package, letter, identity)

    def _answer(self, case: Case, identity: Identity, sealed: Mapping[str, Artefact], vault: UnlockedVault) -> Answer:
        return Answer(
            request_id=case.request_id,
            right=case.right,
            language=case.language,
            received_on=case.received_on,
            answered_on=self._clock.today(),
            due_on=case.due_on,
            addressee=(identity.name,) if identity.name else (),
            register=self._register,
            systems=tuple(self._outcome(case, system, sealed, vault) for system in case.systems),
            wish=identity.wish,
            residence=self._residence(case),
            charged=any(each.answered_on is not None for each in case.time.course.fee),
        )

    def _residence(self, case: Case) -> str | None:
        """The country whose law was stated for the request; not known where that is the controller's own."""
        stated = case.time.jurisdiction
        return None if stated == self._register.jurisdiction else stated[:2]

    def _outcome(self, case: Case, system: str, sealed: Mapping[str, Artefact], vault: UnlockedVault) -> SystemOutcome:
        done = case.completions.get(system)
        opening = Opening(sealed, vault)
        plan = opening.first_of([done] if done else [])
        return SystemOutcome(
            system=system,
            title=self._titles.get(system, system),
            status=_status(case.systems[system]),
            summary=summary_of(done, opening) if done else (),
            effects=done.effects if done else {},
            left_over=done.left_over if done else 0,
            plan=plan,
            unswept=(done.unswept or {}) if done else {},
        )


def _counted(outcome: SystemOutcome, stage: Stage, subject: str) -> SystemOutcome:
    @contextmanager
    def opening() -> Iterator[Iterator[PlanItem]]:
        with outcome.plan() as items:
            yield stage.passing(subject, items)

    return replace(outcome, plan=opening)


def _identity(case: Case, sealed: Mapping[str, Artefact], vault: UnlockedVault) -> Identity:
    if case.accepted is None:
        raise PermanentError("the case has no accepted request")
    return Identity.of_bytes(vault.unseal(sealed[str(case.accepted.identity)]))


def _artefacts_of(case: Case) -> Iterator[str]:
    if case.accepted is not None:
        yield str(case.accepted.identity)
    yield from (str(id_) for done in case.completions.values() for id_ in done.plan)
    yield from supplement_artefacts(case)


def _status(state: SystemState) -> Literal["completed", "silent", "failed"]:
    if state.has_completed:
        return "completed"
    return "failed" if state is SystemState.FAILED else "silent"

"""Puts answers together from what the systems have sealed, and seals them in turn."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from consumers.aggregator.letters import Press, SealedLetter, tell
from consumers.aggregator.notices import residence
from consumers.aggregator.referrals import letter_ids, notices_to_clients
from consumers.aggregator.supplement import Opening, summary_of, supplement_artefacts, supplement_outcomes
from consumers.lease_keeper import LeaseKeeper
from consumers.progress import Stage
from consumers.task_ids import ANSWER, task_id
from habeas import failpoints
from habeas.domain.cases import Case, SystemState
from habeas.domain.identity import Identity
from habeas.domain.letters import NoticeKind
from habeas.domain.outcomes import Reason
from habeas.domain.plans import PlanItem
from habeas.domain.progress import Phase
from habeas.domain.register import Register
from habeas.domain.reviews import Verdict
from habeas.domain.subjects import Identifier
from habeas.domain.suppression import reachable, reason_to_suppress
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
    """An answer, sealed, the event that tells of it, and the letters by which clients are told of the request."""

    event: ResponseAssembled
    package: Artefact
    letter: Artefact
    identity: Identity
    to_clients: tuple[SealedLetter, ...]


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
        self._press = Press(assembler.stationery, clock)
        self._clock = clock

    def __call__(self, tasks: Sequence[Task], keeper: LeaseKeeper) -> None:
        """Assemble each task's answer, then settle all of them at once."""
        tasks = self._wanted(tasks)
        found = self._cases(tasks)
        vault = self._vault.unlocked([task.request_id for task in tasks])
        supplements = {task.id for task in tasks if _is_further(task)}
        assembled = [
            self._assemble(
                case, sealed, vault, keeper.work.begin([task], Phase.ASSEMBLING), further=task.id in supplements
            )
            for task, (case, sealed) in zip(tasks, found, strict=True)
        ]
        pairs = list(zip(assembled, tasks, strict=True))
        source = f"habeas/{self._lane}"
        suppressed = self._suppressed(assembled)
        with self._database.transaction() as connection:
            for reason, macs in suppressed:
                suppressions.add(connection, macs, reason=reason, now=self._clock.now())
            ledger.finish(connection, tasks, now=self._clock.now())
            artefacts.add(connection, [part for each in assembled for part in (each.package, each.letter)])
            messages = [cloudevents.to_message(each.event, key=task.subject, source=source) for each, task in pairs]
            # before the answer, which says that they are: a person's deliveries are made in the order of the log
            letters = [(each, task.subject) for made, task in pairs for each in made.to_clients]
            tell(connection, letters, lane=self._lane)
            outbox.add(connection, self._lane, messages)
            failpoints.reach("answer.before_commit")
        failpoints.reach("answer.after_commit")
        metrics.TASKS_SETTLED.labels("answer", "done").inc(len(tasks))

    def _wanted(self, tasks: Sequence[Task]) -> Sequence[Task]:
        """Without further answers that have nothing to tell any more: what they were to tell is undone."""
        further = [task for task in tasks if _is_further(task)]
        if not further:
            return tasks
        with self._database.transaction() as connection:
            found = cases.fetch_many(connection, [task.request_id for task in further])
            moot = [task for task in further if not found[task.request_id].wants_supplement]
            if moot:
                ledger.forget(connection, moot)
        return [task for task in tasks if task not in moot]

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
        opening = Opening(sealed, vault)
        identity = opening.identity(case)
        answer = self._answer(case, identity, opening)
        if further:
            answer = self._further(answer, case, opening)
        answer = replace(answer, systems=tuple(_counted(each, stage, case.subject) for each in answer.systems))
        with vault.sealing(case.request_id, system="answer", schema=PACKAGE_SCHEMA) as writer:
            written = self._assembler.assemble(answer, writer)
        letter = vault.seal(case.request_id, written.letter, system="answer", schema=LETTER_SCHEMA)
        package = writer.artefact
        of_decisions = further and answer.remainder_of is None
        event = ResponseAssembled(
            request_id=UUID(case.request_id),
            at=self._clock.now(),
            right=case.right.value,
            package=UUID(package.id),
            letter=UUID(letter.id),
            size_bytes=package.size_bytes,
            digest=package.digest,
            supplement=answer.supplement,
            decisions=tuple(each.decision for each in case.reviews.untold) if of_decisions else None,
            without=None if of_decisions else _unfinished(answer),
            answered_on=answer.answered_on,
        )
        return Assembled(event, package, letter, identity, self._to_clients(case, answer, event, identity, vault))

    def _further(self, answer: Answer, case: Case, opening: Opening) -> Answer:
        """What the first answer left out goes before what was decided since, which may be about it."""
        number = case.reviews.next_supplement
        if case.remainder.ready:
            assert case.assembled is not None, "it has left something out"
            owed = tuple(each for each in answer.systems if each.system in case.remainder.owed)
            return replace(answer, systems=owed, supplement=number, remainder_of=case.assembled.answered_on)
        outcomes = supplement_outcomes(case, opening, self._titles)
        upheld = any(Verdict(each.verdict) is Verdict.UPHELD for each in case.reviews.untold)
        return replace(answer, systems=outcomes, supplement=number, upheld=upheld)

    def _to_clients(
        self, case: Case, answer: Answer, event: ResponseAssembled, who: Identity, vault: UnlockedVault
    ) -> tuple[SealedLetter, ...]:
        first = case.letters.next_number(NoticeKind.CLIENT)
        notices = notices_to_clients(answer, who, self._register)
        return tuple(
            self._press.seal(notice, letter, number, vault)
            for number, (notice, letter) in enumerate(zip(notices, letter_ids(event.id, notices), strict=True), first)
        )

    def _answer(self, case: Case, identity: Identity, opening: Opening) -> Answer:
        return Answer(
            request_id=case.request_id,
            right=case.right,
            language=case.language,
            received_on=case.received_on,
            answered_on=self._clock.today(),
            due_on=case.due_on,
            addressee=(identity.name,) if identity.name else (),
            register=self._register,
            systems=tuple(self._outcome(case, system, opening) for system in case.systems),
            wish=identity.wish,
            residence=residence(case, self._register),
            charged=any(each.answered_on is not None for each in case.time.course.fee),
        )

    def _outcome(self, case: Case, system: str, opening: Opening) -> SystemOutcome:
        done = case.completions.get(system)
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


def _is_further(task: Task) -> bool:
    return task.id != task_id(task.request_id, ANSWER)


def _unfinished(answer: Answer) -> tuple[str, ...]:
    return tuple(each.system for each in answer.systems if each.status != "completed")


def _artefacts_of(case: Case) -> Iterator[str]:
    if case.accepted is not None:
        yield str(case.accepted.identity)
    yield from (str(id_) for done in case.completions.values() for id_ in done.plan)
    yield from supplement_artefacts(case)


def _status(state: SystemState) -> Literal["completed", "silent", "failed"]:
    if state.has_completed:
        return "completed"
    return "failed" if state is SystemState.FAILED else "silent"

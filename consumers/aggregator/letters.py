"""Writes the letters of a case besides the answer, and seals them: one for each event that gives cause for one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from consumers.aggregator.notices import notice_to_complainant, notice_to_person, point_of, point_of_complaint
from consumers.lease_keeper import LeaseKeeper
from consumers.task_ids import task_id
from habeas import failpoints
from habeas.domain import complainant, identity, words
from habeas.domain.cases import Case
from habeas.domain.complainant import Complainant
from habeas.domain.identity import Identity
from habeas.domain.letters import NoticeKind, letter_about
from habeas.domain.register import Register
from habeas.domain.words import Words
from habeas.errors import RetriableError
from habeas.eventlog import cloudevents
from habeas.letters.notice import Notice
from habeas.letters.notice_press import write_notice
from habeas.letters.stationery import Stationery
from habeas.observability import metrics
from habeas.ports import Clock
from habeas.storage import artefacts, cases, complaints, custody, ledger, outbox
from habeas.storage.database import Database
from habeas.storage.ledger import Task
from habeas.vault.artefacts import Artefact
from habeas.vault.errors import ArtefactLostError
from habeas.vault.vault import UnlockedVault, Vault
from schemas.events import Event
from schemas.letters import LetterAssembled

PDF_SCHEMA = "habeas.letter.v1"
HTML_SCHEMA = "habeas.letter-page.v1"
TEXT_SCHEMA = "habeas.letter-text.v1"
ASKED_MAX = 3
"""So often it is asked whether the systems have taken note of a withdrawal, before the letter says that some began."""


_NEEDED = (identity.SCHEMA, complainant.SCHEMA, words.SCHEMA)


@dataclass(frozen=True, slots=True)
class SealedLetter:
    """A letter, and the event that tells of it."""

    event: LetterAssembled
    parts: tuple[Artefact, ...]


class Press:
    """Writes a letter and seals its three forms."""

    def __init__(self, stationery: Stationery, clock: Clock) -> None:
        self._stationery = stationery
        self._clock = clock

    def seal(
        self, notice: Notice, letter: UUID, number: int, vault: UnlockedVault, *, key: str | None = None
    ) -> SealedLetter:
        """`number` is which of its kind it is in the case; `key` under which it is sealed, the request's if None.

        Raises as `write_notice` does.
        """
        written = write_notice(notice, self._stationery)
        forms = {PDF_SCHEMA: written.pdf, HTML_SCHEMA: written.html, TEXT_SCHEMA: written.text.encode()}
        pdf, html, text = (
            vault.seal(key or notice.request_id, content, system="letters", schema=schema)
            for schema, content in forms.items()
        )
        event = LetterAssembled(
            request_id=UUID(notice.request_id),
            at=self._clock.now(),
            letter=letter,
            kind=notice.kind.value,
            number=number,
            right=notice.right.value,
            pdf=UUID(pdf.id),
            html=UUID(html.id),
            text=UUID(text.id),
            digest=pdf.digest,
        )
        return SealedLetter(event, (pdf, html, text))


def tell(connection: Connection, letters: Sequence[tuple[SealedLetter, str]], *, lane: str) -> None:
    """Note letters with their cases and publish them, each with its subject.

    With the case at once, so that the next letter of a kind has the next number.
    """
    artefacts.add(connection, [part for each, _ in letters for part in each.parts])
    cases.note(connection, [each.event for each, _ in letters])
    source = f"habeas/{lane}"
    outbox.add(
        connection, lane, [cloudevents.to_message(each.event, key=subject, source=source) for each, subject in letters]
    )


class Writing:
    """The handler of the worker that writes letters."""

    def __init__(
        self, *, lane: str, database: Database, vault: Vault, register: Register, press: Press, clock: Clock
    ) -> None:
        self._lane = lane
        self._database = database
        self._vault = vault
        self._register = register
        self._press = press
        self._clock = clock

    def __call__(self, tasks: Sequence[Task], keeper: LeaseKeeper) -> None:  # noqa: ARG002 - a handler's signature
        """Write each task's letter, then settle all of them at once."""
        with self._database.reading() as connection:
            keys = {task.id: custody.key_of(connection, task.request_id) for task in tasks}
        vault = self._vault.unlocked(sorted(set(keys.values())))
        written = [(self._written(task, vault, keys[task.id]), task.subject) for task in tasks]
        with self._database.transaction() as connection:
            ledger.finish(connection, tasks, now=self._clock.now())
            tell(connection, written, lane=self._lane)
            failpoints.reach("letter.before_commit")
        failpoints.reach("letter.after_commit")
        metrics.TASKS_SETTLED.labels("letters", "done").inc(len(tasks))

    def _written(self, task: Task, vault: UnlockedVault, key: str) -> SealedLetter:
        cause = cloudevents.decode(task.trigger)
        kind = letter_about(cause)
        assert kind is not None, "only events with a letter become tasks"
        if kind.of_complaint:
            return self._written_to_complainant(task, cause, kind, vault)
        with self._database.reading() as connection:
            case = cases.fetch(connection, task.request_id)
            sealed = {each.id: each for each in artefacts.fetch_under(connection, key, schemas=_NEEDED)}
            began = case is not None and _began(connection, case, task) if kind is NoticeKind.WITHDRAWN else False
        if case is None:
            raise RetriableError("the case has not been opened yet")
        who, said = _identity(sealed, vault), _words(cause, sealed, vault)
        point = point_of(kind, cause, case, said, today=self._clock.today())
        notice = notice_to_person(kind, case, who, register=self._register, clock=self._clock, begun=began, **point)
        return self._press.seal(notice, UUID(task.id), case.letters.next_number(kind), vault, key=key)

    def _written_to_complainant(self, task: Task, cause: Event, kind: NoticeKind, vault: UnlockedVault) -> SealedLetter:
        with self._database.reading() as connection:
            complaint = complaints.fetch(connection, task.request_id)
            about = cases.fetch(connection, complaint.about) if complaint and complaint.about else None
            sealed = {each.id: each for each in artefacts.fetch_under(connection, task.request_id, schemas=_NEEDED)}
        if complaint is None:
            raise RetriableError("the complaint has not been opened yet")
        who = Complainant.of_bytes(vault.unseal(_first(sealed, complainant.SCHEMA)))
        point = point_of_complaint(cause, _words(cause, sealed, vault))
        notice = notice_to_complainant(kind, complaint, about, who, register=self._register, clock=self._clock, **point)
        return self._press.seal(notice, UUID(task.id), complaint.letters.next_number(kind), vault)


def _began(connection: Connection, case: Case, task: Task) -> bool:
    """True if a system has done something, or may have."""
    known = ledger.dropped(connection, [task_id(case.request_id, system) for system in case.systems])
    if not known and task.attempts < ASKED_MAX:
        raise RetriableError("the systems have not all taken note of the withdrawal")
    return not known


def _identity(sealed: Mapping[str, Artefact], vault: UnlockedVault) -> Identity:
    return Identity.of_bytes(vault.unseal(_first(sealed, identity.SCHEMA)))


def _first(sealed: Mapping[str, Artefact], schema: str) -> Artefact:
    found = next((each for each in sealed.values() if each.schema == schema), None)
    if found is None:
        raise ArtefactLostError("the sealed identity is not in this database")
    return found


def _words(cause: Event, sealed: Mapping[str, Artefact], vault: UnlockedVault) -> Words | None:
    id_ = getattr(cause, "words", None)
    if id_ is None:
        return None
    if str(id_) not in sealed:
        raise ArtefactLostError("the sealed words are not in this database")
    return Words.of_bytes(vault.unseal(sealed[str(id_)]))

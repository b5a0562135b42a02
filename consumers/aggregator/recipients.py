"""Names the recipients that are to be told of changes (Article 19), writes what each is told, and seals it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from uuid import UUID, uuid5

from sqlalchemy import Connection

from consumers.aggregator.recipient_notices import Concern, Concerned, Lifted, Turn, restored
from consumers.aggregator.referrals import spelt
from consumers.aggregator.supplement import Opening
from consumers.aggregator.webhook_notices import webhook_notice
from consumers.lease_keeper import LeaseKeeper
from habeas import failpoints
from habeas.domain.cases import Case
from habeas.domain.identity import Identity
from habeas.domain.jurisdictions import jurisdictions
from habeas.domain.letters import NoticeKind
from habeas.domain.recipients import Change, lifted_in, put_back
from habeas.domain.register import Register
from habeas.errors import PermanentError, RetriableError
from habeas.eventlog import cloudevents
from habeas.letters.notice import Notice
from habeas.letters.notice_press import write_notice
from habeas.letters.stationery import Stationery
from habeas.observability import metrics
from habeas.ports import Clock
from habeas.storage import artefacts, cases, custody, ledger, outbox
from habeas.storage.database import Database
from habeas.storage.ledger import Task
from habeas.vault.artefacts import Artefact
from habeas.vault.vault import UnlockedVault, Vault
from schemas.events import TaskCompleted, UndoCompleted
from schemas.lifting import LiftingCompleted
from schemas.recipients import Channel, NamedRecipient, RecipientsNamed
from schemas.reviews import ReviewCompleted
from schemas.revisits import RevisitCompleted

SCHEMA = "habeas.recipient-notice.v1"
WEBHOOK_NAME = "notice.json"
LETTER_NAMES = ("letter.pdf", "letter.html", "letter.txt")


class Naming:
    """The handler of the worker that names recipients."""

    def __init__(
        self, *, lane: str, database: Database, vault: Vault, register: Register, stationery: Stationery, clock: Clock
    ) -> None:
        self._lane = lane
        self._database = database
        self._vault = vault
        self._register = register
        self._stationery = stationery
        self._clock = clock

    def __call__(self, tasks: Sequence[Task], keeper: LeaseKeeper) -> None:  # noqa: ARG002 - a handler's signature
        """Name who is to be told for each task, then settle all of them at once."""
        with self._database.reading() as connection:
            keys = {task.id: custody.key_of(connection, task.request_id) for task in tasks}
        vault = self._vault.unlocked(sorted(set(keys.values())))
        named = [(self._named(task, vault, keys[task.id]), task.subject) for task in tasks]
        events = [event for (event, _), _ in named if event is not None]
        source = f"habeas/{self._lane}"
        with self._database.transaction() as connection:
            ledger.finish(connection, tasks, now=self._clock.now())
            artefacts.add(connection, [each for (_, sealed), _ in named for each in sealed])
            cases.note(connection, events)
            messages = [
                cloudevents.to_message(event, key=subject, source=source)
                for (event, _), subject in named
                if event is not None
            ]
            outbox.add(connection, self._lane, messages)
            failpoints.reach("recipients.before_commit")
        failpoints.reach("recipients.after_commit")
        metrics.TASKS_SETTLED.labels("recipients", "done").inc(len(tasks))

    def _named(self, task: Task, vault: UnlockedVault, key: str) -> tuple[RecipientsNamed | None, list[Artefact]]:
        """None if all has been told by now."""
        with self._database.reading() as connection:
            case = cases.fetch(connection, task.request_id)
            if case is None:
                raise RetriableError("the case has not been opened yet")
            untold = case.notifying.untold
            sealed = _sealed(connection, case, untold)
        if not untold:
            return None, []
        opening = Opening(sealed, vault)
        who = opening.identity(case)
        concerned = self._concerned(case, untold, opening)
        event = RecipientsNamed(
            request_id=UUID(case.request_id),
            at=self._clock.now(),
            run=case.notifying.next_run,
            right=case.right.value,
            covers=tuple(UUID(each.id) for each in untold),
            recipients=(),
        )
        seal = partial(vault.seal, key, system="recipients", schema=SCHEMA)
        written = [self._write(each, uuid5(UUID(event.id), each.recipient.key), case, who, seal) for each in concerned]
        event = event.model_copy(update={"recipients": tuple(recipient for recipient, _ in written)})
        return event, [part for _, parts in written for part in parts]

    def _concerned(self, case: Case, untold: Sequence[Change], opening: Opening) -> list[Concern]:
        concerned, moot = Concerned(self._register), put_back(tuple(untold))
        for each in untold:
            if each.system in moot:
                continue
            with opening.first_of(_planned(each, case))() as items:
                concerned.note(each.system, items, _turned(each))
        return concerned.concerns()

    def _write(
        self, concern: Concern, notice: UUID, case: Case, who: Identity, seal: Callable[[bytes], Artefact]
    ) -> tuple[NamedRecipient, list[Artefact]]:
        forms = self._forms(concern, notice, case, who)
        sealed = {name: seal(content) for name, content in forms.items()}
        named = NamedRecipient(
            recipient=concern.recipient.key,
            notice=notice,
            channel=_channel(concern),
            fates=tuple(each.fate for each in concern.done),
            sealed={name: UUID(each.id) for name, each in sealed.items()},
        )
        return named, list(sealed.values())

    def _forms(self, concern: Concern, notice: UUID, case: Case, who: Identity) -> Mapping[str, bytes]:
        """By file name; a person who is to tell a recipient needs no letter."""
        person = concern.person(who)
        match _channel(concern):
            case "webhook":
                now = self._clock.now()
                told = webhook_notice(notice, case, concern.done, person, register=self._register, now=now)
                return {WEBHOOK_NAME: told}
            case "mail":
                letter = self._letter(concern, case, tuple(map(spelt, person)))
                written = write_notice(letter, self._stationery)
                return dict(zip(LETTER_NAMES, (written.pdf, written.html, written.text.encode()), strict=True))
        return {}

    def _letter(self, concern: Concern, case: Case, person: tuple[str, ...]) -> Notice:
        law = jurisdictions()[self._register.jurisdiction].law
        notify = concern.recipient.notify
        return Notice(
            kind=NoticeKind.RECIPIENT,
            request_id=case.request_id,
            right=case.right,
            language=(notify.language if notify else None) or law.language or "en",
            received_on=case.received_on,
            written_on=self._clock.today(),
            due_on=case.due_on,
            register=self._register,
            addressee=(concern.recipient.title,),
            jurisdiction=self._register.jurisdiction,
            person=person,
            done=concern.done,
        )


def _channel(concern: Concern) -> Channel:
    notify = concern.recipient.notify
    if notify is None:
        return "person"
    return "webhook" if notify.webhook else "mail"


def _planned(change: Change, case: Case) -> Sequence[TaskCompleted | ReviewCompleted | RevisitCompleted]:
    """Whose plans tell what was changed.

    An undoing puts back what the request's own task had done; a lifting gives back what that and decisions restricted.
    """
    if not isinstance(change, UndoCompleted | LiftingCompleted):
        return [change]
    done = case.completions.get(change.system)
    own: list[TaskCompleted | ReviewCompleted | RevisitCompleted] = [done] if done else []
    return own if isinstance(change, UndoCompleted) else [*own, *case.reviews.completions_of(change.system)]


def _turned(change: Change) -> Turn | None:
    match change:
        case UndoCompleted():
            return restored
        case LiftingCompleted():
            return Lifted(lifted_in(change))
    return None


def _sealed(connection: Connection, case: Case, untold: Sequence[Change]) -> Mapping[str, Artefact]:
    if case.accepted is None:
        raise PermanentError("the case has no accepted request")
    plans = [done.plan[0] for each in untold for done in _planned(each, case) if done.plan]
    return artefacts.fetch(connection, [str(case.accepted.identity), *map(str, plans)])

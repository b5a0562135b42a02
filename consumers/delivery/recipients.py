"""Tells recipients (Article 19): each notice by mail or webhook; every attempt and its outcome is an event."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Literal
from uuid import UUID

import structlog

from consumers.delivery.folder import answer_folder, put_into
from consumers.delivery.notice_errors import UnreachableError, kind_of
from consumers.delivery.senders import Senders
from consumers.lease_keeper import LeaseKeeper
from habeas import failpoints
from habeas.domain.register import Recipient, Register
from habeas.domain.requests import Right
from habeas.errors import FencedError, PermanentError
from habeas.eventlog import cloudevents
from habeas.ports import Clock
from habeas.storage import artefacts, cases, circuits, ledger, outbox
from habeas.storage.database import Database
from habeas.storage.ledger import Task
from habeas.vault.artefacts import Artefact
from habeas.vault.vault import UnlockedVault, Vault
from schemas.event import Event
from schemas.recipients import NamedRecipient, RecipientFailed, RecipientNotified, RecipientsNamed

log = structlog.get_logger()

UNREACHABLE_MAX = timedelta(days=7)
"""A recipient that nobody has reached for so long is an operator's affair."""
_Left = Literal["mail", "webhook", "folder"]


class Telling:
    """The handler of one recipient's worker. A crash after sending sends once more, under the same id."""

    def __init__(
        self,
        recipient: Recipient,
        *,
        register: Register,
        senders: Senders,
        root: Path,
        lane: str,
        database: Database,
        vault: Vault,
        clock: Clock,
    ) -> None:
        """`root` is the folder of the answers, for letters that a person sends."""
        self._recipient = recipient
        self._register = register
        self._senders = senders
        self._root = root
        self._lane = lane
        self._database = database
        self._vault = vault
        self._clock = clock

    def __call__(self, tasks: Sequence[Task], keeper: LeaseKeeper) -> None:  # noqa: ARG002 - a handler's signature
        """Tell one after the other, each settled by itself: what has left can't be taken back."""
        for task in tasks:
            self._tell(task)

    def _tell(self, task: Task) -> None:
        event, named = _named(task)
        with self._database.reading() as connection:
            sealed = artefacts.fetch(connection, map(str, named.sealed.values()))
            was_down = circuits.fetch(connection, task.system) is not None
        vault = self._vault.unlocked(sorted({each.request_id for each in sealed.values()}))
        try:
            channel = self._send(event, named, sealed, vault)
        except FencedError:
            raise
        except Exception as error:
            self._note_failure(task, named, error, was_down=was_down)
            if isinstance(error, UnreachableError) and self._clock.now() - task.created_at >= UNREACHABLE_MAX:
                raise PermanentError(f"nobody was reached for {UNREACHABLE_MAX.days} days") from None
            raise
        failpoints.reach("recipient.sent")
        notified = RecipientNotified(
            request_id=event.request_id,
            at=self._clock.now(),
            recipient=named.recipient,
            notice=named.notice,
            channel=channel,
            attempts=task.epoch,
        )
        self._note(task, notified, finished=True)
        log.info("recipient.notified", request_id=task.request_id, recipient=named.recipient, channel=channel)

    def _send(
        self, event: RecipientsNamed, named: NamedRecipient, sealed: Mapping[str, Artefact], vault: UnlockedVault
    ) -> _Left:
        notify = self._recipient.notify
        opened = {name: vault.unseal(sealed[str(id_)]) for name, id_ in named.sealed.items()}
        if named.channel == "webhook":
            if notify is None or notify.webhook is None:
                raise PermanentError("the register names no webhook of this recipient any more")
            self._senders.post(named.recipient, notify.webhook, str(named.notice), opened["notice.json"])
            return "webhook"
        if not self._senders.has_mail:
            self._lay_down(event, named, opened)
            return "folder"
        if notify is None or notify.email is None:
            raise PermanentError("the register names no e-mail address of this recipient any more")
        self._senders.mail(notify.email, str(named.notice), opened, register=self._register)
        return "mail"

    def _lay_down(self, event: RecipientsNamed, named: NamedRecipient, opened: Mapping[str, bytes]) -> None:
        folder = answer_folder(self._root, request_id=str(event.request_id), right=Right(event.right))
        put_into(folder / recipient_folder(named.recipient, event.run), opened)

    def _note_failure(self, task: Task, named: NamedRecipient, error: Exception, *, was_down: bool) -> None:
        if was_down and isinstance(error, UnreachableError):
            return  # a look whether it is back is no news
        failed = RecipientFailed(
            request_id=UUID(task.request_id),
            at=self._clock.now(),
            recipient=named.recipient,
            notice=named.notice,
            channel=named.channel,
            attempt=task.epoch,
            why=kind_of(error),
        )
        self._note(task, failed, finished=False)

    def _note(self, task: Task, event: Event, *, finished: bool) -> None:
        message = cloudevents.to_message(event, key=task.subject, source=f"habeas/{self._lane}")
        with self._database.transaction() as connection:
            if finished:
                ledger.finish(connection, [task], now=self._clock.now())
            else:
                ledger.ensure_held(connection, [task])
            cases.note(connection, [event])
            outbox.add(connection, self._lane, [message])
            failpoints.reach("recipient.before_commit")
        failpoints.reach("recipient.after_commit")


def recipient_folder(recipient: str, run: int) -> str:
    """The name of the folder, within the request's, in which a letter to a recipient lies."""
    return f"recipient-{recipient}" if run == 1 else f"recipient-{recipient}-{run}"


def _named(task: Task) -> tuple[RecipientsNamed, NamedRecipient]:
    event = cloudevents.decode(task.trigger)
    assert isinstance(event, RecipientsNamed), "nothing else becomes a task of a recipient's"
    return event, next(each for each in event.recipients if str(each.notice) == task.id)

"""Takes requests in: opens the case, seals the identity, and has both told on the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import Connection

from habeas.domain.deadlines import Course, deadline
from habeas.domain.identity import SCHEMA, Identity
from habeas.domain.jurisdictions import Jurisdiction, jurisdiction
from habeas.domain.requests import IdentityCheck, Right
from habeas.domain.subjects import Identifier
from habeas.domain.wishes import Wish
from habeas.errors import HabeasError, UserError
from habeas.eventlog import cloudevents
from habeas.eventlog.interface import Message
from habeas.ports import Clock
from habeas.storage import artefacts, audit, cases, outbox, subjects
from habeas.storage.database import Database
from habeas.vault.fingerprints import Fingerprints
from habeas.vault.vault import Vault
from schemas.events import RequestAccepted, RequestReceived

LANE = "intake"
IDENTIFIERS_MAX = 50


@dataclass(frozen=True, slots=True)
class Submission:
    """A request as an operator states it.

    Without an identity check it is received and no more: nothing is disclosed or changed before there is one. Unless
    a language is stated the answer is in that of the jurisdiction's law, or in English.
    """

    right: Right
    identifiers: tuple[Identifier, ...]
    identity_check: IdentityCheck | None
    language: Literal["en", "sv", "tr"] | None = None
    received_on: date | None = None  # today if not stated
    jurisdiction: str | None = None  # that of the settings if not stated
    wish: Wish | None = None  # what about the right is this person's own
    channel: Literal["operator", "link"] = "operator"
    request_id: str | None = None  # where a second one of the same is no further request; a new one if not stated

    @property
    def wished(self) -> Wish:
        """The right with what is this person's own about it."""
        return self.wish or Wish(self.right)


class AlreadyTakenError(HabeasError):
    """A request of that id has been taken in meanwhile; nothing of this call was."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the operator is told."""

    request_id: str
    received_on: date
    due_on: date


class Intake:
    """The intake producer."""

    def __init__(
        self,
        *,
        systems: Sequence[str],
        jurisdiction: str,
        database: Database,
        vault: Vault,
        fingerprints: Fingerprints,
        clock: Clock,
    ) -> None:
        """`jurisdiction` is that of requests which name none."""
        self._jurisdiction = jurisdiction
        self._systems = tuple(systems)
        self._database = database
        self._vault = vault
        self._fingerprints = fingerprints
        self._clock = clock

    def submit(self, submissions: Sequence[Submission], *, actor: str) -> list[Receipt]:
        """Take requests in, in this order, all or none; nothing is on the log before they are in the database.

        Raises UserError for a request that can't be taken, AlreadyTakenError for one that has been.
        """
        for each in submissions:
            _check(each, where=self._where(each), today=self._clock.today())
        ids = [each.request_id or str(uuid4()) for each in submissions]
        self._vault.create_keys(ids)
        vault = self._vault.unlocked(ids)
        sealed = [
            vault.seal(id_, Identity(each.identifiers, each.wished).to_bytes(), system="intake", schema=SCHEMA)
            for id_, each in zip(ids, submissions, strict=True)
        ]
        known_by = self._fingerprints.of([id_ for each in submissions for id_ in _strong(each)])
        receipts: list[Receipt] = []
        with self._database.transaction() as connection:
            artefacts.add(connection, sealed)
            told: list[RequestReceived | RequestAccepted] = []
            for id_, each, identity in zip(ids, submissions, sealed, strict=True):
                mine = {identifier: known_by[identifier] for identifier in _strong(each)}
                token = subjects.token_for(connection, mine, now=self._clock.now())
                if each.request_id and cases.matching(connection, each.request_id):
                    raise AlreadyTakenError("this request has been taken in already")
                received = self._received(id_, each, token)
                told.append(received)
                if each.identity_check is not None:
                    told.append(acceptance(received, each.identity_check, self._systems, UUID(identity.id)))
                receipts.append(Receipt(id_, received.received_on, received.due_on))
                audit.note(
                    connection,
                    "request.submitted",
                    actor=actor,
                    now=received.at,
                    request_id=id_,
                    details={"right": each.right, "identity_check": each.identity_check},
                )
            cases.note(connection, told)
            for event in told:
                if isinstance(event, RequestAccepted):
                    copy_first(connection, Right(event.right), event.subject)
            outbox.add(connection, LANE, [_message(event) for event in told])
        return receipts

    def _where(self, submission: Submission) -> Jurisdiction:
        return jurisdiction(submission.jurisdiction or self._jurisdiction)

    def _received(self, request_id: str, submission: Submission, token: str) -> RequestReceived:
        where = self._where(submission)
        received_on = submission.received_on or self._clock.today()
        return RequestReceived(
            request_id=UUID(request_id),
            at=self._clock.now(),
            right=submission.right.value,
            subject=token,
            language=submission.language or where.law.language or "en",
            received_on=received_on,
            due_on=deadline(where, Course(received_on, submission.right)).due_on,
            channel=submission.channel,
            jurisdiction=where.code,
        )


def acceptance(
    received: RequestReceived, check: IdentityCheck, systems: Sequence[str], identity: UUID
) -> RequestAccepted:
    """That the systems may act, if the right concerns any: `identity` is the sealed artefact."""
    return RequestAccepted(
        request_id=received.request_id,
        at=received.at,
        right=received.right,
        subject=received.subject,
        systems=tuple(systems) if Right(received.right).concerns_systems else (),
        identity=identity,
        identity_check=check.value,
    )


def copy_first(connection: Connection, right: Right, subject: str) -> None:
    """Raise UserError if an erasure would go before the same person's request for a copy, which still waits.

    To destroy what somebody has asked to see is an offence (Data Protection Act 2018, section 173).
    """
    if right is not Right.ERASURE:
        return
    copy = cases.waiting_for_a_copy(connection, subject)
    if copy is not None:
        raise UserError(
            f"the same person's request {copy[:8]} for a copy goes first, and still waits: "
            "'habeas show' tells for what; settle it, or note that it is withdrawn or refused"
        )


def _strong(submission: Submission) -> list[Identifier]:
    return [each for each in submission.identifiers if each.kind.strong]


def _check(submission: Submission, *, where: Jurisdiction, today: date) -> None:
    wanted = where.law.language
    if wanted and submission.language not in {None, wanted}:
        raise UserError(f"{where.law.name} wants the answer in '{wanted}', not '{submission.language}'")
    if not _strong(submission):
        raise UserError(
            "a name alone is not enough to act on: add an e-mail address, phone, customer, account, EORI or VAT number"
        )
    if len(submission.identifiers) > IDENTIFIERS_MAX:
        raise UserError(f"at most {IDENTIFIERS_MAX} identifiers can be stated")
    if submission.received_on is not None and submission.received_on > today:
        raise UserError("the request can't have been received after today")
    wish = submission.wished
    if wish.right is Right.RECTIFICATION and not wish.corrections and not wish.statement:
        raise UserError("say what is wrong, as --correct phone=+441614960123, or what is missing by --statement")


def _message(event: RequestReceived | RequestAccepted) -> Message:
    return cloudevents.to_message(event, key=event.subject, source="habeas/intake")

"""What passes between the controller and the person before the answer: asked, answered, extended, refused, withdrawn.

Each is told on the log and noted with the case at once. What was said is sealed, for the letters. A request whose
identity was not proven when it came in is accepted here, once it is and the person has nothing left to answer.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection

from habeas.domain import correspondence as lawful
from habeas.domain import identity
from habeas.domain.case_time import Wait
from habeas.domain.cases import Case
from habeas.domain.requests import FeeGround, IdentityCheck, RefusalGround
from habeas.domain.words import CHARACTERS_MAX, SCHEMA, Words
from habeas.errors import NotFoundError, UserError
from habeas.eventlog import cloudevents
from habeas.ports import Clock
from habeas.storage import artefacts, audit, cases, outbox
from habeas.storage.database import Database
from habeas.vault.artefacts import Artefact
from habeas.vault.vault import Vault
from producers.intake import copy_first
from schemas.correspondence import (
    ClarificationAnswered,
    ClarificationAsked,
    ExtensionAnnounced,
    FeeAsked,
    FeePaid,
    IdentityAsked,
    IdentityReceived,
    RequestRefused,
    RequestWithdrawn,
)
from schemas.events import Event, RequestAccepted

LANE = "intake"
_Telling = Callable[[Case, datetime, UUID | None], Event]


class Correspondence:
    """The producer of an operator's word on one request.

    Every method takes the day on which it happened, raises NotFoundError for a request that there is not, UserError
    where the law or the course of things does not allow it, and returns the case as it stands afterwards.
    """

    def __init__(self, *, systems: Sequence[str], database: Database, vault: Vault, clock: Clock) -> None:
        self._systems = tuple(systems)
        self._database = database
        self._vault = vault
        self._clock = clock

    def ask_identity(self, request_id: str, words: Words, *, on: date, actor: str) -> Case:
        """Who asks is doubtful (Article 12(6))."""

        def tell(case: Case, now: datetime, words_id: UUID | None) -> Event:
            lawful.may_ask_identity(case)
            return IdentityAsked(
                request_id=UUID(request_id), at=now, ask=uuid4(), asked_on=on, words=_present(words_id)
            )

        return self._tell(request_id, tell, on=on, actor=actor, words=words)

    def receive_identity(self, request_id: str, check: IdentityCheck, *, on: date, actor: str) -> Case:
        """The identity is proven, whether it had been asked for or not."""

        def tell(case: Case, now: datetime, _: UUID | None) -> Event:
            lawful.may_receive_identity(case)
            ask = lawful.open_asking(case, Wait.IDENTITY, on=on) if Wait.IDENTITY in case.time.open else None
            return IdentityReceived(
                request_id=UUID(request_id), at=now, ask=ask, received_on=on, identity_check=check.value
            )

        return self._tell(request_id, tell, on=on, actor=actor)

    def ask_clarification(self, request_id: str, words: Words, *, on: date, actor: str) -> Case:
        """It is not clear which data or processing is meant."""

        def tell(case: Case, now: datetime, words_id: UUID | None) -> Event:
            lawful.may_ask_clarification(case)
            return ClarificationAsked(
                request_id=UUID(request_id), at=now, ask=uuid4(), asked_on=on, words=_present(words_id)
            )

        return self._tell(request_id, tell, on=on, actor=actor, words=words)

    def answer_clarification(self, request_id: str, words: Words | None, *, on: date, actor: str) -> Case:
        """The person has said what is meant."""

        def tell(case: Case, now: datetime, words_id: UUID | None) -> Event:
            ask = lawful.open_asking(case, Wait.CLARIFICATION, on=on)
            return ClarificationAnswered(request_id=UUID(request_id), at=now, ask=ask, answered_on=on, words=words_id)

        return self._tell(request_id, tell, on=on, actor=actor, words=words)

    def extend(self, request_id: str, words: Words, *, on: date, actor: str) -> Case:
        """The answer takes longer; the person is told why (Article 12(3))."""

        def tell(case: Case, now: datetime, words_id: UUID | None) -> Event:
            lawful.may_extend(case, on=on)
            return ExtensionAnnounced(request_id=UUID(request_id), at=now, announced_on=on, words=_present(words_id))

        return self._tell(request_id, tell, on=on, actor=actor, words=words)

    def ask_fee(self, request_id: str, ground: FeeGround, words: Words, *, on: date, actor: str) -> Case:
        """A fee is wanted before anything is done, so that the person can withdraw (Article 12(5))."""

        def tell(case: Case, now: datetime, words_id: UUID | None) -> Event:
            lawful.may_ask_fee(case)
            return FeeAsked(
                request_id=UUID(request_id),
                at=now,
                ask=uuid4(),
                asked_on=on,
                ground=ground.value,
                words=_present(words_id),
            )

        return self._tell(request_id, tell, on=on, actor=actor, words=words)

    def pay_fee(self, request_id: str, *, on: date, actor: str) -> Case:
        """The fee has come in."""

        def tell(case: Case, now: datetime, _: UUID | None) -> Event:
            ask = lawful.open_asking(case, Wait.FEE, on=on)
            return FeePaid(request_id=UUID(request_id), at=now, ask=ask, paid_on=on)

        return self._tell(request_id, tell, on=on, actor=actor)

    def refuse(self, request_id: str, ground: RefusalGround, words: Words, *, on: date, actor: str) -> Case:
        """It is not acted on, and the person is told why (Article 12(4))."""

        def tell(case: Case, now: datetime, words_id: UUID | None) -> Event:
            lawful.may_refuse(case)
            return RequestRefused(
                request_id=UUID(request_id), at=now, refused_on=on, ground=ground.value, words=_present(words_id)
            )

        return self._tell(request_id, tell, on=on, actor=actor, words=words)

    def withdraw(self, request_id: str, words: Words | None, *, on: date, actor: str) -> Case:
        """The person no longer wants it. What a system has begun it ends."""

        def tell(_: Case, now: datetime, words_id: UUID | None) -> Event:
            return RequestWithdrawn(request_id=UUID(request_id), at=now, withdrawn_on=on, words=words_id)

        return self._tell(request_id, tell, on=on, actor=actor, words=words)

    def _tell(self, request_id: str, telling: _Telling, *, on: date, actor: str, words: Words | None = None) -> Case:
        now = self._clock.now()
        with self._database.transaction() as connection:
            cases.hold(connection, request_id)
            case = cases.fetch(connection, request_id)
            if case is None:
                raise NotFoundError(f"request {request_id} has not been opened on this log yet")
            lawful.must_be_open(case)
            _check_day(case, on, today=self._clock.today())
            sealed = self._seal(request_id, words)
            event = telling(case, now, UUID(sealed.id) if sealed else None)
            artefacts.add(connection, [sealed] if sealed else [])
            case = self._publish(connection, event, key=case.subject)
            if (accepted := self._acceptance(connection, case, now)) is not None:
                case = self._publish(connection, accepted, key=case.subject)
            action = ".".join(event.type.split(".")[1:3])
            audit.note(connection, action, actor=actor, now=now, request_id=request_id, details={"on": on.isoformat()})
        return case

    def _publish(self, connection: Connection, event: Event, *, key: str) -> Case:
        noted = cases.note(connection, [event])
        outbox.add(connection, LANE, [cloudevents.to_message(event, key=key, source="habeas/intake")])
        return noted[str(event.request_id)].case

    def _acceptance(self, connection: Connection, case: Case, now: datetime) -> RequestAccepted | None:
        """What the systems act on, once nothing is missing any more."""
        if case.accepted or case.identity is None or case.time.open or case.state.closed:
            return None
        copy_first(connection, case.right, case.subject)
        sealed = artefacts.fetch_of_request(connection, case.request_id)
        proven = [each.id for each in sealed if each.schema == identity.SCHEMA]
        if not proven:
            raise UserError("the sealed identity is not in this database: submit the request again")
        return RequestAccepted(
            request_id=UUID(case.request_id),
            at=now,
            right=case.right.value,
            subject=case.subject,
            systems=self._systems if case.right.concerns_systems else (),
            identity=UUID(proven[0]),
            identity_check=case.identity.identity_check,
        )

    def _seal(self, request_id: str, words: Words | None) -> Artefact | None:
        if words is None:
            return None
        if not words.text.strip():
            raise UserError("say it in words: the person is to be told")
        if len(words.text) > CHARACTERS_MAX:
            raise UserError(f"at most {CHARACTERS_MAX:,} characters")
        vault = self._vault.unlocked([request_id])
        return vault.seal(request_id, words.to_bytes(), system="intake", schema=SCHEMA)


def _check_day(case: Case, on: date, *, today: date) -> None:
    if on > today:
        raise UserError(f"{on:%d %B %Y} is still to come")
    if on < case.received_on:
        raise UserError(f"the request came in on {case.received_on:%d %B %Y}, later than that")


def _present(words_id: UUID | None) -> UUID:
    assert words_id is not None, "this telling has words"
    return words_id

"""What passes between the controller and the person before the answer: asked, answered, extended, refused, withdrawn.

Each is told on the log and noted with the case at once. What was said is sealed, for the letter that is written of it.
A request whose identity was not proven when it came in is accepted here, once it is and nothing is left to answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
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
from producers.intake import LANE, copy_first
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


@dataclass(frozen=True, slots=True)
class _Saying:
    """What an event is made of: its request, the day and time, the sealed words, and whether a letter is written."""

    request_id: UUID
    on: date
    at: datetime
    words: UUID | None
    by_letter: bool | None

    @property
    def theirs(self) -> dict[str, Any]:
        """Of the person's word."""
        return {"request_id": self.request_id, "at": self.at}

    @property
    def ours(self) -> dict[str, Any]:
        """Of the controller's word."""
        return {**self.theirs, "words": self.words, "by_letter": self.by_letter}


_Telling = Callable[[Case, _Saying], Event]


class Correspondence:
    """The producer of an operator's word on one request.

    Of what the operator says to the person a letter is written. With `on`, the day on which the person was told
    otherwise, none is. Of what the person says `on` is the day, today if it is None.

    Every method raises NotFoundError for a request that there is not, UserError where the law or the course of things
    does not allow it, and returns the case as it stands afterwards.
    """

    def __init__(self, *, systems: Sequence[str], database: Database, vault: Vault, clock: Clock) -> None:
        self._systems = tuple(systems)
        self._database = database
        self._vault = vault
        self._clock = clock

    def ask_identity(self, request_id: str, words: Words, *, on: date | None = None, actor: str) -> Case:
        """Who asks is doubtful (Article 12(6))."""

        def tell(case: Case, said: _Saying) -> Event:
            lawful.may_ask_identity(case)
            return IdentityAsked(
                **said.ours,
                ask=uuid4(),
                asked_on=said.on,
            )

        return self._tell(request_id, tell, on=on, actor=actor, words=words)

    def receive_identity(self, request_id: str, check: IdentityCheck, *, on: date | None = None, actor: str) -> Case:
        """The identity is proven, whether it had been asked for or not."""

        def tell(case: Case, said: _Saying) -> Event:
            lawful.may_receive_identity(case)
            ask = lawful.open_asking(case, Wait.IDENTITY, on=said.on) if Wait.IDENTITY in case.time.open else None
            return IdentityReceived(**said.theirs, ask=ask, received_on=said.on, identity_check=check.value)

        return self._tell(request_id, tell, on=on, actor=actor)

    def ask_clarification(self, request_id: str, words: Words, *, on: date | None = None, actor: str) -> Case:
        """It is not clear which data or processing is meant."""

        def tell(case: Case, said: _Saying) -> Event:
            lawful.may_ask_clarification(case)
            return ClarificationAsked(
                **said.ours,
                ask=uuid4(),
                asked_on=said.on,
            )

        return self._tell(request_id, tell, on=on, actor=actor, words=words)

    def answer_clarification(self, request_id: str, words: Words | None, *, on: date | None = None, actor: str) -> Case:
        """The person has said what is meant."""

        def tell(case: Case, said: _Saying) -> Event:
            ask = lawful.open_asking(case, Wait.CLARIFICATION, on=said.on)
            return ClarificationAnswered(**said.theirs, ask=ask, answered_on=said.on, words=said.words)

        return self._tell(request_id, tell, on=on, actor=actor, words=words)

    def extend(self, request_id: str, words: Words, *, on: date | None = None, actor: str) -> Case:
        """The answer takes longer; the person is told why (Article 12(3))."""

        def tell(case: Case, said: _Saying) -> Event:
            lawful.may_extend(case, on=said.on)
            return ExtensionAnnounced(**said.ours, announced_on=said.on)

        return self._tell(request_id, tell, on=on, actor=actor, words=words)

    def ask_fee(self, request_id: str, ground: FeeGround, words: Words, *, on: date | None = None, actor: str) -> Case:
        """A fee is wanted before anything is done, so that the person can withdraw (Article 12(5))."""

        def tell(case: Case, said: _Saying) -> Event:
            lawful.may_ask_fee(case)
            return FeeAsked(
                **said.ours,
                ask=uuid4(),
                asked_on=said.on,
                ground=ground.value,
            )

        return self._tell(request_id, tell, on=on, actor=actor, words=words)

    def pay_fee(self, request_id: str, *, on: date | None = None, actor: str) -> Case:
        """The fee has come in."""

        def tell(case: Case, said: _Saying) -> Event:
            ask = lawful.open_asking(case, Wait.FEE, on=said.on)
            return FeePaid(**said.theirs, ask=ask, paid_on=said.on)

        return self._tell(request_id, tell, on=on, actor=actor)

    def refuse(
        self, request_id: str, ground: RefusalGround, words: Words, *, on: date | None = None, actor: str
    ) -> Case:
        """It is not acted on, and the person is told why (Article 12(4))."""

        def tell(case: Case, said: _Saying) -> Event:
            lawful.may_refuse(case)
            return RequestRefused(**said.ours, refused_on=said.on, ground=ground.value)

        return self._tell(request_id, tell, on=on, actor=actor, words=words)

    def withdraw(self, request_id: str, words: Words | None, *, on: date | None = None, actor: str) -> Case:
        """The person no longer wants it. What a system has begun it ends."""

        def tell(_: Case, said: _Saying) -> Event:
            return RequestWithdrawn(**said.theirs, withdrawn_on=said.on, words=said.words, by_letter=True)

        return self._tell(request_id, tell, on=on, actor=actor, words=words)

    def _tell(
        self, request_id: str, telling: _Telling, *, on: date | None, actor: str, words: Words | None = None
    ) -> Case:
        now = self._clock.now()
        with self._database.transaction() as connection:
            cases.hold(connection, request_id)
            case = cases.fetch(connection, request_id)
            if case is None:
                raise NotFoundError(f"request {request_id} has not been opened on this log yet")
            lawful.must_be_open(case)
            day = on or self._clock.today()
            _check_day(case, day, today=self._clock.today())
            sealed = self._seal(request_id, words)
            words_id = UUID(sealed.id) if sealed else None
            event = telling(case, _Saying(UUID(request_id), day, now, words_id, by_letter=True if on is None else None))
            artefacts.add(connection, [sealed] if sealed else [])
            case = self._publish(connection, event, key=case.subject)
            if (accepted := self._acceptance(connection, case, now)) is not None:
                case = self._publish(connection, accepted, key=case.subject)
            action = ".".join(event.type.split(".")[1:3])
            audit.note(connection, action, actor=actor, now=now, request_id=request_id, details={"on": day.isoformat()})
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
        proven = artefacts.fetch_under(connection, case.request_id, schemas=[identity.SCHEMA])
        if not proven:
            raise UserError("the sealed identity is not in this database: submit the request again")
        return RequestAccepted(
            request_id=UUID(case.request_id),
            at=now,
            right=case.right.value,
            subject=case.subject,
            systems=self._systems if case.right.concerns_systems else (),
            identity=UUID(proven[0].id),
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

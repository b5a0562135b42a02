"""The letters of a case besides the answer: what each is about, which are written, since when we have been silent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from habeas.domain.case_time import CaseTime, DueTold
from habeas.domain.told import Told
from schemas.complaints import ComplaintAcknowledged, ComplaintClosed, ComplaintProgressed
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
from schemas.events import Event, RequestReceived, ResponseAssembled
from schemas.letters import LetterAssembled, LetterDelivered, LetterDue
from schemas.lifting import LiftingAnnounced


class NoticeKind(StrEnum):
    """Each is a letter of its own; the value is the name of its template."""

    RECEIPT = "receipt"  # what was asked, and by when it is answered (Article 12(3))
    IDENTITY = "identity"  # what is wanted to confirm who asks (Article 12(6), 11(2))
    CLARIFICATION = "clarification"  # which data or processing is meant (recital 63; UK, Article 12A)
    EXTENSION = "extension"  # that it takes longer, and why (Article 12(3))
    PROGRESS = "progress"  # during an extension: how far it is
    FEE = "fee"  # how much and why, before anything is done (Article 12(5))
    REFUSAL = "refusal"  # why, where to complain, and the court (Article 12(4), (5))
    WITHDRAWN = "withdrawn"  # that nothing more is done
    REFERRAL = "referral"  # to the person: who decides about what is held for others (Article 28(3)(e))
    CLIENT = "client"  # to the client: what is held for it about the person (Article 28(3)(e))
    RECIPIENT = "recipient"  # to whom data was disclosed: what was done with it since (Article 19)
    LIFTING = "lifting"  # before a restriction is lifted (Article 18(3))
    OVERRIDDEN = "overridden"  # that an objection is overridden, before the restriction is lifted (Article 21(1))
    ACKNOWLEDGEMENT = "acknowledgement"  # that a complaint has come in (section 164A)
    STANDING = "standing"  # how a complaint stands
    OUTCOME = "outcome"  # what came of a complaint, and why

    @property
    def of_complaint(self) -> bool:
        """True if it is about a complaint, no request."""
        return self in {NoticeKind.ACKNOWLEDGEMENT, NoticeKind.STANDING, NoticeKind.OUTCOME}


_KINDS: Mapping[type[Event], NoticeKind] = {
    IdentityAsked: NoticeKind.IDENTITY,
    ClarificationAsked: NoticeKind.CLARIFICATION,
    ExtensionAnnounced: NoticeKind.EXTENSION,
    FeeAsked: NoticeKind.FEE,
    RequestRefused: NoticeKind.REFUSAL,
    RequestWithdrawn: NoticeKind.WITHDRAWN,
    ComplaintAcknowledged: NoticeKind.ACKNOWLEDGEMENT,
    ComplaintProgressed: NoticeKind.STANDING,
    ComplaintClosed: NoticeKind.OUTCOME,
}
_OURS = (IdentityAsked, ClarificationAsked, ExtensionAnnounced, FeeAsked, LetterDue)
_THEIRS = (RequestReceived, IdentityReceived, ClarificationAnswered, FeePaid)


def letter_about(event: Event) -> NoticeKind | None:
    """The letter that an event gives cause for; None for one that the person was told of otherwise."""
    if isinstance(event, LetterDue):
        return NoticeKind(event.kind)
    if isinstance(event, LiftingAnnounced):
        return NoticeKind.OVERRIDDEN if event.ground == "overridden" else NoticeKind.LIFTING
    kind = _KINDS.get(type(event))
    return kind if kind and getattr(event, "by_letter", None) else None


def letter_id(cause: Event) -> UUID:
    """The letter for which an event gives cause."""
    return uuid5(UUID(cause.id), "letter")


@dataclass(frozen=True, slots=True)
class Silence:
    """Since when the person, who waits for our answer, has heard nothing, and by which letter it is to be broken."""

    since: datetime
    kind: NoticeKind


@dataclass(frozen=True, slots=True)
class Letters:
    """In order of time; `delivered` are the ids of those that have left."""

    written: tuple[LetterAssembled, ...]
    delivered: frozenset[UUID]
    silence: Silence | None

    @property
    def last(self) -> str | None:
        """What the last one is about."""
        return self.written[-1].kind if self.written else None

    def next_number(self, kind: NoticeKind) -> int:
        """The number of a further letter of a kind, from 1."""
        return 1 + sum(each.kind == kind for each in self.written)


def letters(told: Told, time: CaseTime) -> Letters:
    """By the set of the events."""
    return Letters(
        written=tuple(told.all(LetterAssembled)),
        delivered=frozenset(each.letter for each in told.all(LetterDelivered)),
        silence=_silence(told, time),
    )


def _silence(told: Told, time: CaseTime) -> Silence | None:
    """None while it is the person who has still to say something, and once there is an answer or none is wanted."""
    if time.open or time.told is DueTold.CLOSED or told.only(ResponseAssembled):
        return None
    ours = [each.at for kind in _OURS for each in told.all(kind)]
    theirs = [each.at for kind in _THEIRS for each in told.all(kind)]
    if told.only(ExtensionAnnounced):
        return Silence(max(ours + theirs), NoticeKind.PROGRESS)
    if not theirs or (ours and max(ours) >= max(theirs)):
        return None
    return Silence(max(theirs), NoticeKind.RECEIPT)

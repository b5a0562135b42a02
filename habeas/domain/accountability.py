"""The record of a request that stays when all personal data is gone (Article 5(2)): who did what, when, in counts.

Pure, from the events of one case alone, which hold no personal data.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from habeas.domain.cases import Case
from habeas.domain.erasure_report import SystemReport, report
from habeas.domain.told import Told
from schemas.correspondence import (
    ClarificationAsked,
    ExtensionAnnounced,
    FeeAsked,
    IdentityAsked,
    RequestRefused,
    RequestWithdrawn,
)
from schemas.events import Event, ResponseAssembled, ResponseDelivered


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """One answer: its size and SHA-256 as sealed, and the day on which it was delivered.

    `without` are the systems that had not done their part by then, `adds` those that had since the answer before.
    """

    supplement: int | None
    size_bytes: int
    digest: str
    delivered_on: date | None
    without: tuple[str, ...] = ()
    adds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Accountability:
    """`person` is the random token; what led from it to a person is deleted with the person's last request."""

    request_id: str
    right: str
    person: str
    jurisdiction: str
    channel: str
    state: str
    received_on: date
    due_on: date
    identity_check: str | None
    asked: tuple[tuple[str, date], ...]
    ended: tuple[tuple[str, date], ...]
    answers: tuple[AnswerRecord, ...]
    decisions: int
    systems: tuple[SystemReport, ...]

    def as_data(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def accountability(case: Case, events: Sequence[Event]) -> Accountability:
    """What can be shown of a case at any time. `events` are all of the case's."""
    told = Told(events)
    return Accountability(
        request_id=case.request_id,
        right=case.right,
        person=case.subject,
        jurisdiction=case.time.jurisdiction,
        channel=case.channel,
        state=case.state,
        received_on=case.received_on,
        due_on=case.due_on,
        identity_check=case.accepted.identity_check if case.accepted else None,
        asked=tuple(sorted(_asked(told), key=lambda each: each[1])),
        ended=tuple(_ended(told)),
        answers=tuple(_answers(told)),
        decisions=sum(len(each.items) for each in case.reviews.decisions),
        systems=report(case, events),
    )


def _asked(told: Told) -> Iterable[tuple[str, date]]:
    yield from (("identity asked for", each.asked_on) for each in told.all(IdentityAsked))
    yield from (("clarification asked for", each.asked_on) for each in told.all(ClarificationAsked))
    yield from (("fee asked for", each.asked_on) for each in told.all(FeeAsked))
    yield from (("extension announced", each.announced_on) for each in told.all(ExtensionAnnounced))


def _ended(told: Told) -> Iterable[tuple[str, date]]:
    yield from ((f"refused ({each.ground})", each.refused_on) for each in told.all(RequestRefused))
    yield from (("withdrawn", each.withdrawn_on) for each in told.all(RequestWithdrawn))


def _answers(told: Told) -> Iterable[AnswerRecord]:
    delivered = {each.supplement: each.at.date() for each in told.all(ResponseDelivered)}
    assembled = {each.supplement or 0: each for each in told.all(ResponseAssembled)}
    owed: tuple[str, ...] = ()
    for _, each in sorted(assembled.items()):
        without = owed if each.without is None else each.without
        yield AnswerRecord(
            each.supplement,
            each.size_bytes,
            each.digest,
            delivered.get(each.supplement),
            without=each.without or (),
            adds=tuple(system for system in owed if system not in without),
        )
        owed = without

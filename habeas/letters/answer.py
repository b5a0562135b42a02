"""The answer to a request, as the systems gave it; the letter, the page and the package are made from this alone."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from habeas.domain.plans import PlanItem
from habeas.domain.register import Register, Regulator
from habeas.domain.requests import Right
from habeas.domain.wishes import Wish
from habeas.letters.letterhead import Letterhead
from schemas.events import SummaryLine

Status = Literal["completed", "silent", "failed"]


@dataclass(frozen=True, slots=True)
class SystemOutcome:
    """What one system did, as its completion event tells it.

    `plan` opens what was found and decided as a stream; it is called once or twice, and not at all unless the
    status is "completed". Both times it gives the same items. `unswept` are places that could not be looked through
    for copies, each with the reason.
    """

    system: str
    title: str
    status: Status
    summary: tuple[SummaryLine, ...]
    effects: Mapping[str, Mapping[str, int]]
    left_over: int
    plan: Callable[[], AbstractContextManager[Iterator[PlanItem]]]
    unswept: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """All that one person is told about one request.

    `addressee` is the name and the lines of the address; empty when neither is known. `wish` is None if nothing in
    particular was wished, `residence` is the country where the person lives if that is known, and `charged` is True if
    a fee was paid for it. `supplement` is the number of a further answer, which tells of what was decided since the
    first one; its systems are those about whose records something was decided. `upheld` is True if it tells that an
    objection was upheld. With `remainder_of`, the date of the first answer, it tells instead of what that one left out:
    its systems are those that had not done their part by then.
    """

    request_id: str
    right: Right
    language: str
    received_on: date
    answered_on: date
    due_on: date
    addressee: tuple[str, ...]
    register: Register
    systems: tuple[SystemOutcome, ...]
    wish: Wish | None = None
    residence: str | None = None
    charged: bool = False
    supplement: int | None = None
    upheld: bool = False
    remainder_of: date | None = None

    @property
    def regulators(self) -> tuple[Regulator, ...]:
        """Where the person may complain."""
        return self.register.regulators_for(self.residence)

    @property
    def letterhead(self) -> Letterhead:
        """What stands around the answer."""
        return Letterhead(
            reference=self.request_id,
            received_on=self.received_on,
            written_on=self.answered_on,
            addressee=self.addressee,
            greets=self.addressee[0] if self.addressee else None,
            register=self.register,
            regulators=self.regulators,
        )

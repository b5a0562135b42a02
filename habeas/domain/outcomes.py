"""What can happen to a record: a closed union (architecture 6), matched with `assert_never`."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal


class Reason(StrEnum):
    """The legal reason of an outcome; letters say each in the person's language."""

    ACCESS = "art-15-1"
    CREDENTIAL = "security-of-processing"  # Article 32: never disclosed
    OTHERS_RIGHTS = "art-15-4"
    NO_GROUND_TO_KEEP = "art-17-1"
    EXPRESSION = "art-17-3-a"
    LEGAL_OBLIGATION = "art-17-3-b"
    PUBLIC_TASK = "art-17-3-b-task"
    PUBLIC_HEALTH = "art-17-3-c"
    ARCHIVING = "art-17-3-d"
    LEGAL_CLAIMS = "art-17-3-e"
    REFERENCED = "referenced"  # other records refer to it and the system removes none of those: emptied instead
    RESTRICTION = "art-18-1"
    OBJECTION_PENDING = "art-18-1-d"
    OBJECTED = "art-21"
    CONSENT_WITHDRAWN = "art-7-3"
    OTHER_PURPOSE = "other-purpose"  # what ends is one use of it; it serves another
    NOT_REACHED = "not-reached"  # what ends never used it
    INACCURATE = "art-16"
    STATEMENT = "art-16-statement"  # completed by what the person states, which stands beside it
    FILED = "filed"  # what was declared to an authority was declared: it is annotated, never rewritten
    PORTABLE = "art-20-1"
    NOT_PORTABLE = "not-portable"
    RETAINED_MEANWHILE = "art-18-retained"
    PROCESSOR = "art-28-3-e"
    OTHER_CONTROLLER = "other-controller"  # a company of the group that is the controller itself
    WEAK_MATCH = "weak-match"
    UNMAPPED_COPY = "unmapped-copy"  # found after erasing, in a place that nobody said anything about
    REAPPEARED = "reappeared"  # had been erased, and was there again: out of a backup, or by an import
    NEW_SINCE = "new-since"  # came after the request, which did not ask for it
    NOT_POSSIBLE = "not-possible"  # the system offers no way; a person must act
    OTHER_PERSON = "other-person"  # a reviewer found it to be somebody else's
    DONE_BY_HAND = "done-by-hand"
    CLIENT_DECLINED = "client-declined"  # the controller for whom it is held wants it left as it is


@dataclass(frozen=True, slots=True)
class Disclose:
    """Given to the person."""

    reason: Reason = Reason.ACCESS
    name: Literal["disclose"] = "disclose"


@dataclass(frozen=True, slots=True)
class Withhold:
    """Not given to the person, who is told why."""

    reason: Reason
    name: Literal["withhold"] = "withhold"


@dataclass(frozen=True, slots=True)
class Erase:
    """Removed."""

    reason: Reason = Reason.NO_GROUND_TO_KEEP
    name: Literal["erase"] = "erase"


@dataclass(frozen=True, slots=True)
class Anonymise:
    """Kept without anything that leads to the person."""

    reason: Reason = Reason.NO_GROUND_TO_KEEP
    name: Literal["anonymise"] = "anonymise"


@dataclass(frozen=True, slots=True)
class Restrict:
    """Stored only."""

    reason: Reason = Reason.RESTRICTION
    name: Literal["restrict"] = "restrict"


@dataclass(frozen=True, slots=True)
class Retain:
    """Kept because a rule or a matter demands it, restricted meanwhile.

    `until` is None while the period has not begun or the matter is open; `anchor` is the record's date from which the
    rule counts.
    For Reason.REFERENCED there is neither rule nor period: the record was to be erased, and its row could not go.
    """

    rule: str
    until: date | None
    reason: Reason = Reason.LEGAL_OBLIGATION
    anchor: str | None = None
    name: Literal["retain"] = "retain"


@dataclass(frozen=True, slots=True)
class Rectify:
    """Corrected to `value`."""

    value: str
    reason: Reason
    name: Literal["rectify"] = "rectify"


@dataclass(frozen=True, slots=True)
class Annotate:
    """Left as it is, with `text` beside it: the person's statement, or what is right where it can't be rewritten.

    `request` is the id of the request that wants it, `on` the day on which that was decided.
    """

    text: str
    request: str
    on: date
    reason: Reason
    name: Literal["annotate"] = "annotate"


@dataclass(frozen=True, slots=True)
class Suppress:
    """Put on the list of those who are never written to again."""

    reason: Reason
    name: Literal["suppress"] = "suppress"


@dataclass(frozen=True, slots=True)
class Refer:
    """Held for a client, or for a company of the group, who is the controller and decides."""

    controller: str
    reason: Reason = Reason.PROCESSOR
    name: Literal["refer"] = "refer"


@dataclass(frozen=True, slots=True)
class Review:
    """Left as it is until a person has decided."""

    reason: Reason
    name: Literal["review"] = "review"


Outcome = Disclose | Withhold | Erase | Anonymise | Restrict | Retain | Rectify | Annotate | Suppress | Refer | Review


@dataclass(frozen=True, slots=True)
class Decision:
    """The fate of some fields of a record, by name; no names means the record as a whole."""

    outcome: Outcome
    fields: tuple[str, ...] = ()

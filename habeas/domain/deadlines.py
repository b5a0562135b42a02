"""When an answer is due, by what has happened (Article 12(3) to (5), UK Article 12A, Regulation 1182/71 Article 3)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain

from habeas.domain.jurisdictions import Jurisdiction
from habeas.domain.requests import Right

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """Something was asked of the person on a day, and answered on another or not yet."""

    asked_on: date
    answered_on: date | None = None

    @property
    def last_day(self) -> date:
        """While there is no answer: as if it had come at once, so that no date is given too late."""
        return self.answered_on or self.asked_on


@dataclass(frozen=True, slots=True)
class Course:
    """What has happened to a request that bears on its time."""

    received_on: date
    right: Right
    identity: tuple[Asked, ...] = ()
    fee: tuple[Asked, ...] = ()
    clarification: tuple[Asked, ...] = ()
    extension_announced_on: date | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """When the answer is due.

    While the clock stands still, since `stopped_since`, `due_on` is the earliest it can be: `due_on - stopped_since`
    is left once the person has answered. `notice_by` is the last day on which an extension can be announced, in the
    same sense; None where the law knows none.
    """

    starts_on: date
    due_on: date
    notice_by: date | None = None
    extended: bool = False
    stopped_since: date | None = None

    def allows_notice(self, on: date) -> bool:
        """True if an extension can be announced on that day: the days of a stop are not of the month."""
        if self.notice_by is None:
            return False
        return on <= self.notice_by or (self.stopped_since is not None and on >= self.stopped_since)


def deadline(where: Jurisdiction, course: Course) -> Deadline:
    """The deadline as things stand. An extension that was announced too late, or that the law has not, is none."""
    law = where.law
    moving = sorted(_moving(where, course), key=_in_order)
    starts_on, open_since = _start(where, course, moving)
    stops = sorted(course.clarification, key=_in_order) if course.right in law.clarification_stops else []
    since = [each.asked_on for each in stops if each.answered_on is None]
    stopped_since = min([*open_since, *since], default=None)
    first = _lengthened(where, law.period.end(starts_on), stops, starts_on)
    standing = Deadline(starts_on, first, first if law.extended else None, stopped_since=stopped_since)
    announced = course.extension_announced_on
    if law.extended is None or announced is None or not standing.allows_notice(announced):
        return standing
    due_on = _lengthened(where, law.extended.end(starts_on), stops, starts_on)
    return Deadline(starts_on, due_on, first, extended=True, stopped_since=stopped_since)


def _moving(where: Jurisdiction, course: Course) -> Iterator[Asked]:
    causes = where.law.starts_on
    return chain(course.identity if "identity" in causes else (), course.fee if "fee" in causes else ())


def _start(where: Jurisdiction, course: Course, moving: Sequence[Asked]) -> tuple[date, list[date]]:
    """The day from which the period counts, and since when it can't start yet.

    What is asked only after the time has run out does not start it anew.
    """
    starts_on = course.received_on
    open_since = []
    for each in moving:
        if each.asked_on > where.working(where.law.period.end(starts_on)):
            break
        starts_on = max(starts_on, each.last_day)
        if each.answered_on is None:
            open_since.append(each.asked_on)
    return starts_on, open_since


def _lengthened(where: Jurisdiction, end: date, stops: Sequence[Asked], starts_on: date) -> date:
    """The last working day, each stopped day counted once, that of the question and that of the answer among them."""
    counted_to = starts_on - _DAY
    for each in stops:
        if each.asked_on > where.working(end):
            break
        first = max(each.asked_on, counted_to + _DAY)
        if each.last_day >= first:
            end += each.last_day - first + _DAY
            counted_to = each.last_day
    return where.working(end)


def _in_order(asked: Asked) -> tuple[date, date]:
    return asked.asked_on, asked.last_day

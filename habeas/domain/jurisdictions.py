"""Whose law of time applies, as data: jurisdictions.yaml, shipped beside this module."""

import calendar
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from habeas.domain.calendars import Calendar
from habeas.domain.requests import Right
from habeas.errors import UserError

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Cause = Literal["receipt", "identity", "fee"]
DEFAULT = "GB-EAW"
"""Of requests that were taken in before a jurisdiction was stated."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Period(_Entry):
    """So many months, or so many days; the day from which it is counted is not one of them."""

    months: Annotated[int, Field(ge=1, le=12)] | None = None
    days: Annotated[int, Field(ge=1, le=366)] | None = None

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.months is None) == (self.days is None):
            raise ValueError("a period is of months or of days")
        return self

    def end(self, start: date) -> date:
        """Its last day: the same date months later, or that month's last day where there is no such date."""
        if self.months is None:
            return start + timedelta(days=self.days or 0)
        index = start.month - 1 + self.months
        year, month = start.year + index // 12, index % 12 + 1
        return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


class ComplaintTime(_Entry):
    """By when the person may complain to the regulator."""

    days_after_answer: Annotated[int, Field(ge=1)]
    days_after_receipt: Annotated[int, Field(ge=1)]

    def last_day(self, *, received_on: date, answered_on: date) -> date:
        """The earlier of the two."""
        after_answer = answered_on + timedelta(days=self.days_after_answer)
        return min(after_answer, received_on + timedelta(days=self.days_after_receipt))


class OwnComplaint(_Entry):
    """That the controller takes complaints itself, and in how many days it acknowledges one; law since that day."""

    acknowledged_in_days: Annotated[int, Field(ge=1)]
    since: date


class Law(_Entry):
    """What a law says of time; `language` is that in which it wants the answer, if it wants one."""

    name: str
    period: Period
    extended: Period | None = None
    starts_on: frozenset[Cause]
    clarification_stops: frozenset[Right] = frozenset()
    language: Literal["en", "sv", "tr"] | None = None
    complaint: ComplaintTime | None = None
    own_complaint: OwnComplaint | None = None


class _Holidays(_Entry):
    country: str
    subdivision: str | None = None


class _Place(_Entry):
    name: str
    law: str
    weekend: tuple[Weekday, ...]
    holidays: _Holidays


class _File(_Entry):
    laws: Mapping[str, Law]
    jurisdictions: Mapping[str, _Place]


class Jurisdiction(_Entry):
    """A place, its law and its working days."""

    code: str
    name: str
    law: Law
    calendar: Calendar

    def working(self, day: date) -> date:
        """The day, or the next working day if it is none."""
        return self.calendar.working(day)


@lru_cache(maxsize=1)
def jurisdictions() -> Mapping[str, Jurisdiction]:
    """All that there are, by their codes."""
    text = (resources.files("habeas.domain") / "jurisdictions.yaml").read_text("utf-8")
    file = _File.model_validate(yaml.safe_load(text))
    return {
        code: Jurisdiction(
            code=code,
            name=place.name,
            law=file.laws[place.law],
            calendar=Calendar(
                country=place.holidays.country,
                subdivision=place.holidays.subdivision,
                weekend=frozenset(_number(day) for day in place.weekend),
            ),
        )
        for code, place in file.jurisdictions.items()
    }


def jurisdiction(code: str) -> Jurisdiction:
    """That of this code. Raises UserError."""
    found = jurisdictions().get(code)
    if found is None:
        raise UserError(f"'{code}' is none of the jurisdictions {', '.join(sorted(jurisdictions()))}")
    return found


def _number(day: Weekday) -> int:
    return ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday").index(day)

"""How long data is kept although its person wants it erased: rules with a period, and legal holds by matter."""

import calendar
from datetime import MAXYEAR, date, timedelta
from fnmatch import fnmatchcase
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from habeas.domain.entries import Country, Entry, Name, Texts, Words
from habeas.domain.outcomes import Reason

CountedFrom = Literal["day", "end-of-calendar-year", "end-of-financial-year", "end-of-vat-period"]
Ground = Literal["legal-obligation", "public-task", "public-health", "archiving", "expression", "legal-claims"]

_REASONS: dict[Ground, Reason] = {
    "expression": Reason.EXPRESSION,
    "legal-obligation": Reason.LEGAL_OBLIGATION,
    "public-task": Reason.PUBLIC_TASK,
    "public-health": Reason.PUBLIC_HEALTH,
    "archiving": Reason.ARCHIVING,
    "legal-claims": Reason.LEGAL_CLAIMS,
}


class Accounting(Entry):
    """The controller's own periods: on which day (MM-DD) its financial year ends, and how VAT is returned."""

    year_ends: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")] = "12-31"
    vat_period_months: Literal[1, 3, 12] = 3
    vat_period_ends_in: Annotated[int, Field(ge=1, le=12)] = 12

    def end(self, day: date, counted_from: CountedFrom) -> date:
        """The last day of the period that `day` lies in."""
        match counted_from:
            case "day":
                return day
            case "end-of-calendar-year":
                return date(day.year, 12, 31)
            case "end-of-financial-year":
                month, last = (int(part) for part in self.year_ends.split("-"))
                ends = _in_month(day.year, month, last)
                return ends if day <= ends or day.year == MAXYEAR else _in_month(day.year + 1, month, last)
            case "end-of-vat-period":
                to_go = (self.vat_period_ends_in - day.month) % self.vat_period_months
                return _months_after(date(day.year, day.month, 1), to_go, last_of_month=True)


OWN_YEAR = Accounting()


class RetentionRule(Entry):
    """A hold: which categories of whose records are kept, how long, counted from which date, and why.

    `relations` empty means anybody's. A record that has the date `instead_of_anchor` is counted from that one, also
    while it has not come (temporary admission: the discharge). `countries` are where it is law; empty means that the
    controller has bound itself to it wherever it is. `ground` is why erasure may be refused (Article 17(3)(a) to (e)).
    """

    id: Name
    categories: Annotated[frozenset[str], Field(min_length=1)]
    relations: frozenset[str] = frozenset()
    years: Annotated[int, Field(ge=0, le=100)] | None = None
    months: Annotated[int, Field(ge=0, le=1200)] | None = None
    days: Annotated[int, Field(ge=0, le=36_600)] | None = None
    anchor: Words
    instead_of_anchor: Words | None = None
    counted_from: CountedFrom = "day"
    countries: frozenset[Country] = frozenset()
    ground: Ground = "legal-obligation"
    legal_basis: Words
    text: Texts

    @model_validator(mode="after")
    def _has_a_period(self) -> Self:
        if self.years is None and self.months is None and self.days is None:
            raise ValueError("has no period: add years, months or days")
        return self

    def until(self, anchor: date | None, accounting: Accounting = OWN_YEAR) -> date | None:
        """The last day of the hold; None while the anchor has not come.

        From 29 February the period ends on 28 February where the last year has no 29th: the nearest day that does
        not keep the data longer than the rule says. What goes beyond the calendar ends with it.
        """
        if anchor is None:
            return None
        start = accounting.end(anchor, self.counted_from)
        months = 12 * (self.years or 0) + (self.months or 0)
        month_end = self.counted_from != "day" and _is_last_of_month(start)
        ends = _months_after(start, months, last_of_month=month_end) if months else start
        return ends if date.max - ends < timedelta(days=self.days or 0) else ends + timedelta(days=self.days or 0)

    @property
    def reason(self) -> Reason:
        """The ground, as decisions and letters name it."""
        return _REASONS[self.ground]

    @property
    def is_law_somewhere(self) -> bool:
        """True if it is in force only where the controller is established."""
        return bool(self.countries)


class Matter(Entry):
    """A legal hold: what a dispute or an investigation needs is kept until it is released (Article 17(3)(e)).

    It holds what all of its entries name: `categories`, `relations`, and `records` as "system/collection/key", with *
    for any part ("crm/customers/42", "billing/*").
    """

    id: Name
    title: Words
    opened: date
    released: date | None = None
    categories: frozenset[str] = frozenset()
    relations: frozenset[str] = frozenset()
    records: tuple[Words, ...] = ()
    legal_basis: Words = "Article 17(3)(e)"
    text: Texts

    @model_validator(mode="after")
    def _is_narrowed(self) -> Self:
        if not (self.categories or self.relations or self.records):
            raise ValueError("holds everything of everybody: name categories, relations or records")
        if self.released is not None and self.released < self.opened:
            raise ValueError("is released before it was opened")
        return self

    def holds(self, category: str, relation: str | None, place: str, today: date) -> bool:
        """True if a field of that category, in a record at that place, is to stay today."""
        return (
            (self.released is None or today <= self.released)
            and (not self.categories or category in self.categories)
            and (not self.relations or relation in self.relations)
            and (not self.records or any(fnmatchcase(place, each) for each in self.records))
        )


def _months_after(start: date, months: int, *, last_of_month: bool = False) -> date:
    index = start.month - 1 + months
    year, month = start.year + index // 12, index % 12 + 1
    if year > MAXYEAR:
        return date.max
    return _in_month(year, month, 31 if last_of_month else start.day)


def _in_month(year: int, month: int, day: int) -> date:
    """That day, or the month's last where there is no such day."""
    last = calendar.monthrange(year, month)[1]
    return date(year, month, min(day, last))


def _is_last_of_month(day: date) -> bool:
    return day.day == calendar.monthrange(day.year, day.month)[1]

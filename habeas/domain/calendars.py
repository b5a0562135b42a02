"""Working days of a place: neither a weekend nor a public holiday (Regulation 1182/71, Articles 2 and 3(4))."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Calendar:
    """By ISO codes of the country and its part, as the package `holidays` has them; weekdays count from Monday, 0."""

    country: str
    subdivision: str | None
    weekend: frozenset[int]

    def is_working(self, day: date) -> bool:
        """False on weekends and public holidays."""
        return day.weekday() not in self.weekend and day not in _holidays(self.country, self.subdivision, day.year)

    def working(self, day: date) -> date:
        """The day, or the next working day if it is none."""
        while not self.is_working(day):
            day += timedelta(days=1)
        return day


@lru_cache(maxsize=256)
def _holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    from holidays import country_holidays  # noqa: PLC0415 - large, and only needed where a date is reckoned

    return frozenset(country_holidays(country, subdiv=subdivision, years=year))

"""A clock that stands still until a test moves it."""

from datetime import UTC, date, datetime, timedelta


class HeldClock:
    """The time, as the test says."""

    def __init__(self, now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self._now = now

    def now(self) -> datetime:
        """An aware datetime in UTC."""
        return self._now

    def today(self) -> date:
        """Its date."""
        return self._now.date()

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)

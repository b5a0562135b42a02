"""The real clock."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's time; `zone` is that of the controller's seat, in which days are counted."""

    zone: ZoneInfo

    def now(self) -> datetime:
        """An aware datetime in UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """The date at the controller's seat."""
        return datetime.now(self.zone).date()

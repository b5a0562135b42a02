"""The time."""

from datetime import date, datetime
from typing import Protocol


class Clock(Protocol):
    """The time; injected, so that tests own it."""

    def now(self) -> datetime:
        """An aware datetime in UTC."""

    def today(self) -> date:
        """The date at the controller's seat."""

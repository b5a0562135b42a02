"""When an answer is due (law.md B is the table of cases; Article 12(3), Regulation 1182/71)."""

import calendar
from datetime import date


def month_after(start: date, *, months: int = 1) -> date:
    """The same date so many months on, or that month's last day where there is no such date."""
    index = start.month - 1 + months
    year, month = start.year + index // 12, index % 12 + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))

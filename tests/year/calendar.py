"""Days and months, counted plainly."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.year.market import RIGA


def months_later(start: date, months: int) -> date:
    """The same day so many months later, or that month's last."""
    year, month = start.year, start.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def months_between(today: date, since: int, count: int) -> tuple[date, date]:
    """The first and the last day of so many months, the first of which lies `since` months back."""
    first = today.replace(day=1)
    for _ in range(since):
        first = (first - timedelta(days=1)).replace(day=1)
    return first, months_later(first, count) - timedelta(days=1)


def noon(day: date) -> datetime:
    """The middle of that day at the distributor."""
    return datetime.combine(day, time(12), ZoneInfo(RIGA))

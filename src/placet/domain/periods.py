"""Billing periods (R70, R71): whole days, counted from the day a subscription began.

Every border of a subscription's periods is that first day moved on by whole months, so that a
subscription of 31 January is billed on 28 February and on 31 March: no border drifts.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from placet.domain.words import BillingType

MONTHS: Final = {BillingType.MONTHLY: 1, BillingType.ANNUAL: 12, BillingType.USAGE: 1}
"""How long a period is; what is billed once has none. Usage is billed by the month, afterwards."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days that are paid for together: `first` is the first of them, `until` the first one after."""

    first: date
    until: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.until - self.first).days

    def rest(self, day: date) -> "Period | None":
        """What is left of it from that day on; `None` where it is over."""
        return Period(max(day, self.first), self.until) if day < self.until else None


def day_of(moment: datetime, time_zone: str) -> date:
    """The day that a moment belongs to there."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def months_after(start: date, months: int) -> date:
    """The same day so many months later, or that month's last where it has no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def period_at(start: date, billing: BillingType, day: date) -> Period | None:
    """The whole period that the day is in, of what began on `start` and is billed that way; the first
    one for any day before. `None` where nothing is billed again."""
    length = MONTHS.get(billing)
    if length is None:
        return None
    passed = (day.year - start.year) * 12 + day.month - start.month
    count = max(0, passed // length)
    if count and months_after(start, count * length) > day:
        count -= 1
    return Period(months_after(start, count * length), months_after(start, (count + 1) * length))

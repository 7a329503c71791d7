"""What a dashboard counts over (R102, R103): months as days of a calendar, and the shares of a pie."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from placet.domain.periods import Period
from placet.domain.words import Word

WHOLE: Final = 100_00
"""A hundred percent, in hundredths of one."""


class MixPeriod(Word):
    """The periods of the product mix (R103)."""

    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    LAST_3_MONTHS = "last_3_months"


def days_of(period: MixPeriod, today: date) -> Period:
    """The days of a period, whole calendar months: the one that today is in, the one before it, or the
    three before it."""
    match period:
        case MixPeriod.THIS_MONTH:
            return _months(today, since=0, count=1)
        case MixPeriod.LAST_MONTH:
            return _months(today, since=1, count=1)
        case MixPeriod.LAST_3_MONTHS:
            return _months(today, since=3, count=3)


def last_day(days: Period, today: date) -> date:
    """The last day of a period, or today while it lasts."""
    return min(days.until - timedelta(days=1), today)


def _months(today: date, since: int, count: int) -> Period:
    """So many months from the first day of the one that lies `since` months back."""
    month = today.year * 12 + today.month - 1 - since
    return Period(_first_of(month), _first_of(month + count))


def _first_of(month: int) -> date:
    """The first day of the month with that number, counted from the year 0."""
    return date(month // 12, month % 12 + 1, 1)


def shares(amounts: Sequence[int]) -> list[int]:
    """Each amount's part of them all, in hundredths of a percent. The parts sum to exactly 100 percent:
    what rounding down leaves over goes to the largest remainders, of equal ones to the first. Amounts are
    positive."""
    total = sum(amounts)
    parts = [amount * WHOLE // total for amount in amounts]
    left = WHOLE - sum(parts)
    by_remainder = sorted(range(len(amounts)), key=lambda place: -(amounts[place] * WHOLE % total))
    lucky = set(by_remainder[:left])
    return [part + (place in lucky) for place, part in enumerate(parts)]

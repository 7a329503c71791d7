"""The days that a dashboard counts over, and the shares of its pie (R102, R103)."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.domain.statistics import WHOLE, MixPeriod, days_of, last_day, shares
from tests.domain.tables import cases


@cases("""
period         today           first       last
this_month     2026-11-22  ->  2026-11-01  2026-11-22
this_month     2026-11-01  ->  2026-11-01  2026-11-01
this_month     2026-11-30  ->  2026-11-01  2026-11-30
this_month     2028-02-29  ->  2028-02-01  2028-02-29
last_month     2026-11-22  ->  2026-10-01  2026-10-31
last_month     2026-01-31  ->  2025-12-01  2025-12-31
last_month     2028-03-31  ->  2028-02-01  2028-02-29
last_month     2027-03-01  ->  2027-02-01  2027-02-28
last_3_months  2026-11-22  ->  2026-08-01  2026-10-31
last_3_months  2026-01-01  ->  2025-10-01  2025-12-31
last_3_months  2026-03-31  ->  2025-12-01  2026-02-28
last_3_months  2028-05-01  ->  2028-02-01  2028-04-30
""")
def test_periods(period: str, today: str, first: str, last: str) -> None:
    """R103: whole months of the calendar; the month that lasts is shown up to today."""
    now = date.fromisoformat(today)
    days = days_of(MixPeriod(period), now)
    assert (days.first.isoformat(), last_day(days, now).isoformat()) == (first, last)


@pytest.mark.parametrize("today", [date(2027, 12, 31), date(2028, 1, 1), date(2028, 2, 29)])
def test_a_month_is_counted_to_its_end(today: date) -> None:
    """R102: every committed fact is in, also one that another clock wrote a moment ahead of ours."""
    days = days_of(MixPeriod.THIS_MONTH, today)
    assert days.first <= today < days.until
    assert days.until.day == 1


@cases("""
amounts             parts
100                 10000
1 1                 5000 5000
1 1 1               3334 3333 3333
2 1                 6667 3333
1 1 1 1 1 1 1       1429 1429 1429 1429 1428 1428 1428
199 1               9950 50
99999 1             10000 0
999999 1            10000 0
5 3 1               5556 3333 1111
1000000000000000 1  10000 0
""")
def test_shares(amounts: str, parts: str) -> None:
    """R103: hundredths of a percent that sum to 100; the largest remainders get what is left over."""
    assert shares([int(amount) for amount in amounts.split()]) == [int(part) for part in parts.split()]


def test_nothing_has_no_shares() -> None:
    """R103: an empty period."""
    assert shares([]) == []


@given(st.lists(st.integers(1, 10**15), min_size=1, max_size=60))
def test_shares_of_anything(amounts: list[int]) -> None:
    """R103: they sum to 100 percent; none is a hundredth or more away; no smaller amount has a larger one."""
    parts, total = shares(amounts), sum(amounts)
    assert sum(parts) == WHOLE
    pairs = sorted(zip(amounts, parts, strict=True))
    assert all(abs(part * total - amount * WHOLE) < total for amount, part in pairs)
    assert all(more >= less for (low, less), (high, more) in pairwise(pairs) if high > low)

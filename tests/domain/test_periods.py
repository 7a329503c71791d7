"""Billing periods (R70, R71): month ends and leap days."""

from datetime import UTC, date, datetime

from placet.domain.periods import Period, day_of, period_at
from placet.domain.words import BillingType
from tests.domain.tables import cases

PERIODS = """
began       billing   day         ->  first       until
2026-11-22  monthly   2026-11-22      2026-11-22  2026-12-22
2026-11-22  monthly   2026-12-21      2026-11-22  2026-12-22
2026-11-22  monthly   2026-12-22      2026-12-22  2027-01-22
2027-01-31  monthly   2027-01-31      2027-01-31  2027-02-28
2027-01-31  monthly   2027-02-28      2027-02-28  2027-03-31
2027-01-31  monthly   2027-03-30      2027-02-28  2027-03-31
2027-01-31  monthly   2027-03-31      2027-03-31  2027-04-30
2028-01-31  monthly   2028-02-28      2028-01-31  2028-02-29
2028-01-31  monthly   2028-02-29      2028-02-29  2028-03-31
2028-01-29  monthly   2029-02-28      2029-02-28  2029-03-29
2026-12-31  monthly   2027-02-27      2027-01-31  2027-02-28
2026-11-22  annual    2027-11-21      2026-11-22  2027-11-22
2028-02-29  annual    2028-02-29      2028-02-29  2029-02-28
2028-02-29  annual    2029-02-28      2029-02-28  2030-02-28
2028-02-29  annual    2032-02-28      2031-02-28  2032-02-29
2028-02-29  annual    2032-02-29      2032-02-29  2033-02-28
2026-11-22  usage     2026-11-30      2026-11-22  2026-12-22
2026-11-22  monthly   2026-11-01      2026-11-22  2026-12-22
"""


@cases(PERIODS)
def test_the_period_that_a_day_is_in(began: str, billing: str, day: str, first: str, until: str) -> None:
    found = period_at(date.fromisoformat(began), BillingType(billing), date.fromisoformat(day))
    assert found == Period(date.fromisoformat(first), date.fromisoformat(until))


def test_what_is_billed_once_has_no_period() -> None:
    assert period_at(date(2026, 11, 22), BillingType.ONE_TIME, date(2026, 11, 22)) is None


def test_periods_follow_one_another_without_a_gap_for_ten_years() -> None:
    for start in (date(2027, 1, 31), date(2028, 2, 29), date(2027, 3, 1), date(2027, 12, 30)):
        for billing in (BillingType.MONTHLY, BillingType.ANNUAL):
            day = start
            while day < date(2038, 1, 1):
                period = period_at(start, billing, day)
                assert period is not None
                assert period.first == day < period.until
                day = period.until


DAYS = """
moment                zone              ->  day
2026-12-31T22:30:00   Europe/Riga           2027-01-01
2026-12-31T21:59:59   Europe/Riga           2026-12-31
2027-01-01T04:59:00   America/New_York      2026-12-31
2028-02-28T23:30:00   Europe/Riga           2028-02-29
2026-11-22T10:00:00   UTC                   2026-11-22
"""


@cases(DAYS)
def test_days_are_those_of_the_time_zone(moment: str, zone: str, day: str) -> None:
    assert day_of(datetime.fromisoformat(moment).replace(tzinfo=UTC), zone) == date.fromisoformat(day)


def test_what_is_left_of_a_period() -> None:
    period = Period(date(2026, 11, 1), date(2026, 12, 1))
    assert period.rest(date(2026, 11, 16)) == Period(date(2026, 11, 16), date(2026, 12, 1))
    assert period.rest(date(2026, 10, 1)) == period
    assert period.rest(date(2026, 12, 1)) is None

"""Exact money: R7."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.domain import money
from placet.domain.money import MOST_MINOR, Money
from tests.domain.tables import cases

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD", "CLF"])
AMOUNTS = st.integers(-MOST_MINOR, MOST_MINOR)

READ = """
text                  currency  ->  minor
12.50                 EUR           1250
12.5                  EUR           1250
12                    EUR           1200
0                     EUR           0
-0.05                 EUR           -5
.5                    EUR           50
007.00                EUR           700
5                     JPY           5
5.0                   JPY           5
1.234                 KWD           1234
1.2                   KWD           1200
10000000000000.00     EUR           1000000000000000
-10000000000000.00    EUR           -1000000000000000
12.500000000000000000000000000000000000000  EUR  1250
"""

UNREADABLE = """
text                  currency  ->  why
0.001                 EUR           EUR has 2 decimals
0.5                   JPY           JPY has 0 decimals
0.0001                KWD           KWD has 3 decimals
1.00000000000000000000000000000000000000001  EUR  EUR has 2 decimals
10000000000000.01     EUR           too large
-10000000000000.01    EUR           too large
10000000000000.001    EUR           too large
10000000000000000     JPY           too large
-                     EUR           not a decimal number
.                     EUR           not a decimal number
--5                   EUR           not a decimal number
5-                    EUR           not a decimal number
+5                    EUR           not a decimal number
1e3                   EUR           not a decimal number
1 000                 EUR           not a decimal number
1,50                  EUR           not a decimal number
1.2.3                 EUR           not a decimal number
NaN                   EUR           not a decimal number
Infinity              EUR           not a decimal number
0x10                  EUR           not a decimal number
٣                     EUR           not a decimal number
1                     XXX           no minor unit
1                     eur           not a valid Currency
"""

WRITTEN = """
minor   currency  ->  text
1250    EUR           12.50
5       EUR           0.05
-5      EUR           -0.05
-1250   EUR           -12.50
0       EUR           0.00
1250    JPY           1250
-3      JPY           -3
1234    KWD           1.234
-1      KWD           -0.001
"""

SHARES = """
minor   percent   ->  share
25      10            3
24      10            2
-25     10            -3
25      -10           -3
-25     -10           3
-24     10            -2
1       49.9999       0
1       50            1
-1      50            -1
100     0             0
0       21            0
333     33.3333       111
1050    120           1260
1000000000000000  99999.9999  999999999000000000
12345678901234567890123456789  50.0000  6172839450617283945061728395
"""


@cases(READ)
def test_text_is_read_exactly(text: str, currency: str, minor: str) -> None:
    assert money.parsed(text, currency) == int(minor)


@cases(UNREADABLE)
def test_what_is_no_exact_amount_is_refused(text: str, currency: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        money.parsed(text, currency)


@pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity")])
def test_what_is_no_number_at_all_is_refused(amount: Decimal) -> None:
    with pytest.raises(ValueError, match="too large"):
        money.minor_units(amount, "EUR")


def test_the_longest_text_that_a_request_can_hold_is_an_answer_too() -> None:
    with pytest.raises(ValueError, match="too large"):
        money.parsed("9" * 1_040_000, "EUR")
    with pytest.raises(ValueError, match="decimals"):
        money.parsed("0." + "0" * 1_040_000 + "1", "EUR")


@cases(WRITTEN)
def test_minor_units_are_written_as_decimal_text(minor: str, currency: str, text: str) -> None:
    assert money.text(int(minor), currency) == text


@cases(SHARES)
def test_a_share_is_rounded_half_away_from_zero(minor: str, percent: str, share: str) -> None:
    assert money.percent_of(int(minor), Decimal(percent)) == int(share)


@given(AMOUNTS, CURRENCIES)
def test_reading_what_was_written_gives_the_same(minor: int, currency: str) -> None:
    assert money.parsed(money.text(minor, currency), currency) == minor


@given(st.integers(-(10**24), 10**24), st.decimals(-100, 100_000, places=4))
def test_a_share_is_never_further_than_a_half_from_the_exact_one(minor: int, percent: Decimal) -> None:
    exact = Fraction(percent) * minor / 100
    off = abs(money.percent_of(minor, percent)) - abs(exact)
    assert Fraction(-1, 2) < off <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("text", "is_one"), [("EUR", True), ("JPY", True), ("XAU", False), ("EURO", False), ("", False)]
)
def test_a_currency_of_prices_has_a_minor_unit(text: str, is_one: bool) -> None:  # noqa: FBT001 - the case
    assert money.is_currency(text) is is_one


def test_money_of_one_currency_adds_and_subtracts() -> None:
    assert Money(1250, "EUR") + Money(5, "EUR") == Money(1255, "EUR")
    assert Money(5, "EUR") - Money(1250, "EUR") == Money(-1245, "EUR")
    assert str(Money(-1245, "EUR")) == "-12.45 EUR"
    assert Money(1250, "KWD").as_json() == {"amount": "1.250", "currency": "KWD"}


def test_two_currencies_are_our_own_mistake() -> None:
    with pytest.raises(AssertionError, match="two currencies"):
        Money(1, "EUR") + Money(1, "USD")
    with pytest.raises(AssertionError, match="two currencies"):
        Money(1, "EUR") - Money(1, "USD")


SHARES = """
amount  part  whole  ->  share_
3000    15    30         1500
1000    1     3          333
1000    2     3          667
1       1     2          1
5       1     2          3
100     0     30         0
100     30    30         100
999     7     31         226
"""


@cases(SHARES)
def test_a_share_is_rounded_half_up_once(amount: str, part: str, whole: str, share_: str) -> None:
    """R7."""
    assert money.share(int(amount), int(part), int(whole)) == int(share_)


def test_shares_of_a_day_split_add_up_to_within_one_unit_each() -> None:
    parts = [money.share(1000, days, 31) for days in (10, 10, 11)]
    assert abs(sum(parts) - 1000) <= len(parts)

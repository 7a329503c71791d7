"""Exact money (R7): whole minor units inside, decimal text outside."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Final

from iso4217 import Currency

MOST_MINOR: Final = 10**15
"""The largest amount that anyone may write, in minor units: far from what 64 bits hold, so that
sums of 500 lines and of long account histories stay exact."""


@cache
def exponent(currency: str) -> int:
    """How many decimals the currency has: 2 for EUR, 0 for JPY, 3 for KWD.

    Raises `ValueError` for what is no currency of ISO 4217, or one without a minor unit.
    """
    digits = Currency(currency).exponent
    if digits is None:
        msg = f"{currency} has no minor unit"
        raise ValueError(msg)
    return digits


def is_currency(text: str) -> bool:
    """Whether prices can be in it."""
    try:
        return exponent(text) >= 0
    except ValueError:
        return False


def percent_of(minor: int, percent: Decimal) -> int:
    """That share of an amount, rounded half-up once, half away from zero (R7): exact at any size, which
    decimals of a fixed precision are not."""
    share, whole = percent.as_integer_ratio()
    share, whole = abs(minor * share), whole * 100
    minus = (minor < 0) != (percent < 0)
    return (-1 if minus else 1) * ((2 * share + whole) // (2 * whole))


def share(amount: int, part: int, whole: int) -> int:
    """That part of an amount of 0 or more, rounded half-up once (R7)."""
    return (2 * amount * part + whole) // (2 * whole)


def minor_units(amount: Decimal, currency: str) -> int:
    """A decimal amount as whole minor units.

    Raises `ValueError` where it has more decimals than the currency, or is too large.
    """
    digits = exponent(currency)
    if not amount.is_finite() or amount.copy_abs() > Decimal(MOST_MINOR).scaleb(-digits):
        msg = "too large"
        raise ValueError(msg)
    minor = int(amount.scaleb(digits))
    if Decimal(minor).scaleb(-digits) != amount:  # compared, not rounded: exact however long it is
        msg = f"{currency} has {digits} decimals"
        raise ValueError(msg)
    return minor


def parsed(text: str, currency: str) -> int:
    """Decimal text as whole minor units: `"12.5"` in EUR is 1250. Raises `ValueError`."""
    if not text.isascii() or not text.replace(".", "", 1).lstrip("-").isdecimal():
        msg = "not a decimal number"
        raise ValueError(msg)
    try:
        return minor_units(Decimal(text), currency)
    except InvalidOperation as error:
        msg = "not a decimal number"
        raise ValueError(msg) from error


def text(minor: int, currency: str) -> str:
    """Minor units as decimal text: 1250 in EUR is `"12.50"`."""
    digits = exponent(currency)
    if not digits:
        return str(minor)
    whole, part = divmod(abs(minor), 10**digits)
    return f"{'-' if minor < 0 else ''}{whole}.{part:0{digits}d}"


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in a currency. Adding two currencies is our mistake, and says so."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        assert self.currency == other.currency, "two currencies cannot be added"
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        assert self.currency == other.currency, "two currencies cannot be subtracted"
        return Money(self.minor - other.minor, self.currency)

    def __str__(self) -> str:
        return f"{text(self.minor, self.currency)} {self.currency}"

    def as_json(self) -> dict[str, str]:
        """As the API writes it: `{"amount": "12.50", "currency": "EUR"}`."""
        return {"amount": text(self.minor, self.currency), "currency": self.currency}

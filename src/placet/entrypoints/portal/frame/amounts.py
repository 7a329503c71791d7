"""Amounts that people type: by their language's customs, to exact decimal text."""

import re
from decimal import Decimal
from typing import Any, Final

from babel.numbers import parse_decimal
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from placet.domain import money
from placet.domain.money import Money
from placet.entrypoints.portal.frame.money import locale, money_text

LONGEST: Final = 40
MOST: Final = Decimal(10**13)
HEAD: Final = re.compile(r"[1-9][0-9]{0,2}")
LIKE_A_GROUP: Final = re.compile(r"[0-9]{2}0")
DIGITS: Final = frozenset("0123456789.,'\N{RIGHT SINGLE QUOTATION MARK}")


class AmountField(forms.CharField):
    """An amount of 0 or more as decimal text, as actions take it. Spaces set groups apart."""

    widget = forms.TextInput(
        {"inputmode": "decimal", "autocomplete": "off", "class": "form-control text-end tnum"}
    )

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(max_length=LONGEST, **options)

    def to_python(self, value: object) -> str:
        """What was typed, exact; nothing where nothing was."""
        text = "".join(str(value or "").split())
        if not text:
            return ""
        try:
            _only_digits(text)
            amount = parse_decimal(text, locale=locale(), strict=True)
        except ValueError as error:  # Babel's own is one
            raise ValidationError(wrong_amount()) from error
        if amount > MOST or _read_both_ways(text):
            raise ValidationError(wrong_amount())
        return f"{amount:f}"


def _only_digits(text: str) -> None:
    """Babel takes `1e5` and `NaN` for numbers; people who type them mean something else."""
    if not set(text) <= DIGITS:
        raise ValueError(text)


def _read_both_ways(text: str) -> bool:
    """`1.250` is thousands to one reader and a little over one to another: it is neither here, lest what was
    not meant is booked. No amount needs that last zero."""
    whole, sign, part = text.partition(locale().number_symbols["latn"]["decimal"])
    return bool(sign and LIKE_A_GROUP.fullmatch(part) and HEAD.fullmatch(whole))


def wrong_amount() -> str:
    """What somebody reads who typed no amount."""
    return _("Please write an amount, like %(example)s.") % {"example": written(Decimal(1250))}


def typed(minor: int, currency: str) -> str:
    """An amount as a field shows it."""
    return written(Decimal(money.text(minor, currency)), min(money.exponent(currency), 2))


def written(amount: Decimal | None, decimals: int = 2) -> str:
    """A plain decimal as a field shows it, in the reader's customs; at least so many decimals."""
    if amount is None:
        return ""
    exact = amount.normalize()
    places = max(decimals, -int(exact.as_tuple().exponent))
    text = f"{amount:.{places}f}"
    return text.replace(".", locale().number_symbols["latn"]["decimal"])


def of_each(amount: Decimal, currencies: list[str]) -> str:
    """A plain decimal that is read in each of these currencies (R61, R81): with its sign, where it is one."""
    if len(currencies) == 1:
        try:
            return money_text(Money(money.minor_units(amount, currencies[0]), currencies[0]))
        except ValueError:  # more decimals than the currency has
            return f"{written(amount)}\N{NO-BREAK SPACE}{currencies[0]}"
    return written(amount)

"""Money as people read it: by their language's customs, the sign behind the number."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Final

from babel import Locale
from babel.numbers import format_currency, format_decimal, get_currency_symbol
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from placet.domain.money import Money

NO_BREAK: Final = "\N{NO-BREAK SPACE}"
TYPOGRAPHERS: Final = {"-": "\N{MINUS SIGN}", "\N{NARROW NO-BREAK SPACE}": NO_BREAK}
ENGLISH: Final = {",": NO_BREAK}
"""English is read in all of Europe: groups set apart by a space, which nobody takes for a decimal point."""


def money_text(amount: Money | Mapping[str, Any]) -> str:
    """`1 200.00 €`, with spaces that do not break."""
    number, sign = _parts(amount)
    return f"{number}{NO_BREAK}{sign}"


def money_html(amount: Money | Mapping[str, Any]) -> SafeString:
    """The same with the sign set back."""
    number, sign = _parts(amount)
    return format_html('{}{}<span class="cur">{}</span>', number, NO_BREAK, sign)


def currency_sign(currency: str) -> str:
    """`€`, as it stands beside a field."""
    return _sign(currency, locale())


def number_text(number: Decimal | float) -> str:
    """A number by the reader's customs."""
    return _tidy(format_decimal(number, locale=locale()))


def _parts(amount: Money | Mapping[str, Any]) -> tuple[str, str]:
    written = amount.as_json() if isinstance(amount, Money) else amount
    currency, text = written["currency"], written["amount"]
    number = format_currency(
        Decimal(text), currency, format="#,##0.00", locale=locale(), currency_digits=True
    )
    return _tidy(number), _sign(currency, locale())


def _tidy(number: str) -> str:
    customs = TYPOGRAPHERS | ENGLISH if locale().language == "en" else TYPOGRAPHERS
    return "".join(customs.get(letter, letter) for letter in number)


def locale() -> Locale:
    """By whose customs numbers and days are written for the reader."""
    return _locale(get_language() or "en")


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")


@cache
def _sign(currency: str, where: Locale) -> str:
    symbol: str = get_currency_symbol(currency, locale=where)
    return symbol

"""Countries by their names, in the reader's language."""

from functools import cache

from babel import Locale

from placet.entrypoints.portal.frame.money import locale

CODE = 2
NO_COUNTRIES = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
"""What CLDR lists beside countries."""

Choice = tuple[str, str]


def one() -> list[Choice]:
    """To choose one, or say nothing."""
    return [("", "-"), *_named(str(locale()))]


def country_name(code: str) -> str:
    """`LV` is Latvia; an unknown code stays what it is."""
    return dict(_named(str(locale()))).get(code, code)


@cache
def _named(language: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(language).territories
    found = [
        (code, name)
        for code, name in names.items()
        if len(code) == CODE and code.isalpha() and code not in NO_COUNTRIES
    ]
    return tuple(sorted(found, key=lambda pair: pair[1].casefold()))

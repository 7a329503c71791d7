"""What a row of a price list's own CSV says (R4)."""

from datetime import UTC, datetime
from io import BytesIO

import pytest

from placet.domain.delimited import Wrong
from placet.domain.price_rows import PriceRow, price_rows

HEADER = "product,min_quantity,unit_price,valid_from,valid_to,currency\n"


def read(row: str, currency: str = "EUR", header: str = HEADER) -> PriceRow | Wrong:
    (found,) = price_rows(BytesIO(f"{header}{row}\n".encode()), currency=currency, zone="Europe/Riga")
    return found


JANUARY = datetime(2026, 12, 31, 22, tzinfo=UTC)
"""The first of January 2027 in Riga."""
FEBRUARY = datetime(2027, 1, 31, 22, tzinfo=UTC)

GOOD = (
    ("bp,,10.00,,,", PriceRow(2, "bp", 1, 1000, None, None)),
    (" bp , 50 , 9.5 ,,, EUR ", PriceRow(2, "bp", 50, 950, None, None)),
    ("bp,1000000,0,2027-01-01,2027-01-31,", PriceRow(2, "bp", 1_000_000, 0, JANUARY, FEBRUARY)),
    ("bp,,1,2026-12-31T22:00:00Z,2027-02-01T00:00+02:00,", PriceRow(2, "bp", 1, 100, JANUARY, FEBRUARY)),
    ("bp,,,2027-01-01,,", PriceRow(2, "bp", 1, None, JANUARY, None)),
    ("bp,,,,,", PriceRow(2, "bp", 1, None, None, None)),
)


@pytest.mark.parametrize(("row", "found"), GOOD)
def test_a_row_says(row: str, found: PriceRow) -> None:
    """A day counts whole, in the owner's time zone: the last one too."""
    assert read(row) == found


@pytest.mark.parametrize(("currency", "text", "unit"), [("JPY", "980", 980), ("KWD", "0.125", 125)])
def test_in_the_decimals_of_the_currency(currency: str, text: str, unit: int) -> None:
    """R7."""
    found = read(f"bp,{text}", currency, "product,unit_price\n")
    assert isinstance(found, PriceRow)
    assert found.unit == unit


MOMENT = "must be a day (2030-12-31) or a time with its offset (2030-12-31T12:00:00Z)"
NUMBER = "min_quantity: must be a whole number from 1 to 1000000"

BAD = (
    (",,10.00,,,", "product: must be a ref or an id, of 1 to 100 characters"),
    (f"{'x' * 101},,10.00,,,", "product: must be a ref or an id, of 1 to 100 characters"),
    ("bp,,10.001,,,", "unit_price: EUR has 2 decimals"),
    ("bp,,1e3,,,", "unit_price: not a decimal number"),
    ("bp,,NaN,,,", "unit_price: not a decimal number"),
    ("bp,,-1,,,", "unit_price: must be an amount from 0"),
    ('bp,,"1,5",,,', "unit_price: not a decimal number"),
    ("bp,,10 €,,,", "unit_price: not a decimal number"),
    ("bp,,9999999999999999,,,", "unit_price: too large"),
    (f"bp,,{'0' * 41},,,", "unit_price: must be an amount from 0"),
    ("bp,0,1,,,", NUMBER),
    ("bp,-1,1,,,", NUMBER),
    ("bp,1.5,1,,,", NUMBER),
    ("bp,1000001,1,,,", NUMBER),
    ("bp,٣,1,,,", NUMBER),
    ("bp,,1,01.02.2027,,", f"valid_from: {MOMENT}"),
    ("bp,,1,2027-02-30,,", f"valid_from: {MOMENT}"),
    ("bp,,1,,2027-01-01T00:00:00,", f"valid_to: {MOMENT}"),
    ("bp,,1,,9999-12-31,", f"valid_to: {MOMENT}"),
    ("bp,,1,2027-02-01,2027-01-31,", "valid_to: must be after valid_from"),
    ("bp,,,,2027-01-31,", "unit_price: is missing; a row that ends a price has a valid_from alone"),
    ("bp,,1,,,USD", "currency: the list is in EUR, not in USD"),
)


@pytest.mark.parametrize(("row", "reason"), BAD)
def test_a_row_that_cannot_be(row: str, reason: str) -> None:
    assert read(row) == Wrong(2, reason)

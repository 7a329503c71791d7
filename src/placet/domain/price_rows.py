"""The rows of a price list's own CSV (R4): what each says, or what is wrong with it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Final

from placet.domain import money, validity
from placet.domain.delimited import Record, Wrong, records
from placet.domain.words import Word

COLUMNS: Final = ("product", "name", "currency", "min_quantity", "unit_price", "valid_from", "valid_to")
"""As a list is written; `product` is its ref, or its id where it has none. `name` is for people."""

NEEDED: Final = ("product", "unit_price")
MOST_QUANTITY: Final = 1_000_000
LONGEST_NAME: Final = 100


class Became(Word):
    """What a row of a file comes to."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    ENDED = "ended"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price of a product (by ref or id) from a quantity on, valid from one moment until another; or,
    where `unit` is none, the word that there is none any more from `valid_from` on."""

    line: int
    product: str
    min_quantity: int
    unit: int | None
    valid_from: datetime | None
    valid_to: datetime | None


def price_rows(file: BinaryIO, *, currency: str, zone: str) -> Iterator[PriceRow | Wrong]:
    """What the file says of a list in that currency, whose owner lives in that time zone."""
    for record in records(file, needed=NEEDED, known=COLUMNS):
        yield record if isinstance(record, Wrong) else _row(record, currency, zone)


def _row(record: Record, currency: str, zone: str) -> PriceRow | Wrong:
    try:
        return _read(record, currency, zone)
    except ValueError as error:
        return Wrong(record.line, str(error))


def _read(record: Record, currency: str, zone: str) -> PriceRow:
    cells = {name: cell.strip() for name, cell in record.cells.items()}
    if cells.get("currency") not in {None, "", currency}:
        raise ValueError(f"currency: the list is in {currency}, not in {cells['currency'][:10]}")
    row = PriceRow(
        line=record.line,
        product=_product(cells["product"]),
        min_quantity=_quantity(cells.get("min_quantity") or "1"),
        unit=_unit(cells["unit_price"], currency),
        valid_from=validity.begins(_moment("valid_from", cells), zone),
        valid_to=validity.ends(_moment("valid_to", cells), zone),
    )
    if row.valid_from and row.valid_to and row.valid_from >= row.valid_to:
        raise ValueError("valid_to: must be after valid_from")
    if row.unit is None and row.valid_to:
        raise ValueError("unit_price: is missing; a row that ends a price has a valid_from alone")
    return row


def _product(word: str) -> str:
    if not 0 < len(word) <= LONGEST_NAME:
        raise ValueError(f"product: must be a ref or an id, of 1 to {LONGEST_NAME} characters")
    return word


def _quantity(word: str) -> int:
    if not re.fullmatch(r"[0-9]{1,7}", word, re.ASCII) or not 1 <= int(word) <= MOST_QUANTITY:
        raise ValueError("min_quantity: must be a whole number from 1 to 1000000")
    return int(word)


def _unit(word: str, currency: str) -> int | None:
    if not word:
        return None
    try:
        unit = money.parsed(word[:40], currency)
    except ValueError as error:
        raise ValueError(f"unit_price: {error}") from None
    if unit < 0 or len(word) > 40:  # noqa: PLR2004 - far beyond what anyone may write
        raise ValueError("unit_price: must be an amount from 0")
    return unit


def _moment(name: str, cells: dict[str, str]) -> validity.Stated | None:
    word = cells.get(name, "")
    try:
        return validity.stated(word) if word else None
    except ValueError:
        raise ValueError(f"{name}: must be {validity.FORM}") from None

"""What subscriptions used (R71): a record of it, and records out of a file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO, Final
from uuid import UUID

from placet.domain import validity
from placet.domain.delimited import Record, Wrong, records

COLUMNS: Final = ("key", "subscription", "used_on", "quantity")
LONGEST_KEY: Final = 200


@dataclass(frozen=True, slots=True)
class Used:
    """What a subscription used on a day, in units; `key` is the sender's own for this record."""

    key: str
    subscription: UUID
    used_on: date
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One record of a file, and the line that it begins on."""

    line: int
    used: Used


def usage_rows(file: BinaryIO) -> Iterator[UsageRow | Wrong]:
    """The records of a CSV file with the columns `COLUMNS`, in any order, and what is wrong on the way."""
    for record in records(file, needed=COLUMNS, known=COLUMNS):
        yield _row(record) if isinstance(record, Record) else record


def _row(record: Record) -> UsageRow | Wrong:
    try:
        used = Used(
            key=_key(record.cells["key"].strip()),
            subscription=_id(record.cells["subscription"].strip()),
            used_on=_day(record.cells["used_on"].strip()),
            quantity=_quantity(record.cells["quantity"].strip()),
        )
    except ValueError as error:
        return Wrong(record.line, str(error))
    return UsageRow(record.line, used)


def _key(text: str) -> str:
    if not 1 <= len(text) <= LONGEST_KEY:
        raise ValueError(f"key must have 1 to {LONGEST_KEY} characters")
    return text


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ValueError(f"subscription {text[:100]!r} is no id of one") from None


def _day(text: str) -> date:
    try:
        return validity.day(text)
    except ValueError:
        raise ValueError(f"used_on {text[:100]!r} is no day, written 2030-12-31") from None


NUMBER: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")


def _quantity(text: str) -> Decimal:
    if not NUMBER.fullmatch(text):
        raise ValueError(f"quantity {text[:100]!r} is no number with a point and at most 6 decimals")
    return Decimal(text)

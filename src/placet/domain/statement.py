"""A statement of one account (R60, R63): what it began with, what moved it, what it ended with, and what
was open at the end, by age. Amounts are whole minor units of the account's currency."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import accumulate
from typing import Final
from uuid import UUID

from placet.domain.words import EntryKind

LONGEST: Final = 366
"""Days of a statement."""

AGES: Final = (0, 30, 60, 90)
"""Days past due, after each of which an open invoice is in the next column; the first is not due yet."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry: positive is owed more. `number` is its invoice's, `order` its order's."""

    id: UUID
    at: datetime
    on: date
    kind: EntryKind
    amount: int
    number: str | None
    order: str | None
    note: str
    balance: int = 0


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """A debit invoice of which something was open on the last day."""

    id: UUID
    number: str | None
    issued_on: date
    due_on: date
    total: int
    open: int

    def overdue(self, on: date) -> int:
        """How many days past its due date; 0 where it is not due yet."""
        return max(0, (on - self.due_on).days)


@dataclass(frozen=True, slots=True)
class Statement:
    """From the beginning of the first day to the end of the last one, in the seller's time zone.
    `from_before` is what was open of an opening balance."""

    first: date
    last: date
    opening: int
    movements: tuple[Movement, ...]
    invoices: tuple[OpenInvoice, ...]
    from_before: int = 0

    @property
    def closing(self) -> int:
        """The balance at the end."""
        return self.opening + sum(each.amount for each in self.movements)

    @property
    def open(self) -> int:
        """All that was open at the end."""
        return self.from_before + sum(each.open for each in self.invoices)

    @property
    def unused(self) -> int:
        """Payments and credit invoices that had settled nothing by then."""
        return self.open - self.closing

    @property
    def ages(self) -> tuple[int, ...]:
        """What was open, by age: not due yet, up to 30, 60, 90 days overdue, and more. What is from before
        has no date, and is due."""
        sums = [0] * (len(AGES) + 1)
        for each in self.invoices:
            sums[sum(each.overdue(self.last) > age for age in AGES)] += each.open
        sums[1] += self.from_before
        return tuple(sums)


def with_balances(opening: int, movements: Sequence[Movement]) -> tuple[Movement, ...]:
    """Each with the balance that it led to, in their order."""
    balances = accumulate((each.amount for each in movements), initial=opening)
    next(balances)
    return tuple(replace(each, balance=after) for each, after in zip(movements, balances, strict=True))

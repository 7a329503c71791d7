"""What settles what on one account (R62): credit that is not used yet, and what is still owed.

An account's open items are debits (debit invoices, an opening balance that is owed) and sources of credit
(payments, credit invoices, a deposit brought along). Every amount here is in whole minor units of the
account's currency. Once `allocate` has run, there is never unused credit beside an open debit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Source:
    """Credit, and how much of it is left. It settles the debits that it names first, in their order."""

    id: UUID
    left: int
    names: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Debit:
    """Something owed, and how much of it is open."""

    id: UUID
    open: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """So much of a source settles so much of a debit, or goes into a refund; below 0 it no longer does."""

    source: UUID
    target: UUID
    amount: int


def allocate(sources: Sequence[Source], debits: Sequence[Debit]) -> tuple[Allocation, ...]:
    """Every source first on what it names, then each, oldest first, on the oldest that is still open.

    Args:
        sources: in the order in which they are used.
        debits: in the order in which they are settled.
    """
    book = _Book({source.id: source.left for source in sources}, {debit.id: debit.open for debit in debits})
    for source in sources:
        for named in source.names:
            book.settle(source.id, named)
    for source in sources:
        for debit in debits:
            book.settle(source.id, debit.id)
    return tuple(Allocation(*pair, amount) for pair, amount in book.made.items())


@dataclass(slots=True)
class _Book:
    """How much is left and open while it is allocated."""

    left: dict[UUID, int]
    open: dict[UUID, int]
    made: dict[tuple[UUID, UUID], int] = field(default_factory=dict)

    def settle(self, source: UUID, debit: UUID) -> None:
        amount = min(self.left[source], self.open.get(debit, 0))
        if amount > 0:
            self.left[source] -= amount
            self.open[debit] -= amount
            self.made[source, debit] = self.made.get((source, debit), 0) + amount


def undone(settled: Iterable[Allocation]) -> tuple[Allocation, ...]:
    """These taken back: what had settled is free, what was settled is open again."""
    return tuple(Allocation(each.source, each.target, -each.amount) for each in settled)


def drawn(
    amount: int, into: UUID, sources: Sequence[Source], settled: Sequence[Allocation]
) -> tuple[Allocation, ...]:
    """Credit that goes out of the account again, into a refund: first what is left of these sources, then
    what of them has settled, which is open again after.

    Args:
        amount: how much; the sources have had at least that.
        into: the refund.
        sources: in the order in which they are drawn on.
        settled: what they have settled, in the order in which it is undone: the newest first.
    """
    made: list[Allocation] = []
    for source in sources:
        taken = min(amount, source.left)
        amount -= taken
        made += [Allocation(source.id, into, taken)] if taken else []
    for each in settled:
        taken = min(amount, each.amount)
        amount -= taken
        made += _moved(each, into, taken) if taken else []
    assert not amount, "no more is given back than came in"
    return tuple(made)


def _moved(settled: Allocation, into: UUID, amount: int) -> list[Allocation]:
    return [
        Allocation(settled.source, settled.target, -amount),
        Allocation(settled.source, into, amount),
    ]

"""A contract's account, kept by hand: what was billed, credited, paid and given back, and what settles what.

It knows nothing of the product's tables: it is told what happened, and asked what follows from that.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Final
from uuid import UUID

from tests.year.market import Firm, Offer

_numbers: Final = count(1)
LONG_AGO: Final = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Days:
    """From the first of them until the one after the last."""

    first: date
    until: date

    @property
    def count(self) -> int:
        """How many."""
        return (self.until - self.first).days

    def rest(self, day: date) -> "Days | None":
        """What is left of them from that day on."""
        return Days(max(self.first, day), self.until) if day < self.until else None


@dataclass(eq=False)
class Line:
    """A line of a paper; a credit line names the debit line that it takes back."""

    offer: Offer
    quantity: int
    net: int
    tax: int
    sold: UUID | None
    """The subscription."""
    days: Days | None = None
    credits: "Line | None" = None
    paper: "Paper | None" = None
    taken: "list[Line]" = field(default_factory=list)
    """The credit lines that take it back."""

    @property
    def left(self) -> "tuple[int, int, int]":
        """Of quantity, net and tax, what no credit that counts has taken back."""
        back = [line for line in self.taken if line.paper and not line.paper.cancelled]
        return (
            self.quantity - sum(line.quantity for line in back),
            self.net - sum(line.net for line in back),
            self.tax - sum(line.tax for line in back),
        )


@dataclass(eq=False)
class Item:
    """Something open on an account: owed, or to settle what is owed with."""

    amount: int
    at: datetime
    names: "tuple[Item, ...]" = ()
    by_hand: bool = False
    """Money that came in by hand, or was brought along."""
    open: int = 0
    number: int = field(default_factory=lambda: next(_numbers))
    id: UUID | None = None

    def __post_init__(self) -> None:
        self.open = self.amount


@dataclass(eq=False)
class Paper(Item):
    """An invoice, debit or credit."""

    kind: str = "debit"
    issued_on: date = date.min
    due_on: date = date.min
    lines: list[Line] = field(default_factory=list)
    cancelled: bool = False

    @property
    def net(self) -> int:
        """Before tax."""
        return sum(line.net for line in self.lines)

    @property
    def tax(self) -> int:
        """Of all lines."""
        return sum(line.tax for line in self.lines)

    @property
    def credited(self) -> bool:
        """Whether a credit that counts takes back any of it."""
        return any(back.paper and not back.paper.cancelled for line in self.lines for back in line.taken)


class Account:
    """One buyer's, with its seller."""

    def __init__(self, buyer: Firm) -> None:
        self.buyer, self.reserved, self.balance = buyer, 0, 0
        self.papers: list[Paper] = []
        self.debits: list[Item] = []
        self.sources: list[Item] = []
        self.refunds: list[Item] = []
        self.pairs: dict[tuple[Item, Item], int] = {}
        self._last: dict[tuple[Item, Item], int] = {}
        if buyer.opening:
            self._open(buyer.opening)

    def _open(self, opening: int) -> None:
        self.balance = opening
        item = Item(abs(opening), LONG_AGO, by_hand=True)
        (self.debits if opening > 0 else self.sources).append(item)

    @property
    def available(self) -> int | None:
        """Credit that can still be used; none is any."""
        return None if self.buyer.limit is None else self.buyer.limit - self.balance - self.reserved

    def short_of(self, gross: int) -> bool:
        """Whether an order of that much does not pass."""
        return self.available is not None and gross > self.available

    def overdue(self, today: date) -> int:
        """What is open of invoices whose due day is past."""
        late = (p for p in self.papers if p.kind == "debit" and not p.cancelled and p.due_on < today)
        return sum(paper.open for paper in late)

    def net_between(self, first: date, last: date) -> int:
        """Net of debit invoices less that of credit invoices, of those days."""
        counting = (p for p in self.papers if not p.cancelled and first <= p.issued_on <= last)
        return sum(p.net if p.kind == "debit" else -p.net for p in counting)

    def bought_between(self, first: date, last: date) -> Iterable[Line]:
        """The lines of debit invoices of those days."""
        counting = (p for p in self.papers if not p.cancelled and first <= p.issued_on <= last)
        return (line for paper in counting if paper.kind == "debit" for line in paper.lines)

    # What happens -----------------------------------------------------------------------

    def bill(self, lines: list[Line], at: datetime, kind: str = "debit") -> Paper:
        """An invoice of these lines. It does not settle by itself."""
        assert self.buyer.seller, "somebody bills"
        total, today = sum(line.net + line.tax for line in lines), self.buyer.seller.day(at)
        credited = {line.credits.paper for line in lines if line.credits and line.credits.paper}
        names = tuple(sorted(credited, key=lambda paper: paper.number))
        due = today + timedelta(days=self.buyer.days if kind == "debit" else 0)
        paper = Paper(total, at, names, kind=kind, issued_on=today, due_on=due, lines=lines)
        for line in lines:
            line.paper = paper
            if line.credits:
                line.credits.taken.append(line)
        self.papers.append(paper)
        (self.debits if kind == "debit" else self.sources).append(paper)
        self.balance += total if kind == "debit" else -total
        return paper

    def pay(self, amount: int, at: datetime, named: Paper | None) -> Item:
        """Money that came in."""
        paid = Item(amount, at, (named,) if named else (), by_hand=True)
        self.sources.append(paid)
        self.balance -= amount
        self.settle()
        return paid

    def refund(self, amount: int, at: datetime, of: Item | None) -> None:
        """Money that is given back: of one payment, or of what is unused and then of what settled last."""
        given = Item(amount, at)
        self.refunds.append(given)
        self.balance += amount
        unused = [of] if of else self._unused()
        settled = [
            pair
            for pair in self._newest_first()
            if pair[1] not in self.refunds and (pair[0] is of if of else pair[0].by_hand)
        ]
        for source in unused:
            amount -= self._move(source, given, min(amount, source.open))
        for source, debit in settled:
            taken = min(amount, self.pairs[source, debit])
            self._unsettle(source, debit, taken)
            amount -= self._move(source, given, taken)
        assert amount == 0, "no more is given back than came in"
        self.settle()

    def cancel(self, paper: Paper) -> None:
        """It ought never to have been: what it settled, or was settled by, is free again."""
        for source, debit in [pair for pair in self.pairs if paper in pair]:
            self._unsettle(source, debit, self.pairs[source, debit])
        paper.cancelled, paper.open = True, 0
        self.balance += paper.amount if paper.kind == "credit" else -paper.amount
        self.settle()

    @property
    def refundable(self) -> int:
        """What came in by hand and was not given back."""
        came = sum(source.amount for source in self.sources if source.by_hand)
        return came - sum(given.amount for given in self.refunds)

    def refundable_of(self, paid: Item) -> int:
        """The same of one payment."""
        gone = sum(
            amount for (source, to), amount in self.pairs.items() if source is paid and to in self.refunds
        )
        return min(paid.amount - gone, self.refundable)

    # What settles what ------------------------------------------------------------------

    def settle(self) -> None:
        """Unused credit settles what it names, then the oldest that is open, the oldest credit first."""
        unused = self._unused()
        for source in unused:
            for named in source.names:
                self._settle(source, named)
        debits = sorted((d for d in self.debits if d.open), key=_age)
        for source in unused:
            for debit in debits:
                self._settle(source, debit)

    def _unused(self) -> list[Item]:
        return sorted((s for s in self.sources if s.open), key=lambda s: (s.at, s.number))

    def _settle(self, source: Item, debit: Item) -> None:
        amount = min(source.open, debit.open)
        if amount:
            debit.open -= amount
            self._move(source, debit, amount)

    def _move(self, source: Item, to: Item, amount: int) -> int:
        if amount:
            source.open -= amount
            self.pairs[source, to] = self.pairs.get((source, to), 0) + amount
            self._last[source, to] = next(_numbers)
        return amount

    def _unsettle(self, source: Item, debit: Item, amount: int) -> None:
        self.pairs[source, debit] -= amount
        self._last[source, debit] = next(_numbers)
        if not self.pairs[source, debit]:
            del self.pairs[source, debit]
        source.open += amount
        debit.open += amount

    def _newest_first(self) -> list[tuple[Item, Item]]:
        return sorted(self.pairs, key=lambda pair: -self._last[pair])


def _age(debit: Item) -> tuple[date, int]:
    return (debit.issued_on if isinstance(debit, Paper) else date.min, debit.number)

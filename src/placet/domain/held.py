"""A subscription as it stands, and what a change of it comes to on every link (R70, R71).

What a change adds is priced at the locked price, by the day; what it takes away is given back by the
day from the debit invoice lines that paid for it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from placet.domain.chain import Product
from placet.domain.money import share
from placet.domain.order import Credit, Price, Subscription
from placet.domain.periods import Period, day_of, period_at
from placet.domain.pricing import priced
from placet.domain.words import ChangeKind, SubscriptionStatus


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit costs on one link for a whole period, locked when it was priced (R70)."""

    unit: int
    discount_percent: Decimal = Decimal(0)

    def of(self, quantity: int) -> int:
        """What so many cost for a whole period, before tax."""
        return priced(self.unit, self.unit * quantity, self.discount_percent, Decimal(0)).net


@dataclass(frozen=True, slots=True)
class Debit:
    """A debit invoice line that pays for days of a subscription, and what of it is not given back yet.
    `seats` are those of its `quantity` that the subscription still has."""

    id: UUID
    contract: UUID
    quantity: int
    seats: int
    net: int
    tax: int
    left_net: int
    left_tax: int
    period: Period


@dataclass(frozen=True, slots=True)
class Held:
    """A subscription as it stands, locked, with what its changes are decided from: its offer, the rates
    locked on each contract, the debit lines that pay for its days (the oldest first). Days are those of
    its top seller's `time_zone`."""

    now: Subscription
    product: Product
    time_zone: str
    rates: Mapping[UUID, Rate]
    debits: tuple[Debit, ...]
    changing: bool
    """Another change of it is still open."""

    @property
    def ends(self) -> bool:
        """Its end comes by itself when its period is over: a trial's, and what was cancelled to its end."""
        return self.now.trial or self.now.status is SubscriptionStatus.PENDING_CANCELLATION

    def whole(self, day: date) -> Period | None:
        """The whole period that the day is in, by which days are counted."""
        return period_at(day_of(self.now.started_at, self.time_zone), self.product.billing_type, day)


PAUSES: Final = (ChangeKind.SUSPEND, ChangeKind.RESUME, ChangeKind.CANCEL_AT_END)
"""What neither adds nor gives back anything."""


Contracts = Iterable[tuple[UUID, Decimal]]
"""Each link's contract and its tax rate, the buyer's first."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change comes to on each link."""

    seats: int
    rest: Period | None
    prices: tuple[Price, ...]
    debits: tuple[tuple[int, int], ...]
    credits: tuple[Credit, ...]


def difference(  # noqa: PLR0913, PLR0917 - from what, to what, at what price, on which links, when
    held: Held,
    product: Product,
    quantity: int,
    rates: tuple[Rate, ...],
    contracts: Contracts,
    does: ChangeKind,
    day: date,
) -> Difference:
    """The same offer costs only the seats added, or gives back those taken away, the last billed first;
    another offer costs all of its seats and gives back all of the old one's; an end gives back all."""
    switched, more = product.id != held.product.id, quantity - held.now.quantity
    rest = held.now.period.rest(day) if held.now.period else None
    added = quantity if switched else max(0, more)
    removed = _removed(held, does, switched=switched, fewer=max(0, -more))
    prices, debits, given = [], [], []
    for tier, ((contract, tax_rate), rate) in enumerate(zip(contracts, rates, strict=True), start=1):
        debit = _added(held, product, rate, added, tax_rate, rest)
        back = _given_back(held, contract, tier, removed, day)
        net, tax = debit.net - sum(c.net for c in back), debit.tax - sum(c.tax for c in back)
        prices.append(replace(debit, net=net, tax=tax, gross=net + tax))
        debits.append((debit.net, debit.tax))
        given.extend(back)
    return Difference(added or removed or held.now.quantity, rest, tuple(prices), tuple(debits), tuple(given))


def _removed(held: Held, does: ChangeKind, *, switched: bool, fewer: int) -> int:
    if does in PAUSES:
        return 0
    return held.now.quantity if switched or does is ChangeKind.CANCEL else fewer


def _added(  # noqa: PLR0913, PLR0917 - a price's parts
    held: Held, product: Product, rate: Rate, seats: int, tax_rate: Decimal, rest: Period | None
) -> Price:
    """What these seats cost for the rest of the period, by the day; what has no period, all of it."""
    whole = held.whole(rest.first) if rest else None
    free = product.free_at_ordering or (held.now.period is not None and rest is None)
    full = 0 if free else rate.unit * seats
    due = share(full, rest.days, whole.days) if rest and whole else full
    return priced(rate.unit, due, rate.discount_percent, tax_rate)


def _given_back(held: Held, contract: UUID, tier: int, removed: int, day: date) -> list[Credit]:
    """What was prepaid for these seats and not used: of the debit lines that paid for them, the newest
    first, each by its own days."""
    found, left = [], removed
    for debit in reversed([each for each in held.debits if each.contract == contract]):
        seats = min(left, debit.seats)
        left -= seats
        if credit := _credit(debit, tier, seats, day):
            found.append(credit)
    return found


def _credit(debit: Debit, tier: int, seats: int, day: date) -> Credit | None:
    rest = debit.period.rest(day)
    if not seats or rest is None:
        return None
    part, whole = seats * rest.days, debit.quantity * debit.period.days
    net = min(debit.left_net, share(debit.net, part, whole))
    tax = min(debit.left_tax, share(debit.tax, part, whole))
    return Credit(tier, debit.id, seats, net, tax) if net or tax else None

"""Changes of a subscription that is there (R25, R70, R71): more seats or fewer, another offer, its end,
a pause. Each is an order of its own through the same chain.

What a change adds is priced at the locked price, by the day; what it takes away is given back by the
day from the debit invoice lines that paid for it. Both are frozen when the order is submitted. Where a
renewal comes between submission and delivery, what the renewal billed for is settled at delivery.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from placet.domain.chain import Chain, Product
from placet.domain.invoicing import credit_invoice, debit_invoice, with_invoices
from placet.domain.money import share
from placet.domain.order import (
    ENDS,
    Act,
    Change,
    Content,
    Credit,
    Invoice,
    InvoiceLine,
    Line,
    Link,
    Named,
    Order,
    Price,
    Subscription,
    fact,
    recorded,
)
from placet.domain.parties import Party
from placet.domain.periods import Period, day_of, period_at
from placet.domain.placing import MOST_QUANTITY, NewLine, all_active, asked, assembled, too_large
from placet.domain.pricing import line_prices, priced
from placet.domain.refusals import Refusal, invalid
from placet.domain.words import (
    BillingType,
    ChangeKind,
    EventType,
    InvoiceKind,
    LineState,
    OrderKind,
    SubscriptionStatus,
)


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit costs on one link for a whole period, locked when it was priced (R70)."""

    unit: int
    discount_percent: Decimal = Decimal(0)


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

    def whole(self, day: date) -> Period | None:
        """The whole period that the day is in, by which days are counted."""
        return period_at(day_of(self.now.started_at, self.time_zone), self.product.billing_type, day)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to become of a subscription; nothing said of quantity or offer leaves it as it is."""

    does: ChangeKind
    quantity: int | None = None
    product: Product | None = None
    reason: str = ""


FROM: Final = {
    ChangeKind.CHANGE: {SubscriptionStatus.ACTIVE},
    ChangeKind.CANCEL: {
        SubscriptionStatus.ACTIVE,
        SubscriptionStatus.PENDING_CANCELLATION,
        SubscriptionStatus.SUSPENDED,
    },
    ChangeKind.CANCEL_AT_END: {SubscriptionStatus.ACTIVE},
    ChangeKind.SUSPEND: {SubscriptionStatus.ACTIVE},
    ChangeKind.RESUME: {SubscriptionStatus.SUSPENDED},
}
"""In which status of the subscription each is possible."""


def change(held: Held, wish: Wish, *, placer: Party, chain: Chain, act: Act) -> Order | Refusal:
    """The order that makes the wish true, asked of whom it concerns; or why it cannot be.

    Refused, in this order: `invalid`, `not_for_sale`, `organization_not_active`, `wrong_status`,
    `change_pending`.
    """
    wished = _wished(held, wish)
    if isinstance(wished, Refusal):
        return wished
    product, quantity = wished
    rates = _rates(held, product, quantity, chain)
    if rates is None:
        return Refusal("not_for_sale", facts={"products": [product.ref or str(product.id)]})
    if refusal := _refused(held, wish, chain):
        return refusal
    day = day_of(act.at, chain[-1].seller.time_zone)
    contracts = [(link.contract, link.tax_rate) for link in chain]
    difference = _difference(held, product, quantity, rates, contracts, wish.does, day)
    line = NewLine(product, difference.seats, difference.prices)
    if too_large([line.prices]):
        return invalid(quantity="The order's total is too large.")
    kind = OrderKind.CANCEL if wish.does in CANCELS else OrderKind.CHANGE
    order = assembled(kind, [line], placer, chain, act)
    made = Change(
        subscription=held.now.id,
        does=wish.does,
        before=Content(_named(held.product), held.now.quantity),
        after=Content(_named(product), quantity),
        rest=difference.rest,
        debits=difference.debits,
        credits=difference.credits,
    )
    return asked(replace(order, change=made, note=wish.reason), chain, act)


CANCELS: Final = (ChangeKind.CANCEL, ChangeKind.CANCEL_AT_END)
PAUSES: Final = (ChangeKind.SUSPEND, ChangeKind.RESUME, ChangeKind.CANCEL_AT_END)
"""What neither adds nor gives back anything."""


def _wished(held: Held, wish: Wish) -> tuple[Product, int] | Refusal:
    """The offer and the quantity afterwards."""
    product, quantity = wish.product or held.product, wish.quantity or held.now.quantity
    if wish.quantity is not None and not 1 <= wish.quantity <= MOST_QUANTITY:
        return invalid(quantity="A whole number from 1 to 1 000 000.")
    if wish.does is ChangeKind.CHANGE and (product.id, quantity) == (held.product.id, held.now.quantity):
        return invalid(quantity="Nothing would change.")
    if product.billing_type is not held.product.billing_type:
        return invalid(product="Only an offer that is billed the same way can take its place.")
    if product.vendor.id != held.product.vendor.id:
        return invalid(product="Only an offer of the same vendor can take its place.")
    if wish.does is ChangeKind.CANCEL_AT_END and held.now.period is None:
        return invalid(when="It has no period that could end: cancel it now.")
    return product, quantity


def _refused(held: Held, wish: Wish, chain: Chain) -> Refusal | None:
    if wish.does not in ENDS and not all_active(chain):
        return Refusal("organization_not_active")
    if held.now.status not in FROM[wish.does]:
        return Refusal("wrong_status", f"This subscription is {held.now.status.value}.")
    return Refusal("change_pending") if held.changing else None


def _rates(held: Held, product: Product, quantity: int, chain: Chain) -> tuple[Rate, ...] | None:
    """What a unit costs on each link: locked for the offer that it has, by the lists of today for another.
    `None` where a link has no price for it."""
    if product.id == held.product.id:
        found = [held.rates.get(link.contract) for link in chain]
        return tuple(rate for rate in found if rate) if all(found) else None
    prices = line_prices(chain, product, quantity)
    return tuple(Rate(price.unit, price.discount_percent) for price in prices) if prices else None


def _named(product: Product) -> Named:
    return Named(product.id, product.ref, product.name)


# What it costs and gives back ---------------------------------------------------------------

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


def _difference(  # noqa: PLR0913, PLR0917 - from what, to what, at what price, on which links, when
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


# What it does once its vendor has done it ---------------------------------------------------


def changed(order: Order, line: Line, held: Held, vendor_reference: str, act: Act) -> Order:
    """The order with its line delivered, the subscription as it became, and what that costs or gives back
    invoiced on every link (R52, R71)."""
    submitted = order.change
    assert submitted is not None, "only a change changes a subscription"
    wanted = _as_of_now(submitted, held)
    today = day_of(act.at, order.time_zone)
    after = _after(wanted, held, line, vendor_reference, today, act)
    order = provisioned(order, line, after, TOLD[wanted.does], act)
    late = _caught_up(order, wanted, line, held, today)
    parts = [_frozen(wanted, held), *([late] if late else [])]
    order = with_invoices(order, _invoices(order, line, parts, act), act)
    return replace(order, change=replace(submitted, billed=_billed(order)))


def _billed(order: Order) -> tuple[int, ...]:
    """What its invoices come to on each link, gross."""
    signed = [
        (made.tier, made.total if made.kind is InvoiceKind.DEBIT else -made.total) for made in order.invoices
    ]
    return tuple(sum(total for tier, total in signed if tier == link.tier) for link in order.links)


def _as_of_now(wanted: Change, held: Held) -> Change:
    """What was to end with a period that is over by now ends at once."""
    late = wanted.does is ChangeKind.CANCEL_AT_END and _renewed_since(wanted, held)
    return replace(wanted, does=ChangeKind.CANCEL) if late else wanted


def _renewed_since(wanted: Change, held: Held) -> bool:
    """Whether a period began since it was submitted."""
    period = held.now.period
    return wanted.rest is not None and period is not None and period.first >= wanted.rest.until


TOLD: Final = {
    ChangeKind.CHANGE: EventType.SUBSCRIPTION_CHANGED,
    ChangeKind.CANCEL: EventType.SUBSCRIPTION_CANCELLED,
    ChangeKind.CANCEL_AT_END: EventType.SUBSCRIPTION_CHANGED,
    ChangeKind.SUSPEND: EventType.SUBSCRIPTION_SUSPENDED,
    ChangeKind.RESUME: EventType.SUBSCRIPTION_CHANGED,
}


def provisioned(order: Order, line: Line, made: Subscription, told: EventType, act: Act) -> Order:
    """The order with this line delivered as that subscription: told to the chain, and to every approving
    partner with the final details (R54)."""
    done = replace(
        line,
        state=LineState.DELIVERED,
        reason="",
        unanswered=False,
        cancelling=False,
        subscription=made.id,
    )
    order = replace(
        order,
        lines=tuple(done if old.id == line.id else old for old in order.lines),
        subscriptions=(*order.subscriptions, made),
    )
    about: dict[str, Any] = {
        "line": str(line.id),
        "subscription": str(made.id),
        "held": told_as(made, line.product),
    }
    approving = (fact(order, EventType.OFFER_PROVISIONED, act, (s.tier,), **about) for s in order.steps)
    return recorded(order, fact(order, told, act, **about), *approving)


def told_as(made: Subscription, product: Named) -> dict[str, Any]:
    """A subscription as it stands, for a fact to be told later: no money."""
    return {
        "product": product.as_json(),
        "status": made.status.value,
        "quantity": made.quantity,
        "trial": made.trial,
        "order": str(made.order),
        "started_at": made.started_at.isoformat(),
        "renews_on": made.period.until.isoformat() if made.period else None,
    }


def _after(  # noqa: PLR0913, PLR0917 - what was asked, of what, with what answer, when
    wanted: Change, held: Held, line: Line, vendor_reference: str, today: date, act: Act
) -> Subscription:
    now = held.now
    match wanted.does:
        case ChangeKind.CANCEL:
            usage = held.product.billing_type is BillingType.USAGE  # its last bill is still to come
            period = now.period if usage else None
            return replace(now, status=SubscriptionStatus.CANCELLED, ended_at=act.at, period=period)
        case ChangeKind.CANCEL_AT_END:
            return replace(now, status=SubscriptionStatus.PENDING_CANCELLATION)
        case ChangeKind.SUSPEND:
            return replace(now, status=SubscriptionStatus.SUSPENDED, suspended_at=act.at)
        case ChangeKind.RESUME:
            return replace(
                now, status=SubscriptionStatus.ACTIVE, suspended_at=None, period=_resumed(now.period, today)
            )
    switched = wanted.after.product.id != wanted.before.product.id
    after = replace(now, product=wanted.after.product.id, quantity=wanted.after.quantity)
    if not switched:
        return after
    reference = vendor_reference or now.vendor_reference
    return replace(after, priced_line=line.id, trial=line.trial, vendor_reference=reference)


def _resumed(period: Period | None, today: date) -> Period | None:
    """What was not used while it was suspended is not billed: the next bill begins today."""
    return Period(period.first, today) if period and period.until < today else period


@dataclass(frozen=True, slots=True)
class Part:
    """What is billed and given back for some days."""

    rest: Period | None
    debits: tuple[tuple[int, int], ...]
    credits: tuple[Credit, ...]


def _frozen(wanted: Change, held: Held) -> Part:
    """As it was submitted; of a debit line that was credited otherwise since then, what is left."""
    left = {debit.id: debit for debit in held.debits}
    given = (_at_most(credit, left.get(credit.debit)) for credit in wanted.credits)
    return Part(wanted.rest, wanted.debits, tuple(credit for credit in given if credit.net or credit.tax))


def _at_most(credit: Credit, debit: Debit | None) -> Credit:
    net, tax = (debit.left_net, debit.left_tax) if debit else (0, 0)
    return replace(credit, net=min(credit.net, net), tax=min(credit.tax, tax))


def _caught_up(order: Order, wanted: Change, line: Line, held: Held, today: date) -> Part | None:
    """What the change comes to for days that a renewal has billed since it was submitted, as it was then."""
    if not _renewed_since(wanted, held):
        return None
    product = held.product
    if wanted.after.product.id != product.id:
        product = replace(product, id=wanted.after.product.id, trial=line.trial)
    rates = tuple(Rate(price.unit, price.discount_percent) for price in line.prices)
    links = [(link.contract, link.tax_rate) for link in order.links]
    late = _difference(held, product, wanted.after.quantity, rates, links, wanted.does, today)
    return Part(late.rest, late.debits, late.credits)


def _invoices(order: Order, line: Line, parts: list[Part], act: Act) -> Iterable[Invoice]:
    for link in order.links:
        debits = [d for part in parts for d in _debit_lines(order, line, link, part, act)]
        given = [c for part in parts for c in _credit_lines(order, line, link, part, act)]
        if debits:
            yield debit_invoice(order, link.tier, tuple(debits), act)
        if given:
            yield credit_invoice(order, link.tier, tuple(given), act)


def _debit_lines(order: Order, line: Line, link: Link, part: Part, act: Act) -> Iterable[InvoiceLine]:
    assert order.change is not None, "only a change has parts"
    net, tax = part.debits[link.tier - 1]
    if net or tax:
        yield InvoiceLine(
            id=act.new_id(),
            line=line.id,
            product=line.product.id,
            quantity=line.quantity,
            net=net,
            tax=tax,
            subscription=order.change.subscription,
            period=part.rest,
        )


def _credit_lines(order: Order, line: Line, link: Link, part: Part, act: Act) -> Iterable[InvoiceLine]:
    assert order.change is not None, "only a change has parts"
    for credit in part.credits:
        if credit.tier == link.tier:
            yield InvoiceLine(
                id=act.new_id(),
                line=line.id,
                product=order.change.before.product.id,
                quantity=credit.quantity,
                net=credit.net,
                tax=credit.tax,
                subscription=order.change.subscription,
                period=part.rest,
                credits=credit.debit,
            )

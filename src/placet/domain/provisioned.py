"""What a delivered line does to a subscription (R52, R54, R71): it is made or changed, and a change is
invoiced on every link.

Where a renewal came between submission and delivery, what the renewal billed for is settled here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from placet.domain.held import Debit, Held, Rate, difference
from placet.domain.invoicing import credit_invoice, debit_invoice, with_invoices
from placet.domain.order import (
    Act,
    Change,
    Credit,
    Invoice,
    InvoiceLine,
    Line,
    Link,
    Named,
    Order,
    Subscription,
    fact,
    recorded,
)
from placet.domain.periods import Period, day_of
from placet.domain.words import ChangeKind, EventType, InvoiceKind, LineState, SubscriptionStatus


def changed(order: Order, line: Line, held: Held, vendor_reference: str, act: Act) -> Order:
    """The order with its line delivered, the subscription as it became, and what that costs or gives back
    invoiced on every link (R52, R71)."""
    submitted = order.change
    assert submitted is not None, "only a change changes a subscription"
    wanted = _as_of_now(order, submitted, held)
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


def _as_of_now(order: Order, wanted: Change, held: Held) -> Change:
    """What was to end with a period that is over by now ends at once."""
    late = wanted.does is ChangeKind.CANCEL_AT_END and _renewed_since(order, wanted, held)
    return replace(wanted, does=ChangeKind.CANCEL) if late else wanted


def _renewed_since(order: Order, wanted: Change, held: Held) -> bool:
    """Whether a period was billed since it was submitted. What had no rest then was due to be renewed."""
    period = held.now.period
    if period is None:
        return False
    if wanted.rest is None:
        return period.until > day_of(order.placed_at, held.time_zone)
    return period.first >= wanted.rest.until


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
            usage = held.product.metered  # its last bill is still to come
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
    period = _resumed(now.period, today) if now.trial else now.period
    return replace(after, priced_line=line.id, trial=line.trial, vendor_reference=reference, period=period)


def _resumed(period: Period | None, today: date) -> Period | None:
    """What passed while it was suspended, or still a trial, is not billed: the next bill begins today."""
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
    if not _renewed_since(order, wanted, held):
        return None
    product = held.product
    if wanted.after.product.id != product.id:
        product = replace(product, id=wanted.after.product.id, trial=line.trial)
    rates = tuple(Rate(price.unit, price.discount_percent) for price in line.prices)
    links = [(link.contract, link.tax_rate) for link in order.links]
    late = difference(held, product, wanted.after.quantity, rates, links, wanted.does, today)
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

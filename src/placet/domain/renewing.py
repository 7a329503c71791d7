"""Renewals (R71): the next period of a subscription, billed once, without approval or credit check.

A renewal is an order of its own that is executed as it is made: its vendor has nothing to do. Within a
term the locked price holds; after it, and for what has no term, the list valid on the first day of the
period. Usage is billed when its month is over. A trial, and what was cancelled to its end, ends here.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from placet.domain import money
from placet.domain.chain import Chain
from placet.domain.held import Held, Rate
from placet.domain.invoicing import billed_line, debit_invoice, with_invoices
from placet.domain.order import (
    Act,
    Change,
    Content,
    Event,
    Named,
    Order,
    Price,
    Subscription,
    fact,
    recorded,
)
from placet.domain.periods import Period, months_after
from placet.domain.placing import NewLine, assembled
from placet.domain.pricing import line_prices, priced
from placet.domain.provisioned import told_as
from placet.domain.words import (
    ChangeKind,
    EventType,
    LineState,
    OrderKind,
    OrderStatus,
    SubscriptionStatus,
)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a subscription used and was not billed for yet: its records, and their sum in units."""

    records: tuple[UUID, ...] = ()
    units: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Renewed:
    """What became of a subscription when its period was over: an order where something is billed."""

    after: Subscription
    order: Order | None = None


def renewed(held: Held, chain: Chain, usage: Usage, act: Act) -> Renewed:
    """The subscription in its next period, and the order that bills it; or at its end.

    `chain` has the lists that are valid on the first day of the next period.
    """
    if held.product.metered:
        return _usage_billed(held, chain, Usage() if held.now.trial else usage, act)
    return _ended(held, act) if held.ends else _billed(held, chain, act)


def _ended(held: Held, act: Act) -> Renewed:
    after = replace(held.now, status=SubscriptionStatus.CANCELLED, ended_at=act.at, period=None)
    return Renewed(after)


def end_of(order: Order, after: Subscription, act: Act) -> Event | None:
    """The fact that a subscription is over because its period was, of the order that sold it; none where
    it goes on, or was over before."""
    if after.ended_at != act.at:
        return None
    line = next(each for each in order.lines if each.id == after.line)
    told = fact(
        order,
        EventType.SUBSCRIPTION_CANCELLED,
        act,
        line=str(line.id),
        subscription=str(after.id),
        held=told_as(after, line.product),
    )
    return recorded(order, told).events[-1]


def next_period(held: Held) -> Period:
    """From the end of the last one to the next border."""
    assert held.now.period is not None, "only what has a period is renewed"
    start = held.now.period.until
    whole = held.whole(start)
    assert whole is not None, "what has a period is billed again and again"
    return Period(start, whole.until)


def _billed(held: Held, chain: Chain, act: Act) -> Renewed:
    period = next_period(held)
    within = held.now.term_ends_on is not None and period.first < held.now.term_ends_on
    prices = _prices(held, chain, period, within=within)
    order = _executed(held, NewLine(held.product, held.now.quantity, prices), chain, period, act)
    after = replace(held.now, period=period, priced_line=order.lines[0].id)
    if not within:
        after = replace(after, term_ends_on=_next_term(held, period.first))
    return Renewed(after, _told(order, after, period, "", act))


def _next_term(held: Held, first: date) -> date | None:
    months = held.product.term_months
    return months_after(first, months) if months else None


def _prices(held: Held, chain: Chain, period: Period, *, within: bool) -> tuple[Price, ...]:
    """What the period costs on each link; the part of a whole one, where it begins later."""
    rates = _rates(held, chain, within=within)
    whole = held.whole(period.first)
    assert whole is not None, "what has a period is billed again and again"
    return tuple(
        _priced(rate, money.share(rate.unit * held.now.quantity, period.days, whole.days), link.tax_rate)
        for rate, link in zip(rates, chain, strict=True)
    )


def _priced(rate: Rate, due: int, tax_rate: Decimal) -> Price:
    return priced(rate.unit, due, rate.discount_percent, tax_rate)


def _rates(held: Held, chain: Chain, *, within: bool) -> list[Rate]:
    """By the lists of the day, but for a term that is not over; locked ones where it is sold no more."""
    listed = None if within else line_prices(chain, held.product, held.now.quantity)
    if listed:
        return [Rate(price.unit, price.discount_percent) for price in listed]
    return [held.rates[link.contract] for link in chain]


def _executed(held: Held, line: NewLine, chain: Chain, period: Period, act: Act) -> Order:
    """The renewal as an order that is done."""
    order = assembled(OrderKind.RENEWAL, [line], chain[-1].seller.party, chain, act)
    done = replace(order.lines[0], state=LineState.DELIVERED, subscription=held.now.id)
    same = Content(Named(held.product.id, held.product.ref, held.product.name), held.now.quantity)
    return replace(
        order,
        status=OrderStatus.EXECUTED,
        closed_at=act.at,
        lines=(done,),
        change=Change(held.now.id, ChangeKind.RENEW, same, same, rest=period),
    )


def _told(order: Order, after: Subscription, period: Period, description: str, act: Act) -> Order:
    """The renewal with its invoices and its facts."""
    told = fact(order, EventType.ORDER_EXECUTED, act, held=told_as(after, order.lines[0].product))
    order = recorded(order, replace(told, moved=(None, OrderStatus.EXECUTED)))
    order = replace(order, subscriptions=(after,))
    line = order.lines[0]
    invoices = (
        debit_invoice(order, link.tier, (billed_line(line, link.tier, period, act, description),), act)
        for link in order.links
    )
    return with_invoices(order, invoices, act)


# Usage --------------------------------------------------------------------------------------


def _usage_billed(held: Held, chain: Chain, usage: Usage, act: Act) -> Renewed:
    """The month that is over, by what was used in it: as one line, whose unit is the month."""
    over = held.now.period
    assert over is not None, "usage is billed by the month"
    after = _after_usage(held, act)
    if not usage.records:
        return Renewed(after)
    order = _executed(held, NewLine(held.product, 1, _usage_prices(held, chain, usage)), chain, over, act)
    return Renewed(after, _told(order, after, over, f"Usage: {usage.units.normalize():f} units", act))


def _after_usage(held: Held, act: Act) -> Subscription:
    if held.now.status is SubscriptionStatus.CANCELLED:
        return replace(held.now, period=None)
    if held.ends:
        return replace(held.now, status=SubscriptionStatus.CANCELLED, ended_at=act.at, period=None)
    return replace(held.now, period=next_period(held))


def _usage_prices(held: Held, chain: Chain, usage: Usage) -> tuple[Price, ...]:
    rates = _rates(held, chain, within=False)
    return tuple(
        _priced(replace(rate, unit=net), net, link.tax_rate)
        for rate, link in zip(rates, chain, strict=True)
        for net in [money.percent_of(rate.unit, 100 * usage.units)]
    )

"""What a customer had before Placet knew of it (R70): a subscription that a world file states.

It stands as the order that would have sold it: executed, of kind `new`, with the prices valid when it is
stated locked on every link. That order was never asked for, validated, reserved or billed here.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from placet.domain.chain import Chain, Product
from placet.domain.order import Act, Line, Order, Subscription, fact, recorded
from placet.domain.periods import Period, day_of, months_after, period_at
from placet.domain.placing import NewLine, assembled, too_large
from placet.domain.pricing import line_prices
from placet.domain.provisioned import told_as
from placet.domain.refusals import Refusal, invalid
from placet.domain.validity import Stated, begins
from placet.domain.words import EventType, LineState, OrderKind, OrderStatus, SubscriptionStatus


@dataclass(frozen=True, slots=True)
class Had:
    """A subscription as somebody else's books have it. `ref` is what the file calls it; a day counts from
    its first moment, where the top seller is."""

    ref: str
    product: Product
    quantity: int
    status: SubscriptionStatus
    started_at: Stated
    renews_on: date | None = None
    vendor_reference: str = ""


def imported(had: Had, chain: Chain, act: Act) -> Order | Refusal:
    """The order that it stands as, with its one fact; or `invalid`, `not_for_sale`. Left out, `renews_on`
    is the end of the period that the subscription is in now."""
    if not chain:
        return invalid(customer="buys from nobody")
    zone = chain[-1].seller.time_zone
    started_at = begins(had.started_at, zone)
    assert started_at, "what is there has begun"
    if refusal := _wrong(had, day_of(started_at, zone), day_of(act.at, zone)):
        return refusal
    prices = line_prices(chain, had.product, had.quantity)
    if prices is None:
        return Refusal("not_for_sale")
    if too_large([prices]):
        return invalid(quantity="comes to too large an amount")
    line = NewLine(had.product, had.quantity, prices)
    order = assembled(OrderKind.NEW, [line], chain[-1].seller.party, chain, act)
    return _executed(order, had, started_at, zone, act)


def _wrong(had: Had, started_on: date, today: date) -> Refusal | None:
    """What cannot be true of it."""
    periods = period_at(started_on, had.product.billing_type, today) is not None
    if had.status is SubscriptionStatus.CANCELLED:
        return invalid(status="must be of what the customer has: not cancelled")
    if started_on > today:
        return invalid(started_at="must not be in the future")
    if not periods and had.renews_on:
        return invalid(renews_on=f"stands against {had.product.ref}, which is billed once")
    if not periods and had.status is SubscriptionStatus.PENDING_CANCELLATION:
        return invalid(status="stands against a product that is billed once: it has no period that ends")
    if had.renews_on and had.renews_on <= started_on:
        return invalid(renews_on="must be after started_at")
    return None


def _executed(order: Order, had: Had, started_at: datetime, zone: str, act: Act) -> Order:
    made = _subscription(order.id, order.lines[0], had, started_at, zone, act)
    done = replace(order.lines[0], state=LineState.DELIVERED, subscription=made.id)
    order = replace(
        order,
        status=OrderStatus.EXECUTED,
        placed_at=started_at,
        closed_at=started_at,
        lines=(done,),
        subscriptions=(made,),
        imported_as=had.ref,
    )
    told = fact(order, EventType.ORDER_EXECUTED, act, held=told_as(made, done.product))
    return recorded(order, replace(told, moved=(None, OrderStatus.EXECUTED)))


def _subscription(  # noqa: PLR0913, PLR0917 - what it stands on, and when and where it began
    order: UUID, line: Line, had: Had, started_at: datetime, zone: str, act: Act
) -> Subscription:
    started_on, today = day_of(started_at, zone), day_of(act.at, zone)
    return Subscription(
        id=act.new_id(),
        order=order,
        line=line.id,
        priced_line=line.id,
        product=line.product.id,
        quantity=line.quantity,
        trial=line.trial,
        vendor_reference=had.vendor_reference,
        started_at=started_at,
        status=had.status,
        period=_period(had, started_on, today),
        term_ends_on=_term(started_on, line.term_months, today),
        suspended_at=act.at if had.status is SubscriptionStatus.SUSPENDED else None,
    )


def _period(had: Had, started_on: date, today: date) -> Period | None:
    if had.renews_on is None:
        return period_at(started_on, had.product.billing_type, today)
    last = period_at(started_on, had.product.billing_type, had.renews_on - timedelta(days=1))
    return Period(last.first, had.renews_on) if last else None


def _term(started_on: date, months: int | None, today: date) -> date | None:
    """The end of the term that today is in: one follows another."""
    if months is None:
        return None
    passed = (today.year - started_on.year) * 12 + today.month - started_on.month
    count = max(1, passed // months)
    while months_after(started_on, count * months) <= today:
        count += 1
    return months_after(started_on, count * months)

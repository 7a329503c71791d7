"""Execution and provisioning (R45, R50-R54): lines go to their vendors; what is delivered is billed on
every link, what is given up is released and refunded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from placet.domain.ending import released
from placet.domain.held import Held
from placet.domain.invoicing import billed_line, captured, debit_invoice, with_invoices
from placet.domain.order import (
    Act,
    CardMovement,
    Line,
    Order,
    Refund,
    Subscription,
    Warned,
    fact,
    moved,
    recorded,
    status_of_lines,
    touched,
)
from placet.domain.periods import day_of, months_after, period_at
from placet.domain.provisioned import changed, provisioned
from placet.domain.refusals import NO_ACTIVE_TOKEN, Refusal, invalid, sentence
from placet.domain.validating import (
    Payers,
    failed_tiers,
    owed,
    paying_by_card,
    started,
    token_checks,
    with_charges,
)
from placet.domain.words import (
    EventType,
    LineState,
    OrderStatus,
    PaymentMethod,
    ReservationState,
    SubOrderStatus,
)

UNANSWERED_AFTER: Final = timedelta(hours=1)
"""A vendor that says nothing for that long has failed, as unknown (R52)."""
UNKNOWN: Final = "The vendor has not answered. It is not known whether this was delivered."

UNDELIVERED: Final = frozenset({LineState.WAITING, LineState.FAILED})


@dataclass(frozen=True, slots=True)
class Delivered:
    """The vendor made it."""

    vendor_reference: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The vendor said no."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The vendor said nothing: ask again by the same key."""


@dataclass(frozen=True, slots=True)
class Absent:
    """The vendor, looked up, does not have it: only then is an unanswered line cancelled (R52)."""


Answer = Delivered | Failed | Unanswered | Absent


def cancellable(lines: Iterable[Line]) -> frozenset[UUID]:
    """The lines that can still be given up: not with a vendor, not delivered."""
    return frozenset(line.id for line in lines if line.state in UNDELIVERED)


def execute(
    order: Order, lines: tuple[UUID, ...], act: Act, payers: Payers
) -> tuple[Order | None, Refusal | None]:
    """The top seller's execution of a manual order, whole or by line (R45): all lines named or none.

    A card payer is charged first, once, the whole gross of what is not cancelled (R49): without an
    active token the answer is a refusal *and* an order that remembers why.
    """
    states = {line.id: line.state for line in order.lines}
    waiting = [id_ for id_, state in states.items() if state is LineState.WAITING]
    if late := [str(id_) for id_ in lines if id_ not in waiting]:
        return None, Refusal("wrong_status", sentence("Some lines are not waiting."), {"lines": late})
    chosen = frozenset(lines or waiting)
    return _begin(replace(touched(order), warning=None), chosen, act, payers)


def _begin(
    order: Order, chosen: frozenset[UUID], act: Act, payers: Payers
) -> tuple[Order | None, Refusal | None]:
    owing = _owing(order, payers)
    if not owing:
        return started(split(order, chosen, act), act, chosen), None
    if without := failed_tiers(token_checks(order, owing, act.at)):
        warned = replace(order, warning=Warned(without[0], NO_ACTIVE_TOKEN))
        return warned, Refusal("no_active_token")
    return with_charges(order, owing, tuple(chosen), act), None


def _owing(order: Order, payers: Payers) -> Payers:
    """Who paid by card at validation (R22), still does, and has not paid yet."""
    return {
        link.tier: payer
        for link, payer in paying_by_card(order, payers)
        if link.payment_method is PaymentMethod.CREDIT_CARD
        and owed(order, link.tier) > 0
        and not captured(order, link.tier)
    }


def unknown_lines(order: Order, lines: tuple[UUID, ...]) -> Refusal | None:
    """`invalid`, where some of these are no lines of the order."""
    known = {line.id for line in order.lines}
    unknown = [str(id_) for id_ in lines if id_ not in known]
    return (
        invalid(lines=sentence("Not lines of this order: {unknown}.", unknown=", ".join(unknown)))
        if unknown
        else None
    )


def split(order: Order, chosen: frozenset[UUID], act: Act) -> Order:
    """The order with the chosen lines of each sub-order on their own: they are delivered together (R50)."""
    sub_orders, lines = list(order.sub_orders), list(order.lines)
    for sub in order.sub_orders:
        own = order.sub_order_lines(sub.id)
        picked = {line.id for line in own} & chosen
        if not picked or len(picked) == len(own):
            continue
        apart = replace(sub, id=act.new_id(), position=len(sub_orders), asked_at=None, due_at=None)
        sub_orders.append(apart)
        lines = [replace(line, sub_order=apart.id) if line.id in picked else line for line in lines]
    return replace(order, sub_orders=tuple(sub_orders), lines=tuple(lines))


def answered(  # noqa: PLR0913, PLR0917 - what the vendor was asked, what it said, and of what
    order: Order,
    sub_order: UUID,
    answers: Mapping[UUID, Answer],
    act: Act,
    due_at: datetime,
    held: Held | None = None,
) -> Order:
    """The order after its vendor's answers for lines of one sub-order (R52, R53): delivered lines become
    subscriptions, or change the one that is `held`, and are billed on every link, in this one step.
    Answers for lines that are no longer with the vendor change nothing. Unanswered ones are asked again
    at `due_at`."""
    going = [
        line
        for line in order.sub_order_lines(sub_order)
        if line.state is LineState.PROVISIONING and line.id in answers
    ]
    if not going:
        return _looked_at(order, sub_order, due_at)
    order = touched(order)
    for line in going:
        order = _with_answer(order, line, answers[line.id], act, held)
    delivered = {line.id for line in going if isinstance(answers[line.id], Delivered)}
    order = _billed(order, delivered, act) if delivered else order
    return close_if_done(_looked_at(order, sub_order, due_at), act)


def _looked_at(order: Order, sub_order: UUID, due_at: datetime) -> Order:
    """The worker comes back at `due_at` for what is still with the vendor, and not at all otherwise."""
    status = status_of_lines(order.sub_order_lines(sub_order))
    due = due_at if status is SubOrderStatus.PROVISIONING else None
    subs = (replace(s, due_at=due) if s.id == sub_order else s for s in order.sub_orders)
    return replace(order, sub_orders=tuple(subs))


def _with_answer(order: Order, line: Line, answer: Answer, act: Act, held: Held | None) -> Order:
    match answer:
        case Delivered(vendor_reference) if held is not None:
            return changed(order, line, held, vendor_reference, act)
        case Delivered(vendor_reference):
            return _delivered(order, line, vendor_reference, act)
        case Failed(reason) if line.cancelling:
            return given_up(order, {line.id}, reason, act)
        case Failed(reason):
            return _failed(order, replace(line, reason=reason, unanswered=False), act)
        case Absent() if line.cancelling:
            return given_up(order, {line.id}, line.reason, act)
        case Absent() | Unanswered():
            asked_at = next(s.asked_at for s in order.sub_orders if s.id == line.sub_order)
            if asked_at is None or act.at < asked_at + UNANSWERED_AFTER:
                return order
            return _failed(order, replace(line, reason=UNKNOWN, unanswered=True), act)


def _with_line(order: Order, line: Line) -> Order:
    return replace(order, lines=tuple(line if old.id == line.id else old for old in order.lines))


def _delivered(order: Order, line: Line, vendor_reference: str, act: Act) -> Order:
    """A new subscription (R70), its first period from today on."""
    today = day_of(act.at, order.time_zone)
    made = Subscription(
        id=act.new_id(),
        order=order.id,
        line=line.id,
        priced_line=line.id,
        product=line.product.id,
        quantity=line.quantity,
        trial=line.trial,
        vendor_reference=vendor_reference,
        started_at=act.at,
        period=period_at(today, line.billing_type, today),
        term_ends_on=months_after(today, line.term_months) if line.term_months else None,
    )
    return provisioned(order, line, made, EventType.SUBSCRIPTION_CREATED, act)


def _failed(order: Order, line: Line, act: Act) -> Order:
    """The reservation is kept, approvals stay valid (R53)."""
    order = _with_line(order, replace(line, state=LineState.FAILED, cancelling=False))
    told = fact(order, EventType.OFFER_PROVISIONING_FAILED, act, line=str(line.id), reason=line.reason)
    return recorded(order, told)


def _billed(order: Order, delivered: set[UUID], act: Act) -> Order:
    """Reservations turned into balance, by one invoice per link for what was delivered together (R52);
    what changes a subscription has made its own."""
    reservations = tuple(
        replace(held, state=ReservationState.BILLED) if held.line in delivered else held
        for held in order.reservations
    )
    order = replace(order, reservations=reservations)
    if order.change:
        return order
    lines = [line for line in order.lines if line.id in delivered]
    periods = {made.line: made.period for made in order.subscriptions}
    invoices = [
        debit_invoice(
            order,
            link.tier,
            tuple(billed_line(line, link.tier, periods[line.id], act) for line in lines),
            act,
        )
        for link in order.links
    ]
    return with_invoices(order, invoices, act)


def close_if_done(order: Order, act: Act, why: str = "No line was delivered.") -> Order:
    """`submitted` until no line is open; then `executed` if any was delivered, else `cancelled` (R51)."""
    states = {line.state for line in order.lines}
    if order.status is not OrderStatus.SUBMITTED or states - {
        LineState.DELIVERED,
        LineState.CANCELLED,
    }:
        return order
    if LineState.DELIVERED in states:
        return moved(order, OrderStatus.EXECUTED, fact(order, EventType.ORDER_EXECUTED, act))
    told = fact(order, EventType.ORDER_CANCELLED, act, reason=why)
    return moved(order, OrderStatus.CANCELLED, told)


def retry_sub_order(order: Order, sub_order: UUID, act: Act) -> Order | Refusal:
    """The failed lines go to their vendor again, by the same keys (R53)."""
    failed = {line.id for line in order.sub_order_lines(sub_order) if line.state is LineState.FAILED}
    if not failed:
        return Refusal("wrong_status", sentence("This sub-order has no failed line."))
    order = touched(order)
    lines = tuple(
        replace(line, state=LineState.PROVISIONING, reason="") if line.id in failed else line
        for line in order.lines
    )
    subs = tuple(
        replace(sub, due_at=act.at, asked_at=None) if sub.id == sub_order else sub for sub in order.sub_orders
    )
    return replace(order, lines=lines, sub_orders=subs)


def cancel_sub_order(order: Order, sub_order: UUID, reason: str, act: Act) -> Order | Refusal:
    """Its undelivered lines are given up (R53)."""
    lines = order.sub_order_lines(sub_order)
    if status_of_lines(lines) is SubOrderStatus.PROVISIONING or not cancellable(lines):
        return Refusal("wrong_status", sentence("Nothing of this sub-order can be cancelled now."))
    return cancel_lines(touched(order), cancellable(lines), reason, act)


def cancel_lines(order: Order, lines: frozenset[UUID], reason: str, act: Act) -> Order:
    """These lines given up; one whose vendor never answered only once the vendor, asked, does not
    have it (R52)."""
    unsure = {line.id for line in order.lines if line.id in lines and line.unanswered}
    order = given_up(order, set(lines) - unsure, reason, act)
    if unsure:
        order = _looked_up(order, unsure, reason, act)
    return close_if_done(order, act, reason)


def _looked_up(order: Order, unsure: set[UUID], reason: str, act: Act) -> Order:
    asked = {line.sub_order for line in order.lines if line.id in unsure}
    lines = tuple(
        replace(line, state=LineState.PROVISIONING, cancelling=True, reason=reason)
        if line.id in unsure
        else line
        for line in order.lines
    )
    subs = tuple(replace(s, due_at=act.at, asked_at=None) if s.id in asked else s for s in order.sub_orders)
    return replace(order, lines=lines, sub_orders=subs)


def given_up(order: Order, lines: set[UUID], reason: str, act: Act) -> Order:
    """Lines cancelled, their reservation released, and what a card paid for them to be refunded (R53)."""
    if not lines:
        return order
    after = replace(
        order,
        lines=tuple(
            replace(line, state=LineState.CANCELLED, reason=reason, unanswered=False, cancelling=False)
            if line.id in lines
            else line
            for line in order.lines
        ),
    )
    return replace(released(after, frozenset(lines)), refunds=order.refunds + _refunds(after, lines, act))


def _refunds(order: Order, lines: set[UUID], act: Act) -> tuple[Refund, ...]:
    refunds = []
    for link in order.links:
        amount = sum(line.prices[link.tier - 1].gross for line in order.lines if line.id in lines)
        if (paid := captured(order, link.tier)) and amount:
            refunds.append(Refund(act.new_id(), paid.id, link.tier, amount, link.currency, due_at=act.at))
    return tuple(refunds)


def refunded(order: Order, refund: UUID, act: Act) -> Order:
    """The gateway gave it back: booked on the account (R60)."""
    given = next(r for r in order.refunds if r.id == refund)
    if given.done_at is not None:
        return order
    done = replace(given, done_at=act.at, due_at=None, failed_at=None, reason="")
    return replace(
        touched(order),
        refunds=tuple(done if r.id == refund else r for r in order.refunds),
        card_movements=(
            *order.card_movements,
            CardMovement(given.tier, given.amount, given.charge, act.at, given.id),
        ),
    )

"""The top seller's part of a manual order or of what failed (R45, R53)."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from placet.actions.doors import order_to
from placet.domain import executing
from placet.domain.order import Act, Order
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.verbs import Verb, refusal_of
from placet.domain.words import OrderStatus
from placet.storage import db, facts, writing


@db.transaction
def execute_order(*, order_id: UUID, by: Actor, lines: tuple[UUID, ...], at: datetime) -> Order | Refusal:
    """Executes all waiting lines, or exactly those named (R45). A card payer is charged first (R49)."""
    order = order_to(Verb.EXECUTE, order_id, by)
    if isinstance(order, Refusal):
        return order
    if refusal := executing.unknown_lines(order, lines) or refusal_of(order, Verb.EXECUTE, by):
        return refusal
    act = Act(by, at, db.new_id)
    executed, refusal = executing.execute(order, lines, act, facts.locked_payers(order))
    if executed is not None:
        writing.update_with_payers(order, executed)
    return refusal or executed  # type: ignore[return-value] # one of the two is there


@db.transaction
def retry_sub_order(*, order_id: UUID, sub_order: UUID, by: Actor, at: datetime) -> Order | Refusal:
    """Its failed lines go to their vendor again (R53)."""
    act = Act(by, at, db.new_id)
    return _on_sub_order(
        order_id, sub_order, by, lambda order: executing.retry_sub_order(order, sub_order, act)
    )


@db.transaction
def cancel_sub_order(
    *, order_id: UUID, sub_order: UUID, by: Actor, reason: str, at: datetime
) -> Order | Refusal:
    """Its undelivered lines are given up (R53)."""
    act = Act(by, at, db.new_id)
    return _on_sub_order(
        order_id, sub_order, by, lambda order: executing.cancel_sub_order(order, sub_order, reason, act)
    )


def _on_sub_order(
    order_id: UUID, sub_order: UUID, by: Actor, verb: Callable[[Order], Order | Refusal]
) -> Order | Refusal:
    order = order_to(Verb.EXECUTE, order_id, by)
    if isinstance(order, Refusal):
        return order
    if all(sub.id != sub_order for sub in order.sub_orders):
        return Refusal("not_found")
    if refusal := _not_the_top_sellers(order, by):
        return refusal
    after = verb(order)
    if isinstance(after, Order):
        writing.update(order, after)
    return after


def _not_the_top_sellers(order: Order, by: Actor) -> Refusal | None:
    if order.place_of(by.organization) != order.top:
        return Refusal("forbidden")
    if order.closed:
        return Refusal("order_closed")
    if order.charging:
        return Refusal("payment_in_progress")
    return None if order.status is OrderStatus.SUBMITTED else Refusal("wrong_status")

"""Refunds that a card gateway refused (R53): the seller has them tried again, a person settles them."""

from datetime import datetime
from uuid import UUID

from placet.actions.doors import order_seen
from placet.domain import refunding
from placet.domain.order import Act, Order
from placet.domain.parties import Actor, Permission, system
from placet.domain.refusals import Refusal, sentence
from placet.storage import db, errands, reading, writing


@db.transaction
def retry_refund(*, order_id: UUID, refund: UUID, by: Actor, at: datetime) -> Order | Refusal:
    """The order with the refund due again: its payer's seller's, by a role that has to do with money."""
    reading.locked(order_id)
    order = order_to_refund(order_id=order_id, by=by)
    if isinstance(order, Refusal):
        return order
    place = order.place_of(by.organization)
    found = next((each for each in order.refunds if each.id == refund), None)
    if found is None or place not in {found.tier - 1, found.tier}:
        return Refusal("not_found")
    if place != found.tier:
        return Refusal("forbidden")
    again = refunding.retry_refund(order, refund, Act(by, at, db.new_id))
    if isinstance(again, Order):
        writing.update(order, again)
    return again


def order_to_refund(*, order_id: UUID, by: Actor) -> Order | Refusal:
    """The order, for its sellers, by a role that has to do with money; strangers find none."""
    order = order_seen(order_id, by)
    if isinstance(order, Refusal):
        return order
    sells = bool(order.place_of(by.organization))
    return order if sells and by.may(Permission.FINANCE) else Refusal("forbidden")


@db.transaction
def settle_refund(*, refund: UUID, at: datetime) -> Order | Refusal:
    """What a person gave back in some other way, booked as the gateway's own word would have been."""
    order_id = errands.order_of_refund(refund)
    order = reading.locked(order_id) if order_id else None
    if order is None:
        return Refusal("not_found", sentence("There is no such refund."))
    settled = refunding.settled_by_person(order, refund, Act(system(order.parties[-1].id), at, db.new_id))
    if isinstance(settled, Order):
        writing.update(order, settled)
    return settled

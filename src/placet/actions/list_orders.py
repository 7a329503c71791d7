"""Reading orders: lists of them as a party of their chains, and what happened to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from placet.domain.order import Order
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.words import OrderStatus
from placet.storage import order_lists, reading
from placet.storage.order_lists import Age, Wanted

__all__ = ["Age", "OrderFilter", "decided_by", "find_orders", "history_of", "in_order", "waiting_for"]


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders: everything that is set must hold. `text` is a number, or its digits, or part of
    the buyer's name; `customer` the buyer, by id or ref."""

    status: OrderStatus | None = None
    customer: str = ""
    text: str = ""
    placed_from: datetime | None = None
    placed_to: datetime | None = None


def find_orders(
    *, by: Actor, wanted: OrderFilter, before: UUID | None, most: int, first: Age = Age.NEWEST
) -> list[Order] | Refusal:
    """Orders of the caller's organization, by their date; one more than `most` where there is more.
    `before` is the last one of the page before."""
    buyer = None
    if wanted.customer:
        buyer = order_lists.organization_below(by.organization, wanted.customer)
        if buyer is None:
            return Refusal("unknown_organization")
    asked = Wanted(
        wanted.status, buyer, wanted.text, wanted.placed_from, wanted.placed_to, after=before, first=first
    )
    found = order_lists.ids(organization=by.organization, wanted=asked, most=most + 1)
    return in_order(found)


def in_order(ids: Sequence[UUID]) -> list[Order]:
    """These orders, in this order, in one statement."""
    found = {order.id: order for order in reading.several(ids)}
    return [found[id_] for id_ in ids if id_ in found]


def history_of(order_id: UUID) -> list[dict[str, Any]]:
    """The facts of one order, oldest first, neutral: to be shown through the projection."""
    return order_lists.events_of(order_id)


def waiting_for(*, by: Actor, before: UUID | None, most: int) -> list[Order]:
    """The caller's queue of orders to decide, the newest first; one more than `most` where there is more."""
    return reading.several(order_lists.waiting_for(by.organization, before, most + 1))


def decided_by(*, by: Actor, before: UUID | None, most: int) -> list[tuple[Order, UUID]]:
    """Orders that the caller's organization decided, the newest decision first, each with the decision's
    id, which is the `before` of the next page; one more than `most` where there is more."""
    found = order_lists.decided_by(by.organization, before, most + 1)
    orders = {order.id: order for order in reading.several([id_ for id_, _ in found])}
    return [(orders[id_], decision) for id_, decision in found]

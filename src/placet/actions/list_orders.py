"""Reading orders: lists of them as a party of their chains, and what happened to one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from placet.domain.order import Order
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.words import OrderStatus
from placet.storage import order_lists, reading


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders: everything that is set must hold."""

    status: OrderStatus | None = None
    customer: str = ""
    text: str = ""
    placed_from: datetime | None = None
    placed_to: datetime | None = None


def find_orders(*, by: Actor, wanted: OrderFilter, before: UUID | None, most: int) -> list[Order] | Refusal:
    """Orders of the caller's organization, the newest first; one more than `most` where there is more."""
    buyer = None
    if wanted.customer:
        buyer = order_lists.organization_below(by.organization, wanted.customer)
        if buyer is None:
            return Refusal("unknown_organization")
    return reading.several(
        order_lists.ids(
            organization=by.organization,
            status=wanted.status,
            buyer=buyer,
            text=wanted.text,
            placed_from=wanted.placed_from,
            placed_to=wanted.placed_to,
            before=before,
            most=most + 1,
        )
    )


def history_of(order_id: UUID) -> list[dict[str, Any]]:
    """The facts of one order, oldest first, neutral: to be shown through the projection."""
    return order_lists.events_of(order_id)


def waiting_for(*, by: Actor, before: UUID | None, most: int) -> list[Order]:
    """The caller's queue of orders to decide, the newest first; one more than `most` where there is more."""
    return reading.several(order_lists.waiting_for(by.organization, before, most + 1))

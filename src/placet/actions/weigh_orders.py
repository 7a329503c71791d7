"""What orders would do to the credit of who buys from their approver, before it decides (R36)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from placet.domain.exposure import Exposure, link_of
from placet.domain.order import Order
from placet.domain.parties import Actor
from placet.storage import exposures


def exposures_of(orders: Sequence[Order], *, by: Actor, at: datetime) -> dict[UUID, Exposure]:
    """By order, on the link that the caller decides about: of that it is a party. One statement."""
    links = {}
    for order in orders:
        place = order.place_of(by.organization)
        assert place is not None, "only parties of the chain weigh an order"
        links[order.id] = link_of(order, place)
    found = exposures.accounts([link.account for link in links.values()], at)
    return {order: Exposure(link, *found[link.account]) for order, link in links.items()}


def short_exposure(order: Order, tier: int, *, by: Actor, at: datetime) -> Exposure:
    """The same for one link of the caller's that was short."""
    link = order.links[tier - 1]
    assert by.organization in (link.buyer.id, link.seller.id), "only its two parties read a link's credit"
    return Exposure(link, *exposures.accounts([link.account], at)[link.account])

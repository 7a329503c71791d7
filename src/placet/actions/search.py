"""What a few letters may mean to the caller: orders by number, organizations below by name."""

from dataclasses import dataclass

from placet.actions.list_orders import in_order
from placet.domain.order import Order
from placet.domain.parties import Actor, Party
from placet.storage import search


@dataclass(frozen=True, slots=True)
class Found:
    """At most so many of each as were asked for."""

    orders: tuple[Order, ...]
    organizations: tuple[Party, ...]


def find(text: str, *, by: Actor, most: int) -> Found:
    """Orders that the caller is a party of, and organizations below it; nothing of anybody else's."""
    wanted = " ".join(text.split())
    if not wanted:
        return Found((), ())
    orders = in_order(search.orders(by.organization, wanted, most))
    return Found(tuple(orders), tuple(search.organizations_below(by.organization, wanted, most)))

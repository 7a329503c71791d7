"""A basket becomes an order, once: a second click, tab or replay finds the order that it became (R14)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from placet.actions.fill_basket import Drafter
from placet.actions.place_order import decided, submitted
from placet.domain import view
from placet.domain.basket import Basket, Json
from placet.domain.order import Act, Order
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.storage import baskets, db, reading

CHANGED: Final = "This has changed since you read it. Please read it once more."
DEARER: Final = "Prices have changed since you read them. Please read it once more."


@dataclass(frozen=True, slots=True)
class Read:
    """What the person read before it said yes: which version of the basket, and its total."""

    version: int
    total: Json


@db.transaction
def submit_basket(who: Drafter, *, basket: UUID, note: str, read: Read, at: datetime) -> Order | Refusal:
    """The order that the basket became, now or before. `stale_version` where it, or what it costs, is not
    what was read: then nothing is placed."""
    found = baskets.locked(basket, *who.key)
    if found is None:
        return Refusal("not_found")
    if found.order:
        return _became(found.order)
    if not who.by.may(Permission.ORDER):
        return Refusal("forbidden")
    baskets.keep_note(basket, note)
    return _submitted(who, found, note, read, Act(who.by, at, db.new_id))


def _submitted(who: Drafter, basket: Basket, note: str, read: Read, act: Act) -> Order | Refusal:
    if basket.version != read.version:
        return Refusal("stale_version", CHANGED)
    request = Basket(basket.id, basket.version, basket.lines, basket.billing, note)
    order = decided(request.request(who.buyer.party.id), act)
    if isinstance(order, Refusal):
        return order
    if view.preview(order, who.by)["total_amount"] != read.total:
        return Refusal("stale_version", DEARER)
    placed = submitted(order, act)
    baskets.became(basket.id, placed.id, act.at)
    return placed


def _became(order: UUID) -> Order:
    found = reading.find(order)
    assert found, "orders are not deleted"
    return found

"""An order's status address (R10): reading it without a login, and who may revoke and renew it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from placet.actions.doors import order_seen
from placet.domain import view
from placet.domain.order import Order
from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal
from placet.domain.view import Json
from placet.storage import db, reading, status_addresses


def follow_order(link: str) -> Json | Refusal:
    """What a stranger with that link reads; one that is wrong, revoked or replaced leads nowhere."""
    opened = status_addresses.opened(link)
    if opened is None:
        return Refusal("not_found")
    order, generation = opened
    address = status_addresses.find(order)
    if address.revoked_at or address.generation != generation:
        return Refusal("not_found")
    found = reading.find(order)
    return view.public(found) if found else Refusal("not_found")


@dataclass(frozen=True, slots=True)
class Following:
    """How an order can be followed without a login: by which link, if it was not revoked (then since
    when), and whether the viewer may change that."""

    link: str | None
    revoked_at: datetime | None
    may_change: bool


def following(order: Order, by: Actor) -> Following | None:
    """The order's status address, to its buyer and to who placed it; to nobody else. What Placet itself does
    (a renewal) has none."""
    if not _is_theirs(order, by) or order.placed_by["kind"] == "system":
        return None
    address = status_addresses.find(order.id)
    link = None if address.revoked_at else status_addresses.link(order.id, address.generation)
    return Following(link, address.revoked_at, by.may(Permission.ORDER))


def link_of(order: UUID) -> str | None:
    """The link that counts; none while it is revoked."""
    address = status_addresses.find(order)
    return None if address.revoked_at else status_addresses.link(order, address.generation)


@db.transaction
def revoke_address(*, order_id: UUID, by: Actor, at: datetime) -> Order | Refusal:
    """From now on no link leads to the order."""
    order = _theirs(order_id, by)
    if isinstance(order, Order):
        status_addresses.revoke(order.id, by.as_json(), at)
    return order


@db.transaction
def renew_address(*, order_id: UUID, by: Actor, at: datetime) -> Order | Refusal:
    """A new link leads to the order, and no older one."""
    order = _theirs(order_id, by)
    if isinstance(order, Order):
        status_addresses.renew(order.id, by.as_json(), at)
    return order


def _theirs(order_id: UUID, by: Actor) -> Order | Refusal:
    order = order_seen(order_id, by)
    if isinstance(order, Refusal):
        return order
    allowed = _is_theirs(order, by) and by.may(Permission.ORDER)
    return order if allowed else Refusal("forbidden")


def _is_theirs(order: Order, by: Actor) -> bool:
    return by.organization in (order.parties[0].id, order.placer.id)

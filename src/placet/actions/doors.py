"""The one door to an order: a stranger gets 404, a role or a party that may not gets 403. And the one to
a seller's own settings."""

from uuid import UUID

from placet.domain.order import Order
from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal
from placet.domain.verbs import ROLES_FOR, Verb, places_ever
from placet.domain.words import Kind
from placet.storage import organizations, reading


def order_seen(order_id: UUID, by: Actor) -> Order | Refusal:
    """The order, to look at."""
    return _known(reading.find(order_id), by)


def order_to(verb: Verb, order_id: UUID, by: Actor) -> Order | Refusal:
    """The order, locked, for this verb."""
    order = _known(reading.locked(order_id), by)
    if isinstance(order, Refusal):
        return order
    return order if by.may(*ROLES_FOR[verb]) else Refusal("forbidden")


def _known(order: Order | None, by: Actor) -> Order | Refusal:
    if order is None or order.place_of(by.organization) is None:
        return Refusal("not_found")
    return order


def may_ever(order: Order, verb: Verb, by: Actor) -> bool:
    """Whether the verb is the actor's to use on this order in any status."""
    place = order.place_of(by.organization)
    return place is not None and place in places_ever(order, verb)


def no_seller_admin(by: Actor) -> Refusal | None:
    """Why the actor has no say in what sellers set up: its role, or a kind that sells to nobody."""
    sells = organizations.party(by.organization).kind is not Kind.CUSTOMER
    return None if sells and by.may(Permission.ADMINISTER) else Refusal("forbidden")

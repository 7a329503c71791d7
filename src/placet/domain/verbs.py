"""Who may use which verb on an order, when: the table of spec §8, once."""

from typing import Final

from placet.domain.executing import cancellable
from placet.domain.order import Order
from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal
from placet.domain.words import LineState, OrderStatus, StepStatus, Word


class Verb(Word):
    """What the caller may do with an order: the words of its `actions`."""

    APPROVE = "approve"
    REJECT = "reject"
    RETRY = "retry"
    CANCEL = "cancel"
    EXECUTE = "execute"
    RELEASE = "release"


ROLES_FOR: Final[dict[Verb, tuple[Permission, ...]]] = {
    Verb.APPROVE: (Permission.DECIDE,),
    Verb.REJECT: (Permission.DECIDE,),
    Verb.RETRY: (Permission.ORDER, Permission.DECIDE),
    Verb.CANCEL: (Permission.ORDER, Permission.DECIDE),
    Verb.EXECUTE: (Permission.ORDER, Permission.DECIDE),
    Verb.RELEASE: (Permission.DECIDE, Permission.FINANCE),
}
"""Any one of these permissions is enough."""

Places = frozenset[int]
NOBODY: Final[Places] = frozenset()


def actions(order: Order, actor: Actor) -> tuple[Verb, ...]:
    """What this actor may do with the order now."""
    place = order.place_of(actor.organization)
    return tuple(
        verb
        for verb in Verb
        if actor.may(*ROLES_FOR[verb]) and place is not None and place in places_for(order, verb)
    )


def places_for(order: Order, verb: Verb) -> Places:
    """Who may use the verb on this order as it stands, by place in the chain: the table of spec §8.
    Nobody may while a card payment is under way (R48)."""
    return NOBODY if order.charging else _places(order, verb)


def _places(order: Order, verb: Verb) -> Places:
    match order.status, verb:
        case OrderStatus.PENDING_APPROVAL, Verb.APPROVE | Verb.REJECT:
            return frozenset(s.tier for s in order.steps if s.status is StepStatus.PENDING)
        case OrderStatus.PENDING_APPROVAL, Verb.CANCEL:
            return frozenset({0, 1}) | _placer(order)
        case OrderStatus.UNEXECUTED, Verb.RETRY:
            return frozenset({1}) | _parties_of_short_links(order)
        case OrderStatus.UNEXECUTED, Verb.CANCEL:
            return frozenset({0, 1}) | _parties_of_short_links(order)
        case OrderStatus.UNEXECUTED, Verb.RELEASE:
            return frozenset(order.short_tiers)
        case OrderStatus.SUBMITTED, Verb.EXECUTE if _waits(order):
            return frozenset({order.top})
        case OrderStatus.SUBMITTED, Verb.CANCEL if cancellable(order.lines):
            return frozenset({order.top})
        case _:
            return NOBODY


def refusal_of(order: Order, verb: Verb, actor: Actor) -> Refusal | None:
    """Why the actor cannot use the verb now, if so: another's to use, or not in this status."""
    place = order.place_of(actor.organization)
    allowed = places_for(order, verb)
    if place in allowed:
        return None
    if allowed or place not in places_ever(order, verb):
        return Refusal("forbidden")
    if order.closed:
        return Refusal("order_closed")
    return Refusal("payment_in_progress" if order.charging else "wrong_status")


def places_ever(order: Order, verb: Verb) -> Places:
    """Who may use the verb in some status: for everyone else it is forbidden, not too late."""
    everyone = frozenset(range(order.top + 1))
    match verb:
        case Verb.APPROVE | Verb.REJECT:
            return frozenset(step.tier for step in order.steps)
        case Verb.RETRY | Verb.CANCEL:
            return everyone
        case Verb.RELEASE:
            return everyone - {0}
        case Verb.EXECUTE:
            return frozenset({order.top})


def _placer(order: Order) -> Places:
    place = order.place_of(order.placer.id)
    return NOBODY if place is None else frozenset({place})


def _parties_of_short_links(order: Order) -> Places:
    return frozenset(place for tier in order.short_tiers for place in (tier - 1, tier))


def _waits(order: Order) -> bool:
    return any(line.state is LineState.WAITING for line in order.lines)

"""Changing, cancelling, suspending and resuming a subscription: each an order of its own (R25, R70, R71)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from placet.domain.held import Held
from placet.domain.order import Act, Order
from placet.domain.parties import Actor, Party, Permission
from placet.domain.refusals import Refusal
from placet.domain.subscribing import Wish, change
from placet.domain.validating import validate
from placet.domain.words import ChangeKind
from placet.storage import db, facts, subscriptions, writing
from placet.storage.facts import Facts


@db.transaction
def change_subscription(
    *, subscription: UUID, quantity: int | None, product: str | None, by: Actor, at: datetime
) -> Order | Refusal:
    """Another quantity, or another offer in its place; `product` is an id or a ref. What only lowers
    what is owed is executed without approval and credit."""
    return _ordered(subscription, Wish(ChangeKind.CHANGE, quantity), product, Act(by, at, db.new_id))


@db.transaction
def cancel_subscription(
    *, subscription: UUID, at_period_end: bool, reason: str, by: Actor, at: datetime
) -> Order | Refusal:
    """Its end, now with a credit invoice for what was prepaid and not used, or when its period is over."""
    does = ChangeKind.CANCEL_AT_END if at_period_end else ChangeKind.CANCEL
    return _ordered(subscription, Wish(does, reason=reason), None, Act(by, at, db.new_id))


@db.transaction
def suspend_subscription(*, subscription: UUID, reason: str, by: Actor, at: datetime) -> Order | Refusal:
    """A pause, by a seller of its chain: nothing is billed for periods that begin in it."""
    wish = Wish(ChangeKind.SUSPEND, reason=reason)
    return _ordered(subscription, wish, None, Act(by, at, db.new_id))


@db.transaction
def resume_subscription(*, subscription: UUID, by: Actor, at: datetime) -> Order | Refusal:
    """The end of a pause, by a seller of its chain: billed again from today, by the day."""
    return _ordered(subscription, Wish(ChangeKind.RESUME), None, Act(by, at, db.new_id))


def preview_change(
    *, subscription: UUID, quantity: int | None, product: str | None, by: Actor, at: datetime
) -> Order | Refusal:
    """The change as it would be ordered now: nothing is saved, nobody is asked, nothing is validated."""
    return _previewed(subscription, Wish(ChangeKind.CHANGE, quantity), product, Act(by, at, db.new_id))


def preview_cancel(*, subscription: UUID, at_period_end: bool, by: Actor, at: datetime) -> Order | Refusal:
    """The end as it would be ordered now, likewise."""
    does = ChangeKind.CANCEL_AT_END if at_period_end else ChangeKind.CANCEL
    return _previewed(subscription, Wish(does), None, Act(by, at, db.new_id))


def may_change(*, subscription: UUID, by: Actor, at: datetime) -> Refusal | None:
    """Why the caller cannot order anything about that subscription, if so: it is a stranger's, or the
    caller's role places no orders."""
    found = _facts(subscription, None, by, at)
    return found if isinstance(found, Refusal) else None


def may_pause(*, subscription: UUID, by: Actor, at: datetime) -> Refusal | None:
    """The same of a pause and its end, which are for the sellers of the chain."""
    found = _facts(subscription, None, by, at)
    return found if isinstance(found, Refusal) else _no_seller(*found)


def _ordered(subscription: UUID, wish: Wish, product: str | None, act: Act) -> Order | Refusal:
    facts.hold_chains_still()
    order = _decided(subscription, wish, product, act, subscriptions.held)
    if isinstance(order, Refusal):
        return order
    if order.all_approved:
        order = validate(order, facts.locked_payers(order), act)
    return replace(order, number=writing.insert(order))


def _previewed(subscription: UUID, wish: Wish, product: str | None, act: Act) -> Order | Refusal:
    return _decided(subscription, wish, product, act, subscriptions.as_it_stands)


def _decided(
    subscription: UUID, wish: Wish, product: str | None, act: Act, read: Callable[[UUID], Held]
) -> Order | Refusal:
    found = _facts(subscription, product, act.by, act.at)
    if isinstance(found, Refusal):
        return found
    around, placer = found
    if wish.does in (ChangeKind.SUSPEND, ChangeKind.RESUME) and (refusal := _no_seller(around, placer)):
        return refusal
    wanted = around.products.get(product) if product else None
    if product and wanted is None:
        return Refusal("unknown_product", facts={"products": [product]})
    held = read(subscription)
    return change(held, replace(wish, product=wanted), placer=placer, chain=around.chain, act=act)


def _no_seller(around: Facts, placer: Party) -> Refusal | None:
    return Refusal("forbidden") if placer.id == around.buyer.id else None


def _facts(subscription: UUID, product: str | None, by: Actor, at: datetime) -> tuple[Facts, Party] | Refusal:
    """The chain that the subscription is on, and where the caller stands in it."""
    buyer = subscriptions.buyer_of(subscription)
    found = facts.for_order(str(buyer), [product] if product else [], at) if buyer else None
    placer = found.party(by.organization) if found else None
    if found is None or placer is None:
        return Refusal("not_found")
    return (found, placer) if by.may(Permission.ORDER) else Refusal("forbidden")

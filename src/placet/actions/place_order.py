"""Placing an order, or only seeing what would happen (R10-R14, R20-R27)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from placet.domain.order import Act, Order
from placet.domain.parties import Actor, Permission
from placet.domain.placing import OrderRequest, place
from placet.domain.refusals import Refusal
from placet.domain.validating import validate
from placet.storage import db, facts, writing
from placet.storage.facts import Facts


@db.transaction
def place_order(*, request: OrderRequest, by: Actor, at: datetime) -> Order | Refusal:
    """Places the order for the caller's own organization or for one below it (R11). Without any
    approval to wait for it is validated in the same act (R26)."""
    act = Act(by, at, db.new_id)
    order = decided(request, act)
    return order if isinstance(order, Refusal) else submitted(order, act)


def decided(request: OrderRequest, act: Act) -> Order | Refusal:
    """The order as it is to be placed, while nobody of its chain can be suspended (R72)."""
    facts.hold_chains_still()
    return _decided(request, act)


def submitted(order: Order, act: Act) -> Order:
    """The order that was decided in this transaction, validated if it waits for nobody, with its number."""
    if order.all_approved:
        order = validate(order, facts.locked_payers(order), act)
    return replace(order, number=writing.insert(order))


def preview_order(*, request: OrderRequest, by: Actor, at: datetime) -> Order | Refusal:
    """The order as it would be placed; nothing is saved, nothing is validated."""
    return _decided(request, Act(by, at, db.new_id))


def _decided(request: OrderRequest, act: Act) -> Order | Refusal:
    if not act.by.may(Permission.ORDER):
        return Refusal("forbidden")
    found = _facts(request, act)
    if isinstance(found, Refusal):
        return found
    placer = found.party(act.by.organization)
    if placer is None:
        return Refusal("unknown_organization")
    return place(request, placer=placer, chain=found.chain, products=found.products, act=act)


def _facts(request: OrderRequest, act: Act) -> Facts | Refusal:
    buyer = request.customer or str(act.by.organization)
    found = facts.for_order(buyer, _products(request), act.at)
    return found or Refusal("unknown_organization")


def _products(request: OrderRequest) -> Sequence[str]:
    return [line.product for line in request.lines]

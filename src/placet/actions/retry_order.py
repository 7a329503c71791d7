"""Validation again, of an order that was short of credit; or past one limit, by its seller's word (R44)."""

from datetime import datetime
from uuid import UUID

from placet.actions.doors import order_to
from placet.domain import deciding
from placet.domain.order import Act, Order
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.verbs import Verb, refusal_of
from placet.domain.view import shortfall
from placet.domain.words import OrderStatus
from placet.storage import db, facts, writing


@db.transaction
def retry_order(*, order_id: UUID, by: Actor, at: datetime) -> Order | Refusal:
    """The order as it became. Still short: refused, with the shortfall where the caller is a party of
    the short link; the run is kept all the same (R40)."""
    order = order_to(Verb.RETRY, order_id, by)
    if isinstance(order, Refusal):
        return order
    if refusal := refusal_of(order, Verb.RETRY, by):
        return refusal
    retried = deciding.retry(order, Act(by, at, db.new_id), facts.locked_payers(order))
    if isinstance(retried, Refusal):
        return retried
    writing.update_with_payers(order, retried)
    if retried.status is not OrderStatus.UNEXECUTED:
        return retried
    short = shortfall(retried, by.organization)
    return Refusal("insufficient_credit", facts={"shortfall": short} if short else {})


@db.transaction
def release_order(*, order_id: UUID, by: Actor, reason: str, at: datetime) -> Order | Refusal:
    """The order as it became, with who released it beyond the limit, and why."""
    order = order_to(Verb.RELEASE, order_id, by)
    if isinstance(order, Refusal):
        return order
    if refusal := refusal_of(order, Verb.RELEASE, by):
        return refusal
    act = Act(by, at, db.new_id)
    released = deciding.release(order, reason, act, facts.locked_payers(order))
    if isinstance(released, Order):
        writing.update_with_payers(order, released)
    return released

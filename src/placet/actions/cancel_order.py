"""A withdrawal (spec §8): of the whole order while it waits, of what has not begun afterwards."""

from datetime import datetime
from uuid import UUID

from placet.actions.doors import order_to
from placet.domain import deciding
from placet.domain.order import Act, Order
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.verbs import Verb
from placet.storage import db, writing


@db.transaction
def cancel_order(*, order_id: UUID, by: Actor, reason: str, at: datetime) -> Order | Refusal:
    """The order as it became."""
    order = order_to(Verb.CANCEL, order_id, by)
    if isinstance(order, Refusal):
        return order
    cancelled = deciding.cancel(order, reason, Act(by, at, db.new_id))
    if isinstance(cancelled, Order):
        writing.update(order, cancelled)
    return cancelled

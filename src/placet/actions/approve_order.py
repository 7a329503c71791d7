"""An approving partner's yes (R30-R36), and validation with the last one."""

from datetime import datetime
from uuid import UUID

from placet.actions.doors import order_to
from placet.domain import deciding
from placet.domain.order import Act, Order
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.validating import Payers
from placet.domain.verbs import Verb
from placet.domain.words import Verdict
from placet.storage import db, facts, writing


@db.transaction
def approve_order(
    *, order_id: UUID, by: Actor, comment: str, at: datetime, version: int | None = None
) -> Order | Refusal:
    """The order as it became: still waiting, charging, unexecuted, submitted. `version` is what was read."""
    order = order_to(Verb.APPROVE, order_id, by)
    if isinstance(order, Refusal):
        return order
    if stale := deciding.stale(order, by, Verdict.APPROVE, version):
        return stale
    approved = deciding.approve(order, comment, Act(by, at, db.new_id), _payers(order, by))
    if isinstance(approved, Order):
        writing.update_with_payers(order, approved)
    return approved


def _payers(order: Order, by: Actor) -> Payers | None:
    """The last yes spends credit, so it locks; a buyer's earlier yes only looks at its card (R35)."""
    if order.closed or order.charging:
        return None
    if deciding.is_last_yes(order, by):
        return facts.locked_payers(order)
    return None if order.place_of(by.organization) == order.top else facts.payers(order)

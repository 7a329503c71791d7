"""An approving partner's no, which ends the order (R31)."""

from datetime import datetime
from uuid import UUID

from placet.actions.doors import order_to
from placet.domain import deciding
from placet.domain.order import Act, Order
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.verbs import Verb
from placet.domain.words import Verdict
from placet.storage import db, writing


@db.transaction
def reject_order(  # noqa: PLR0913 - what a no consists of
    *,
    order_id: UUID,
    by: Actor,
    reason: str,
    note: str,
    at: datetime,
    version: int | None = None,
) -> Order | Refusal:
    """`reason` is told to the customer, `note` stays inside the rejecting organization. `version` is what
    was read."""
    order = order_to(Verb.REJECT, order_id, by)
    if isinstance(order, Refusal):
        return order
    if stale := deciding.stale(order, by, Verdict.REJECT, version):
        return stale
    rejected = deciding.reject(order, reason, note, Act(by, at, db.new_id))
    if isinstance(rejected, Order):
        writing.update(order, rejected)
    return rejected

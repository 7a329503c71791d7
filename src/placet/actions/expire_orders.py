"""Offers that no longer hold (R5): orders that still wait then become `expired`."""

from datetime import datetime
from uuid import UUID

from placet.domain.ending import expired
from placet.domain.moves import WAITING
from placet.domain.order import Act, touched
from placet.domain.parties import system
from placet.storage import db, errands, reading, writing


def expire_orders(*, most: int, at: datetime) -> int:
    """Expires what is due, each order in a transaction of its own; answers how many there were. An
    order whose card is being charged waits for the gateway's word."""
    due = errands.expiring(at, most)
    for order_id in due:
        _expire(order_id=order_id, at=at)
    return len(due)


@db.transaction
def _expire(*, order_id: UUID, at: datetime) -> None:
    order = reading.locked(order_id)
    if order is None or order.status not in WAITING or order.charging or order.expires_at > at:
        return
    act = Act(system(order.parties[-1].id), at, db.new_id)
    writing.update(order, expired(touched(order), act))

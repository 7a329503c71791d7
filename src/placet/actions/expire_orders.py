"""Offers that no longer hold (R5): orders that still wait then become `expired`."""

from datetime import datetime
from uuid import UUID

from placet.domain.ending import expired
from placet.domain.moves import WAITING
from placet.domain.order import Act, touched
from placet.domain.parties import system
from placet.storage import db, errands, reading, writing


def expire_orders(*, most: int, at: datetime) -> int:
    """Expires what is due, each order in a transaction of its own; answers how many it were. An order
    whose card is being charged waits for the gateway's word."""
    return sum(_expired(order_id=order_id, at=at) for order_id in errands.expiring(at, most))


@db.transaction
def _expired(*, order_id: UUID, at: datetime) -> bool:
    order = reading.locked(order_id)
    if order is None or order.status not in WAITING or order.charging or order.expires_at > at:
        return False
    act = Act(system(order.parties[-1].id), at, db.new_id)
    writing.update(order, expired(touched(order), act))
    return True

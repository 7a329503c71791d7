"""What was sent about one order, to whom it belongs."""

from typing import Final
from uuid import UUID

from placet.storage import db
from placet.storage.db import Row

MESSAGES: Final = """
SELECT d.id, e.type, e.at, w.url, d.status, d.tries, d.due_at, w.status = 'active' AS repeatable,
  (SELECT json_build_object('at', a.at, 'status_code', a.status_code, 'answer', a.answer)
    FROM delivery_attempt a WHERE a.delivery_id = d.id ORDER BY a.at DESC LIMIT 1) AS last
FROM event e JOIN delivery d ON d.event_id = e.id JOIN webhook_endpoint w ON w.id = d.endpoint_id
WHERE e.order_id = %(order)s AND w.owner_id = %(owner)s AND w.status <> 'removed'
ORDER BY e.seq, d.id"""


def webhooks(order: UUID, owner: UUID) -> list[Row]:
    """What this organization's own endpoints were told of the order, in the order of the facts, each with
    its last attempt."""
    return db.fetch(MESSAGES, {"order": order, "owner": owner})

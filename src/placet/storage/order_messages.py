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


MAILS: Final = """
SELECT m.kind, m."to", m.chosen, m.created_at, m.gather_at IS NOT NULL AS waits,
  coalesce(m.due_at, g.due_at) IS NOT NULL AS due, coalesce(m.sent_at, g.sent_at) AS sent_at
FROM mail m LEFT JOIN mail g ON g.id = m.gathered_in_id
WHERE m.order_id = %(order)s AND m.organization_id = %(owner)s ORDER BY m.created_at, m.id"""


def mails(order: UUID, owner: UUID) -> list[Row]:
    """What this organization's own people and contacts were written about the order, to whom and why to that
    one, and what came of it: of a digest, where it went into one."""
    return db.fetch(MAILS, {"order": order, "owner": owner})

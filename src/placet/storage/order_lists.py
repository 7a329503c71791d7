"""Which orders: ids by who looks and what for. The orders themselves are then read by `reading`."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from placet.domain.words import OrderStatus
from placet.storage import db
from placet.storage.db import Row
from placet.storage.facts import as_uuid

IDS: Final = """
SELECT o.id FROM (
  SELECT id FROM orders WHERE buyer_id = %(organization)s
  UNION ALL
  SELECT order_id FROM order_link WHERE seller_id = %(organization)s
) mine JOIN orders o ON o.id = mine.id JOIN organization b ON b.id = o.buyer_id
WHERE {conditions} ORDER BY mine.id DESC LIMIT %(most)s"""

CONDITIONS: Final = {
    "before": "mine.id < %(before)s",
    "status": "o.status = %(status)s",
    "buyer": "o.buyer_id = %(buyer)s",
    "text": "(o.number ILIKE %(text)s OR b.name ILIKE %(text)s)",
    "placed_from": "o.placed_at >= %(placed_from)s",
    "placed_to": "o.placed_at < %(placed_to)s",
}


def ids(  # noqa: PLR0913 - the filters, each by name
    *,
    organization: UUID,
    status: OrderStatus | None,
    buyer: UUID | None,
    text: str,
    placed_from: datetime | None,
    placed_to: datetime | None,
    before: UUID | None,
    most: int,
) -> list[UUID]:
    """Orders that the organization is a party of, the newest first."""
    asked = {
        "before": before,
        "status": status,
        "buyer": buyer,
        "text": f"%{literally(text)}%" if text else None,
        "placed_from": placed_from,
        "placed_to": placed_to,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    conditions = " AND ".join(CONDITIONS[name] for name in given) or "true"
    statement = IDS.format(conditions=conditions)
    rows = db.fetch(statement, {"organization": organization, "most": most, **given})
    return [row["id"] for row in rows]


def literally(text: str) -> str:
    """The text as LIKE takes it: its own wild cards stand for themselves."""
    for wild in ("\\", "%", "_"):
        text = text.replace(wild, f"\\{wild}")
    return text


BELOW: Final = """
WITH RECURSIVE found AS (
  SELECT id FROM organization WHERE id = %(id)s OR ref = %(ref)s
), up AS (
  SELECT id FROM found
  UNION
  SELECT c.seller_id FROM contract c JOIN up ON up.id = c.buyer_id WHERE c.ended_at IS NULL
)
SELECT found.id FROM found WHERE EXISTS (SELECT FROM up WHERE up.id = %(organization)s)"""


def organization_below(organization: UUID, name: str) -> UUID | None:
    """The organization of that id or ref, if it is this one or anywhere below it."""
    row = db.fetch_one(BELOW, {"organization": organization, "id": as_uuid(name), "ref": name})
    return row["id"] if row else None


EVENTS: Final = """
SELECT id::text, type, seen_by::text[] AS seen_by, by::json, detail::json, at
FROM event
WHERE order_id = %(order)s ORDER BY seq"""


def events_of(order_id: UUID) -> list[dict[str, Any]]:
    """The facts of one order, oldest first."""
    rows: list[Row] = db.fetch(EVENTS, {"order": order_id})
    return rows


PENDING: Final = """
SELECT t.order_id AS id FROM approval_step t
WHERE t.approver_id = %(organization)s AND t.status = 'pending'
  AND (%(before)s::uuid IS NULL OR t.order_id < %(before)s::uuid)
ORDER BY t.order_id DESC LIMIT %(most)s"""


def waiting_for(organization: UUID, before: UUID | None, most: int) -> list[UUID]:
    """Orders that wait for this organization's yes or no, the newest first."""
    parameters = {"organization": organization, "before": before, "most": most}
    return [row["id"] for row in db.fetch(PENDING, parameters)]


LOCK_WAITING: Final = """
SELECT o.id FROM orders o
WHERE o.status IN ('pending_approval', 'unexecuted', 'submitted') AND o.id IN (
  SELECT id FROM (
    SELECT id, buyer_id FROM orders WHERE status IN ('pending_approval', 'unexecuted')
    UNION ALL
    SELECT id, buyer_id FROM orders WHERE status = 'submitted'
  ) open
  WHERE open.buyer_id = %(organization)s OR EXISTS (SELECT FROM order_link l
    WHERE l.order_id = open.id AND l.seller_id = %(organization)s))
ORDER BY o.id FOR NO KEY UPDATE OF o"""


def lock_waiting(organization: UUID) -> list[UUID]:
    """Every order that is not closed and has the organization in its chain, locked in the order of ids."""
    return [row["id"] for row in db.fetch(LOCK_WAITING, {"organization": organization})]

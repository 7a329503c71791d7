"""Webhook endpoints and what was sent to them (R91). A secret is written here and read by nobody but
the sender."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from placet.domain.words import DeliveryStatus, EndpointStatus, EventType
from placet.storage import db
from placet.storage.catalog import FIRST
from placet.storage.db import Row

ENDPOINTS: Final = """
SELECT id, url, events, status, created_at FROM webhook_endpoint
WHERE owner_id = %(owner)s AND status <> 'removed'"""


def endpoints(owner: UUID, after: UUID | None, most: int) -> list[Row]:
    """An organization's endpoints, the oldest first."""
    statement = f"{ENDPOINTS} AND id > %(after)s ORDER BY id LIMIT %(most)s"
    return db.fetch(statement, {"owner": owner, "after": after or FIRST, "most": most})


def endpoint(owner: UUID, id_: UUID) -> Row | None:
    """One of the organization's endpoints."""
    return db.fetch_one(f"{ENDPOINTS} AND id = %(id)s", {"owner": owner, "id": id_})


NEW: Final = """
INSERT INTO webhook_endpoint (id, owner_id, url, secret, events, status)
VALUES (%(id)s, %(owner)s, %(url)s, %(secret)s, %(events)s, 'active')
RETURNING id, url, events, status, created_at"""


def add_endpoint(*, id_: UUID, owner: UUID, url: str, secret: str, events: list[EventType]) -> Row:
    """A new endpoint, active at once."""
    row = db.fetch_one(NEW, {"id": id_, "owner": owner, "url": url, "secret": secret, "events": events})
    assert row is not None, "an insert answers its row"
    return row


CHANGE: Final = """
UPDATE webhook_endpoint SET url = COALESCE(%(url)s, url), events = COALESCE(%(events)s::text[], events),
  status = COALESCE(%(status)s, status), changed_at = now()
WHERE id = %(id)s AND owner_id = %(owner)s AND status <> 'removed'
RETURNING id, url, events, status, created_at"""


def change_endpoint(
    *, owner: UUID, id_: UUID, url: str | None, events: list[EventType] | None, status: EndpointStatus | None
) -> Row | None:
    """Changes what is given; `None` where the organization has no such endpoint."""
    return db.fetch_one(CHANGE, {"owner": owner, "id": id_, "url": url, "events": events, "status": status})


# An endpoint's row stays, because whoever records an event just now may be about to point at it.
REMOVE: Final = """
WITH removed AS (
  UPDATE webhook_endpoint SET status = 'removed'
  WHERE id = %(id)s AND owner_id = %(owner)s AND status <> 'removed' RETURNING id
), dropped AS (
  UPDATE delivery d SET status = 'failed', due_at = NULL FROM removed
  WHERE d.endpoint_id = removed.id AND d.status = 'pending'
)
SELECT id FROM removed"""


def remove_endpoint(owner: UUID, id_: UUID) -> bool:
    """Ends an endpoint for good, and what was still on its way to it."""
    return db.fetch_one(REMOVE, {"owner": owner, "id": id_}) is not None


DELIVERIES: Final = """
SELECT d.id, d.endpoint_id, d.event_id, e.type, d.status, d.tries, d.due_at, d.created_at,
  (SELECT json_agg(json_build_object('at', a.at, 'milliseconds', a.milliseconds,
      'status_code', a.status_code, 'answer', a.answer) ORDER BY a.at)
    FROM delivery_attempt a WHERE a.delivery_id = d.id) AS attempts
FROM delivery d JOIN webhook_endpoint w ON w.id = d.endpoint_id JOIN event e ON e.id = d.event_id
WHERE w.owner_id = %(owner)s AND w.status <> 'removed'"""

SOME: Final = f"""{DELIVERIES}
  AND (%(endpoint)s::uuid IS NULL OR d.endpoint_id = %(endpoint)s::uuid)
  AND (%(status)s::text IS NULL OR d.status = %(status)s::text)
  AND (%(at)s::timestamptz IS NULL OR (d.created_at, d.id) < (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY d.created_at DESC, d.id DESC LIMIT %(most)s"""


def deliveries(
    owner: UUID,
    *,
    endpoint: UUID | None,
    status: DeliveryStatus | None,
    before: tuple[datetime, UUID] | None,
    most: int,
) -> list[Row]:
    """Deliveries to the organization's endpoints with every attempt, the newest first."""
    at, id_ = before or (None, None)
    asked: dict[str, Any] = {"endpoint": endpoint, "status": status, "at": at, "id": id_, "most": most}
    return db.fetch(SOME, {"owner": owner, **asked})


def delivery(owner: UUID, id_: UUID) -> Row | None:
    """One delivery to one of the organization's endpoints."""
    return db.fetch_one(f"{DELIVERIES} AND d.id = %(id)s", {"owner": owner, "id": id_})


AGAIN: Final = """
UPDATE delivery d SET status = 'pending', tries = 0, due_at = %(at)s FROM webhook_endpoint w
WHERE d.id = %(id)s AND w.id = d.endpoint_id AND w.status = 'active' RETURNING d.id"""


def send_again(id_: UUID, at: datetime) -> bool:
    """Makes a delivery due, whatever came of it so far; not where its endpoint is not active."""
    return db.fetch_one(AGAIN, {"id": id_, "at": at}) is not None

"""Webhook endpoints and what was sent to them (R91). A secret is written here, sealed, and read by nobody
but the sender."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from placet.domain.words import DeliveryStatus, EndpointStatus, EventType
from placet.storage import db
from placet.storage.catalog import FIRST
from placet.storage.db import Row
from placet.storage.sealing import sealed

READ: Final = "id, url, events, status, failing_since, created_at"
ENDPOINTS: Final = f"""
SELECT {READ} FROM webhook_endpoint WHERE owner_id = %(owner)s AND status <> 'removed'"""


def endpoints(owner: UUID, after: UUID | None, most: int) -> list[Row]:
    """An organization's endpoints, the oldest first."""
    statement = f"{ENDPOINTS} AND id > %(after)s ORDER BY id LIMIT %(most)s"
    return db.fetch(statement, {"owner": owner, "after": after or FIRST, "most": most})


def endpoint(owner: UUID, id_: UUID) -> Row | None:
    """One of the organization's endpoints."""
    return db.fetch_one(f"{ENDPOINTS} AND id = %(id)s", {"owner": owner, "id": id_})


def locked_endpoint(owner: UUID, id_: UUID) -> Row | None:
    """The same, locked: nothing is taken or settled for it meanwhile."""
    return db.fetch_one(f"{ENDPOINTS} AND id = %(id)s FOR NO KEY UPDATE", {"owner": owner, "id": id_})


NEW: Final = f"""
WITH made AS (
  INSERT INTO webhook_endpoint (id, owner_id, url, events, status)
  VALUES (%(id)s, %(owner)s, %(url)s, %(events)s, 'active') RETURNING {READ}
), signed AS (
  INSERT INTO webhook_secret (id, endpoint_id, sealed) SELECT %(secret)s, id, %(sealed)s FROM made
)
SELECT * FROM made"""


def add_endpoint(*, id_: UUID, owner: UUID, url: str, secret: str, events: list[EventType]) -> Row:
    """A new endpoint, active at once."""
    asked = {"id": id_, "owner": owner, "url": url, "events": events}
    row = db.fetch_one(NEW, {**asked, "secret": db.new_id(), "sealed": sealed(secret)})
    assert row is not None, "an insert answers its row"
    return row


CHANGE: Final = f"""
UPDATE webhook_endpoint SET url = COALESCE(%(url)s, url), events = COALESCE(%(events)s::text[], events),
  status = COALESCE(%(status)s, status), changed_at = now()
WHERE id = %(id)s RETURNING {READ}"""

GO_ON: Final = """
WITH active AS (
  UPDATE webhook_endpoint SET failing_since = NULL, slow = false WHERE id = %(id)s AND status = 'active'
  RETURNING id
)
UPDATE delivery d SET due_at = now() FROM active
WHERE d.endpoint_id = active.id AND d.due_at > now() AND NOT d.taken"""


def change_endpoint(
    *, id_: UUID, url: str | None, events: list[EventType] | None, status: EndpointStatus | None
) -> Row:
    """Changes what is given of a locked endpoint. One that is made active begins anew: what waits for it is
    due now."""
    row = db.fetch_one(CHANGE, {"id": id_, "url": url, "events": events, "status": status})
    assert row is not None, "it is locked"
    if status is EndpointStatus.ACTIVE:
        db.fetch(GO_ON, {"id": id_})
        row["failing_since"] = None
    return row


ROTATE: Final = """
UPDATE webhook_secret SET ends_at = %(ends_at)s
WHERE endpoint_id = %(endpoint)s AND (ends_at IS NULL OR ends_at > %(ends_at)s)"""
NEXT: Final = """
INSERT INTO webhook_secret (id, endpoint_id, sealed) VALUES (%(id)s, %(endpoint)s, %(sealed)s)"""


def rotate_secret(endpoint: UUID, secret: str, ends_at: datetime) -> None:
    """A locked endpoint's new secret; those before it sign beside it until then at most."""
    db.fetch(ROTATE, {"endpoint": endpoint, "ends_at": ends_at})
    db.fetch(NEXT, {"id": db.new_id(), "endpoint": endpoint, "sealed": sealed(secret)})


# An endpoint's row stays, because whoever records an event just now may be about to point at it.
REMOVE: Final = """
WITH removed AS (
  UPDATE webhook_endpoint SET status = 'removed' WHERE id = %(id)s RETURNING id
), forgotten AS (
  DELETE FROM webhook_secret s USING removed WHERE s.endpoint_id = removed.id
)
UPDATE delivery d SET status = 'failed', due_at = NULL, taken = false FROM removed
WHERE d.endpoint_id = removed.id AND d.status = 'pending'"""


def remove_endpoint(id_: UUID) -> None:
    """Ends a locked endpoint for good, and what was still on its way to it."""
    db.fetch(REMOVE, {"id": id_})


# What was sent ------------------------------------------------------------------------------

DELIVERIES: Final = """
SELECT d.id, d.endpoint_id, d.event_id, e.type, d.status, d.tries, d.due_at, d.created_at,
  (SELECT json_agg(json_build_object('at', a.at, 'milliseconds', a.milliseconds,
      'status_code', a.status_code, 'answer', a.answer) ORDER BY a.at)
    FROM delivery_attempt a WHERE a.delivery_id = d.id) AS attempts
FROM webhook_endpoint w JOIN delivery d ON d.endpoint_id = w.id JOIN event e ON e.id = d.event_id
WHERE w.owner_id = %(owner)s AND w.status <> 'removed'"""

# The newest ones of each endpoint are found by an index; of those of all endpoints, the newest.
SOME: Final = DELIVERIES.replace(
    "JOIN delivery d ON d.endpoint_id = w.id",
    """CROSS JOIN LATERAL (SELECT * FROM delivery WHERE endpoint_id = w.id
    AND (%(status)s::text IS NULL OR status = %(status)s::text)
    AND (%(at)s::timestamptz IS NULL OR (created_at, id) < (%(at)s::timestamptz, %(id)s::uuid))
  ORDER BY created_at DESC, id DESC LIMIT %(most)s) d""",
)
SOME_OF: Final = f"""{SOME} AND (%(endpoint)s::uuid IS NULL OR w.id = %(endpoint)s::uuid)
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
    return db.fetch_planned(SOME_OF, {"owner": owner, **asked})


def delivery(owner: UUID, id_: UUID) -> Row | None:
    """One delivery to one of the organization's endpoints."""
    return db.fetch_one(f"{DELIVERIES} AND d.id = %(id)s", {"owner": owner, "id": id_})


# Again, and for the first time --------------------------------------------------------------

AGAIN: Final = """
UPDATE delivery SET status = 'pending', tries = 0, due_at = %(at)s, taken = false WHERE id = %(id)s"""


def send_again(id_: UUID, at: datetime) -> None:
    """Makes a delivery to a locked endpoint due, whatever came of it so far."""
    db.fetch(AGAIN, {"id": id_, "at": at})


SEVERAL_AGAIN: Final = """
WITH chosen AS (
  SELECT id FROM delivery WHERE endpoint_id = %(endpoint)s AND status = %(status)s
    AND created_at >= %(since)s AND created_at < %(until)s ORDER BY created_at, id LIMIT %(most)s
)
UPDATE delivery d SET status = 'pending', tries = 0, due_at = %(at)s, taken = false
FROM chosen WHERE d.id = chosen.id RETURNING d.id"""


def send_several_again(  # noqa: PLR0913, PLR0917 - what is wanted, and how much of it
    endpoint: UUID, status: DeliveryStatus, since: datetime, until: datetime, at: datetime, most: int
) -> int:
    """The same for those of a time that ended so, the oldest first; how many."""
    asked = {"endpoint": endpoint, "status": status, "since": since, "until": until, "at": at, "most": most}
    return len(db.fetch(SEVERAL_AGAIN, asked))


MISSED: Final = """
WITH missed AS (
  SELECT e.id, e.seq, e.at, coalesce(e.order_id, (e.detail ->> 'contract')::uuid, e.id) AS lane
  FROM event e JOIN webhook_endpoint w ON w.id = %(endpoint)s
  WHERE e.seen_by @> ARRAY[w.owner_id] AND e.type = ANY(w.events) AND e.at >= %(since)s AND e.at < %(until)s
    AND NOT EXISTS (SELECT FROM delivery d WHERE d.event_id = e.id AND d.endpoint_id = w.id)
  ORDER BY e.seq LIMIT %(most)s
)
INSERT INTO delivery (id, event_id, endpoint_id, lane, seq, status, tries, due_at, created_at)
SELECT gen_random_uuid(), id, %(endpoint)s, lane, seq, 'pending', 0, %(at)s, at FROM missed RETURNING id"""


def send_missed(endpoint: UUID, since: datetime, until: datetime, at: datetime, most: int) -> int:
    """Makes what a locked endpoint was not told of a time due, as the endpoint chooses its events today;
    how many, the oldest first."""
    asked = {"endpoint": endpoint, "since": since, "until": until, "at": at, "most": most}
    return len(db.fetch_planned(MISSED, asked))


PING: Final = """
WITH event_ AS (
  INSERT INTO event (id, type, schema, seen_by, by, detail, at)
  SELECT %(event)s, 'ping', 1, ARRAY[w.owner_id], %(by)s::jsonb,
    jsonb_build_object('endpoint', jsonb_build_object('id', w.id, 'url', w.url)), %(at)s
  FROM webhook_endpoint w WHERE w.id = %(endpoint)s RETURNING id, seq
)
INSERT INTO delivery (id, event_id, endpoint_id, lane, seq, status, tries, due_at, created_at)
SELECT %(id)s, id, %(endpoint)s, id, seq, 'pending', 0, %(at)s, %(at)s FROM event_"""


def ping(endpoint: UUID, delivery: UUID, by: dict[str, Any], at: datetime) -> None:
    """A test for that endpoint alone, due at once."""
    db.fetch(PING, {"event": db.new_id(), "endpoint": endpoint, "id": delivery, "by": db.json(by), "at": at})

"""Webhooks on their way (R91): each endpoint's, those of one order one after the other.

Whoever takes or settles deliveries of an endpoint has locked its row first. So what is seen of its deliveries
in the next statement holds: how many are on the way, and which stand behind an earlier one of their lane.
Recording an event locks nothing: what is new is due, and finds its place when it is first looked at.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from placet.domain.delivering import Health, Tried
from placet.domain.words import EndpointStatus
from placet.storage import db
from placet.storage.db import Row

ENDPOINTS_AT_ONCE: Final = 50
LOOKED_AT: Final = 64
"""How many of an endpoint's are looked at together; those that stand behind another are not seen again."""

# Hops from endpoint to endpoint over the index of what is due: the many that have nothing cost nothing.
LOCK_DUE: Final = f"""
WITH RECURSIVE told AS (
  (SELECT endpoint_id AS id FROM delivery WHERE due_at IS NOT NULL ORDER BY endpoint_id LIMIT 1)
  UNION ALL
  SELECT (SELECT d.endpoint_id FROM delivery d WHERE d.due_at IS NOT NULL AND d.endpoint_id > told.id
    ORDER BY d.endpoint_id LIMIT 1) FROM told WHERE told.id IS NOT NULL
)
SELECT w.id FROM told JOIN webhook_endpoint w ON w.id = told.id CROSS JOIN LATERAL (
  SELECT d.due_at FROM delivery d WHERE d.endpoint_id = told.id AND d.due_at <= %(now)s
  ORDER BY d.due_at LIMIT 1) first
WHERE w.status = 'active' AND (w.failing_since IS NOT NULL OR w.slow) = %(in_doubt)s AND (SELECT count(*)
  FROM delivery d WHERE d.endpoint_id = told.id AND d.taken AND d.due_at > %(now)s) < %(most)s
ORDER BY first.due_at LIMIT {ENDPOINTS_AT_ONCE} FOR NO KEY UPDATE OF w SKIP LOCKED"""


def lock_endpoints_due(now: datetime, *, in_doubt: bool, most: int) -> list[UUID]:
    """Endpoints that something is due for and that have fewer than `most` on the way, of those that others
    have not locked; `in_doubt`: those whose last answer was a failure or took long, else the others."""
    return [row["id"] for row in db.fetch(LOCK_DUE, {"now": now, "in_doubt": in_doubt, "most": most})]


TAKE: Final = f"""
WITH room AS (
  SELECT w.id, %(most)s - (SELECT count(*) FROM delivery d WHERE d.endpoint_id = w.id AND d.taken
    AND d.due_at > %(now)s) AS free
  FROM webhook_endpoint w WHERE w.id = ANY(%(endpoints)s)
), due AS (
  SELECT d.id, d.endpoint_id, d.due_at, d.seq, room.free, EXISTS (SELECT FROM delivery b
    WHERE b.endpoint_id = room.id AND b.lane = d.lane AND b.seq < d.seq AND b.status = 'pending') AS behind
  FROM room CROSS JOIN LATERAL (SELECT id, endpoint_id, lane, seq, due_at FROM delivery
    WHERE endpoint_id = room.id AND due_at <= %(now)s ORDER BY due_at, seq LIMIT {LOOKED_AT}) d
), stopped AS (
  UPDATE delivery d SET due_at = NULL, taken = false FROM due WHERE due.behind AND d.id = due.id
), first AS (
  SELECT id FROM (SELECT id, free, due_at, row_number() OVER (PARTITION BY endpoint_id
    ORDER BY due_at, seq) AS place FROM due WHERE NOT behind) d
  WHERE place <= free ORDER BY place, due_at LIMIT %(slots)s
), taken AS (
  UPDATE delivery d SET due_at = %(until)s, taken = true, tries = d.tries + 1 FROM first
  WHERE d.id = first.id RETURNING d.id, d.event_id, d.endpoint_id, d.tries
)
SELECT t.id, t.tries, t.endpoint_id, w.url, w.owner_id, e.type, e.schema, e.at, e.order_id,
  e.detail::json, (SELECT array_agg(s.sealed ORDER BY s.created_at DESC, s.id DESC) FROM webhook_secret s
    WHERE s.endpoint_id = w.id AND (s.ends_at IS NULL OR s.ends_at > %(now)s)) AS sealed
FROM taken t JOIN webhook_endpoint w ON w.id = t.endpoint_id JOIN event e ON e.id = t.event_id
ORDER BY e.seq"""


def take(endpoints: Sequence[UUID], now: datetime, until: datetime, *, most: int, slots: int) -> list[Row]:
    """The first ones due of locked endpoints, each with its neutral event and the sealed secrets in force:
    taken until then, up to `most` on the way to one endpoint, up to `slots` in all, in turns."""
    asked = {"endpoints": list(endpoints), "now": now, "until": until, "most": most, "slots": slots}
    return db.fetch(TAKE, asked)


LOCK: Final = """
SELECT id, owner_id, url, status, failing_since, slow FROM webhook_endpoint
WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE"""


def lock_endpoints(ids: Sequence[UUID]) -> list[Row]:
    """These endpoints, locked; whatever became of them."""
    return db.fetch(LOCK, {"ids": sorted(set(ids))})


def health_of(row: Row) -> Health:
    """How a locked endpoint is."""
    return Health(EndpointStatus(row["status"]), row["failing_since"], row["slow"])


# An answer counts if it is that of the last try: a lease may have run out, and another worker have tried.
SETTLE: Final = """
WITH r AS (SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(id uuid, attempt uuid, tries int2,
    status text, due_at timestamptz, at timestamptz, milliseconds int4, status_code int2, answer text)),
kept AS (INSERT INTO delivery_attempt (id, delivery_id, at, milliseconds, status_code, answer)
  SELECT attempt, id, at, milliseconds, status_code, answer FROM r),
settled AS (UPDATE delivery d SET status = r.status, due_at = r.due_at, taken = false FROM r
  WHERE d.id = r.id AND d.tries = r.tries AND d.status = 'pending'
  RETURNING d.endpoint_id, d.lane, d.seq, d.status)
UPDATE delivery d SET due_at = %(now)s FROM settled s CROSS JOIN LATERAL (
  SELECT n.id FROM delivery n WHERE n.endpoint_id = s.endpoint_id AND n.lane = s.lane AND n.seq > s.seq
    AND n.status = 'pending' ORDER BY n.seq LIMIT 1) next
WHERE s.status <> 'pending' AND d.id = next.id AND d.due_at IS NULL"""


def settle(tries: Sequence[Tried], now: datetime) -> None:
    """Keeps every attempt with its answer, and what it means for the delivery; where one is done, the next
    of its lane is due. The endpoints are locked."""
    db.fetch(SETTLE, {"rows": db.json([_attempt(tried) for tried in tries]), "now": now})


def _attempt(tried: Tried) -> Row:
    return {
        "id": tried.delivery,
        "attempt": db.new_id(),
        "tries": tried.tries,
        "status": tried.status,
        "due_at": tried.due_at,
        "at": tried.at,
        "milliseconds": tried.sent.milliseconds,
        "status_code": tried.sent.status_code,
        "answer": tried.sent.answer,
    }


FEEL: Final = """
UPDATE webhook_endpoint SET status = %(status)s, failing_since = %(failing_since)s, slow = %(slow)s
WHERE id = %(id)s"""


def feel(endpoint: UUID, health: Health) -> None:
    """How a locked endpoint is from now on."""
    asked = {"status": health.status, "failing_since": health.failing_since, "slow": health.slow}
    db.fetch(FEEL, {"id": endpoint, **asked})

"""Facts and their deliveries (R90, R91): recorded together, in the transaction that makes them true."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from placet.domain import notifying
from placet.domain.order import Event, Order
from placet.storage import db, reading, tally
from placet.storage.db import Row

MAILED: Final = ", ".join(f"'{kind.value}'" for kind in notifying.MAILED)

EVENTS: Final = f"""
events_ AS (INSERT INTO event (id, type, schema, order_id, seen_by, from_status, to_status, by, detail,
    at)
  SELECT id, type, 1, order_id, seen_by, from_status, to_status, by, detail, at
  FROM jsonb_to_recordset(%(rows)s::jsonb -> 'events') AS r(id uuid, type text, order_id uuid,
    seen_by uuid[], from_status text, to_status text, by jsonb, detail jsonb, at timestamptz)
  RETURNING id, seq, type, order_id, seen_by, from_status, detail, at),
deliveries_ AS (INSERT INTO delivery (id, event_id, endpoint_id, lane, seq, status, tries, due_at,
    created_at)
  SELECT gen_random_uuid(), e.id, w.id, coalesce(e.order_id, (e.detail ->> 'contract')::uuid, e.id), e.seq,
    'pending', 0, e.at, e.at
  FROM events_ e JOIN webhook_endpoint w ON w.owner_id = ANY(e.seen_by) AND e.type = ANY(w.events)
    AND w.status IN ('active', 'paused')),
notices_ AS (INSERT INTO notice (event_id, due_at) SELECT id, at FROM events_
  WHERE type IN ({MAILED}) AND (type <> 'order.executed' OR from_status IS NOT NULL))"""
"""A part of whatever statement writes facts: from the `events` of its parameter `rows`. Each delivery is due
at once; whoever takes it looks whether it stands behind another (`storage.deliveries`). What people are told
of by mail leaves an errand too (`storage.notices`); of what was executed as it was made, renewals and what a
file states, nobody is (R93)."""

RECORD: Final = f"WITH {EVENTS} SELECT"


def record(events: Sequence[Event], order: UUID | None = None) -> None:
    """Facts that no change of an order writes; of that order, if of any."""
    if events:
        db.fetch(RECORD, {"rows": db.json({"events": [row_of(event, order) for event in events]})})
        tally.recorded([event.type for event in events], order)


def orders_of(rows: Sequence[Row]) -> dict[UUID, Order]:
    """The orders that recorded facts are of, by id; a fact may be no order's."""
    ids = {row["order_id"] for row in rows} - {None}
    return {order.id: order for order in reading.several(list(ids))}


def row_of(event: Event, order: UUID | None = None) -> Row:
    """The fact as `EVENTS` takes it."""
    before, after = event.moved or (None, None)
    return {
        "id": event.id,
        "type": event.type,
        "order_id": order,
        "seen_by": event.seen_by,
        "from_status": before,
        "to_status": after,
        "by": event.by,
        "detail": event.detail,
        "at": event.at,
    }

"""Facts that people are to be told of by mail (R93): taken, and done once their mails are written."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from placet.domain.mailing import Letter
from placet.domain.order import Event
from placet.domain.words import EventType, OrderStatus
from placet.storage import db
from placet.storage.db import Row
from placet.storage.mails import COLUMNS, ROWS, row_of

TAKE: Final = """
WITH due AS (
  SELECT event_id FROM notice WHERE due_at <= %(now)s ORDER BY due_at, event_id LIMIT %(most)s
  FOR NO KEY UPDATE SKIP LOCKED
), taken AS (
  UPDATE notice n SET due_at = %(until)s, tries = least(n.tries + 1, 30000) FROM due
  WHERE n.event_id = due.event_id RETURNING n.event_id
)
SELECT e.id, e.type, e.at, e.seen_by, e.by::json, e.detail::json, e.from_status, e.to_status, e.order_id
FROM taken t JOIN event e ON e.id = t.event_id ORDER BY e.seq"""


def take(now: datetime, until: datetime, most: int) -> list[Row]:
    """Facts whose mails are to be written, taken until then, in their order."""
    return db.fetch(TAKE, {"now": now, "until": until, "most": most})


def fact_of(row: Row) -> Event:
    """The fact of a row that was taken."""
    after = row["to_status"]
    before = OrderStatus(row["from_status"]) if row["from_status"] else None
    return Event(
        id=row["id"],
        type=EventType(row["type"]),
        at=row["at"],
        seen_by=tuple(row["seen_by"]),
        by=row["by"],
        detail=row["detail"],
        moved=(before, OrderStatus(after)) if after else None,
    )


# Whoever took them has them as long as their lease stands: what another one has taken since is its own.
DONE: Final = f"""
WITH ours AS (
  SELECT event_id FROM notice WHERE event_id = ANY(%(events)s) AND due_at = %(until)s FOR UPDATE
), done AS (
  DELETE FROM notice n USING ours WHERE n.event_id = ours.event_id
    AND (SELECT count(*) FROM ours) = %(many)s RETURNING n.event_id
), written AS (
  INSERT INTO mail ({COLUMNS}) {ROWS} WHERE EXISTS (SELECT FROM done)
  ON CONFLICT (event_id, kind, "to") DO NOTHING
)
SELECT count(*) AS many FROM done"""


def write(events: Sequence[UUID], until: datetime, letters: Sequence[Letter], at: datetime) -> bool:
    """The mails of facts that are told together go into the outbox, and their errand is done: both, or, where
    the lease has passed to somebody else, neither."""
    rows: list[dict[str, Any]] = [row_of(letter, at) for letter in letters]
    asked = {"events": list(events), "many": len(events), "until": until, "rows": db.json(rows)}
    done = db.fetch_one(DONE, asked)
    return bool(done and done["many"])

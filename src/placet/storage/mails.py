"""The outbox: mails are written with the facts that they tell of, and go out later (R93)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from placet.domain.mailing import SECRETIVE, Letter, Outgoing
from placet.storage import db
from placet.storage.db import Row

COLUMNS: Final = """id, kind, "to", subject, text, html, organization_id, order_id, event_id, person_id,
  chosen, from_name, reply_to, gather_at, created_at, due_at"""

ROWS: Final = f"""SELECT {COLUMNS} FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(id uuid, kind text,
  "to" text, subject text, text text, html text, organization_id uuid, order_id uuid, event_id uuid,
  person_id uuid, chosen text, from_name text, reply_to text, gather_at timestamptz, created_at timestamptz,
  due_at timestamptz)"""

ADD: Final = f"INSERT INTO mail ({COLUMNS}) {ROWS}"


def add(letter: Letter, at: datetime) -> None:
    """Into the outbox, due at once, or gathered with others for its reader's digest."""
    db.fetch(ADD, {"rows": db.json([row_of(letter, at)])})


def row_of(letter: Letter, at: datetime) -> Row:
    """The mail as `ROWS` takes it."""
    return {
        "id": db.new_id(),
        "kind": letter.kind,
        "to": letter.to,
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html,
        "organization_id": letter.organization,
        "order_id": letter.order,
        "event_id": letter.event,
        "person_id": letter.person,
        "chosen": letter.chosen,
        "from_name": letter.from_name,
        "reply_to": letter.reply_to,
        "gather_at": letter.gather_at,
        "created_at": at,
        "due_at": None if letter.gather_at else at,
    }


TAKE: Final = """
WITH due AS (
  SELECT id FROM mail WHERE due_at <= %(now)s ORDER BY due_at LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE mail m SET due_at = %(until)s, tries = m.tries + 1 FROM due WHERE m.id = due.id
RETURNING m.id, m."to", m.subject, m.text, m.html, m.tries, m.from_name, m.reply_to"""


def take(now: datetime, until: datetime, most: int) -> list[Outgoing]:
    """Mails that are due, taken until then."""
    return [Outgoing(**row) for row in db.fetch(TAKE, {"now": now, "until": until, "most": most})]


GIVE_BACK: Final = """
UPDATE mail SET due_at = %(now)s, tries = tries - 1 WHERE id = ANY(%(ids)s) AND due_at > %(now)s"""


def give_back(ids: Sequence[UUID], now: datetime) -> None:
    """Taken ones that were not tried after all are due at once."""
    db.fetch(GIVE_BACK, {"ids": list(ids), "now": now})


EMPTIED: Final = "r.sent_at IS NOT NULL OR (r.due_at IS NULL AND m.kind = ANY(%(secretive)s::text[]))"

TRIED: Final = f"""
WITH r AS (SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb)
  AS r(id uuid, sent_at timestamptz, due_at timestamptz, error text))
UPDATE mail m SET sent_at = r.sent_at, due_at = r.due_at, error = r.error,
  text = CASE WHEN {EMPTIED} THEN '' ELSE m.text END, html = CASE WHEN {EMPTIED} THEN '' ELSE m.html END
FROM r WHERE m.id = r.id"""


def record(rows: Sequence[Row]) -> None:
    """What came of tries: `id`, `sent_at`, `error`, and `due_at`, which is null once a mail was sent or is
    given up. What it said is kept no longer than it takes to send it; of one that is given up, what lets
    nobody in."""
    if rows:
        db.fetch(TRIED, {"rows": db.json(rows), "secretive": sorted(SECRETIVE)})

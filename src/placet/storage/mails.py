"""The outbox: mails are written with the facts that they tell of, and go out later (R93)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from placet.domain.mailing import SECRETIVE, Letter, Outgoing
from placet.storage import db
from placet.storage.db import Row

ADD: Final = """
INSERT INTO mail (id, kind, "to", subject, text, html, organization_id, order_id, created_at, due_at)
VALUES (%(id)s, %(kind)s, %(to)s, %(subject)s, %(text)s, %(html)s, %(organization)s, %(order)s, %(at)s,
  %(at)s)"""


def add(id_: UUID, letter: Letter, at: datetime) -> None:
    """Into the outbox, due at once."""
    db.fetch(
        ADD,
        {
            "id": id_,
            "kind": letter.kind,
            "to": letter.to,
            "subject": letter.subject,
            "text": letter.text,
            "html": letter.html,
            "organization": letter.organization,
            "order": letter.order,
            "at": at,
        },
    )


TAKE: Final = """
WITH due AS (
  SELECT id FROM mail WHERE due_at <= %(now)s ORDER BY due_at LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE mail m SET due_at = %(until)s, tries = m.tries + 1 FROM due WHERE m.id = due.id
RETURNING m.id, m."to", m.subject, m.text, m.html, m.tries"""


def take(now: datetime, until: datetime, most: int) -> list[Outgoing]:
    """Mails that are due, taken until then."""
    return [Outgoing(**row) for row in db.fetch(TAKE, {"now": now, "until": until, "most": most})]


TRIED: Final = """
WITH r AS (SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb)
  AS r(id uuid, sent_at timestamptz, due_at timestamptz, error text))
UPDATE mail m SET sent_at = r.sent_at, due_at = r.due_at, error = r.error,
  text = CASE WHEN r.due_at IS NULL AND m.kind = ANY(%(secretive)s::text[]) THEN '' ELSE m.text END,
  html = CASE WHEN r.due_at IS NULL AND m.kind = ANY(%(secretive)s::text[]) THEN '' ELSE m.html END
FROM r WHERE m.id = r.id"""


def record(rows: Sequence[Row]) -> None:
    """What came of tries: `id`, `sent_at`, `error`, and `due_at`, which is null once a mail was sent or is
    given up. What let somebody in is then emptied."""
    if rows:
        db.fetch(TRIED, {"rows": db.json(rows), "secretive": sorted(SECRETIVE)})

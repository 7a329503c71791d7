"""Mails that wait for their readers' digests, by reader (R93)."""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from placet.domain.mailing import Digest, Gathered, Letter
from placet.storage import db
from placet.storage.db import Row
from placet.storage.mails import COLUMNS, ROWS, row_of

DUE: Final = """
WITH person AS (
  SELECT DISTINCT person_id AS id FROM mail WHERE gather_at <= %(now)s ORDER BY person_id LIMIT %(most)s
)
SELECT u.id AS person, u.email, u.name, coalesce(nullif(u.language, ''), g.language) AS language,
  coalesce(nullif(u.time_zone, ''), g.time_zone) AS time_zone, m.id, m.subject, m.order_id, m.created_at,
  m.from_name, m.reply_to,
  u.is_active AND g.status <> 'blocked' AND EXISTS (SELECT FROM membership b WHERE b.user_id = u.id
    AND b.organization_id = g.id) AS reads
FROM person JOIN mail m ON m.person_id = person.id AND m.gather_at IS NOT NULL
JOIN user_account u ON u.id = person.id JOIN organization g ON g.id = m.organization_id
ORDER BY u.id, m.created_at, m.id"""


def due(now: datetime, most: int) -> list[Digest]:
    """What has gathered for people whose time it is, all of it, so that it is one mail a day."""
    rows = db.fetch(DUE, {"now": now, "most": most})
    return [_digest(person, list(waiting)) for person, waiting in groupby(rows, lambda row: row["person"])]


def _digest(person: UUID, rows: list[Row]) -> Digest:
    first = rows[0]
    return Digest(
        person=person,
        email=first["email"],
        name=first["name"],
        language=first["language"],
        time_zone=first["time_zone"],
        told=tuple(_gathered(row) for row in rows if row["reads"]),
        dropped=tuple(row["id"] for row in rows if not row["reads"]),
    )


def _gathered(row: Row) -> Gathered:
    return Gathered(
        id=row["id"],
        subject=row["subject"],
        order=row["order_id"],
        at=row["created_at"],
        from_name=row["from_name"],
        reply_to=row["reply_to"],
    )


LOCK: Final = """
SELECT id FROM mail WHERE id = ANY(%(ids)s) AND gather_at IS NOT NULL ORDER BY id FOR NO KEY UPDATE"""


def lock(ids: Iterable[UUID]) -> bool:
    """Whether all of these still wait; then nobody else gathers them."""
    wanted = list(ids)
    return len(db.fetch(LOCK, {"ids": wanted})) == len(wanted)


ADD: Final = f"""
WITH r AS ({ROWS}), made AS (INSERT INTO mail ({COLUMNS}) SELECT {COLUMNS} FROM r RETURNING id)
SELECT id FROM made"""
GATHER: Final = """
UPDATE mail SET gather_at = NULL, gathered_in_id = %(digest)s, text = '', html = '' WHERE id = ANY(%(ids)s)"""
DROP: Final = """
UPDATE mail SET gather_at = NULL, error = 'Its reader has left the organization.', text = '', html = ''
WHERE id = ANY(%(ids)s)"""


def write(letter: Letter, gathered: Iterable[UUID], at: datetime) -> None:
    """The digest into the outbox; what it tells of waits no longer, and is not kept."""
    made = db.fetch_one(ADD, {"rows": db.json([row_of(letter, at)])})
    assert made is not None, "an insert answers its row"
    db.fetch(GATHER, {"digest": made["id"], "ids": list(gathered)})


POSTPONE: Final = "UPDATE mail SET gather_at = %(until)s WHERE id = ANY(%(ids)s) AND gather_at IS NOT NULL"


def postpone(ids: Iterable[UUID], until: datetime) -> None:
    """To be gathered then."""
    db.fetch(POSTPONE, {"ids": list(ids), "until": until})


def drop(ids: Iterable[UUID]) -> None:
    """Told to nobody."""
    if wanted := list(ids):
        db.fetch(DROP, {"ids": wanted})

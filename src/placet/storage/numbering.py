"""Invoice numbers (R62): a row a seller with its last one, which whoever numbers locks."""

from datetime import datetime
from typing import Final
from uuid import UUID

from placet.storage import db
from placet.storage.db import Row
from placet.storage.settling import lock_invoices

COUNTERS: Final = """
INSERT INTO invoice_counter (seller_id, begins_at, last)
SELECT DISTINCT i.seller_id, 1, 0 FROM invoice i WHERE i.number IS NULL AND i.issued_at <= %(before)s
  AND NOT EXISTS (SELECT FROM invoice_counter c WHERE c.seller_id = i.seller_id)
ON CONFLICT DO NOTHING"""

# First the counters, then a look: what another one numbered before it let go of them is seen as numbered.
LOCK: Final = """
SELECT c.seller_id FROM invoice_counter c WHERE c.seller_id IN (
  SELECT i.seller_id FROM (SELECT seller_id FROM invoice WHERE number IS NULL AND issued_at <= %(before)s
    ORDER BY issued_at, id LIMIT %(most)s) i)
ORDER BY c.seller_id FOR NO KEY UPDATE SKIP LOCKED"""

WAITING: Final = """
SELECT id FROM invoice WHERE number IS NULL AND issued_at <= %(before)s AND seller_id = ANY(%(sellers)s)
ORDER BY issued_at, id LIMIT %(most)s"""

NUMBER: Final = """
WITH counted AS (
  SELECT i.id, i.seller_id, c.last + row_number() OVER (PARTITION BY i.seller_id
      ORDER BY i.issued_at, i.id) AS n
  FROM invoice i JOIN invoice_counter c ON c.seller_id = i.seller_id WHERE i.id = ANY(%(ids)s)
), moved AS (
  UPDATE invoice_counter c SET last = m.n FROM (SELECT seller_id, max(n) AS n FROM counted GROUP BY 1) m
  WHERE c.seller_id = m.seller_id
)
UPDATE invoice i SET serial = n.n, number = 'INV-' || lpad(n.n::text, greatest(6, length(n.n::text)), '0')
FROM counted n WHERE n.id = i.id"""


def number(before: datetime, most: int) -> int:
    """Numbers so many of what was issued by then; answers how many."""
    waiting = {"before": before, "most": most}
    sellers = _locked(waiting)
    if not sellers:
        db.fetch(COUNTERS, {"before": before})
        sellers = _locked(waiting)
    ids = [row["id"] for row in db.fetch(WAITING, {**waiting, "sellers": sellers})] if sellers else []
    if ids:
        lock_invoices(ids)
        db.fetch(NUMBER, {"ids": ids})
    return len(ids)


def _locked(waiting: Row) -> list[UUID]:
    return [row["seller_id"] for row in db.fetch(LOCK, waiting)]

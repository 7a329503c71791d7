"""Accounts whose credit was freed: orders that were short on them are tried again, where their seller
wants that (R44, R65)."""

from datetime import datetime
from typing import Final
from uuid import UUID

from placet.storage import db
from placet.storage.db import Row


def retry_due(freed: str) -> str:
    """What a statement that changes a `credit_account a` sets its `retry_due_at` to: due at once, by any
    clock, where it frees credit and the account's seller wants orders to be tried again then. `freed` is
    an SQL condition."""
    return f"""CASE WHEN {freed} THEN (SELECT CASE WHEN s.retry_when_credit_frees THEN 'epoch'::timestamptz
      ELSE a.retry_due_at END FROM contract c JOIN organization s ON s.id = c.seller_id
    WHERE c.id = a.contract_id) ELSE a.retry_due_at END"""


TAKE: Final = """
WITH due AS (
  SELECT id FROM credit_account WHERE retry_due_at <= %(now)s ORDER BY retry_due_at LIMIT %(most)s
  FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE credit_account a SET retry_due_at = %(until)s FROM due, contract c
WHERE a.id = due.id AND c.id = a.contract_id RETURNING a.id, c.seller_id AS seller"""

DONE: Final = "UPDATE credit_account SET retry_due_at = NULL WHERE id = %(id)s AND retry_due_at = %(until)s"

SHORT: Final = """
SELECT o.id FROM orders o JOIN order_link l ON l.order_id = o.id AND l.account_id = %(account)s
WHERE o.status = 'unexecuted' AND EXISTS (
  SELECT FROM validation_check k WHERE k.order_id = o.id AND k.tier = l.tier
    AND k.name = 'available_credit' AND k.result = 'failed'
    AND k.run = (SELECT max(run) FROM validation_check WHERE order_id = o.id))
ORDER BY o.placed_at, o.id"""


def take(now: datetime, until: datetime, most: int) -> list[Row]:
    """Accounts on which credit was freed, and whose seller's: taken until then."""
    return db.fetch(TAKE, {"now": now, "until": until, "most": most})


def done(account: UUID, until: datetime) -> None:
    """All were tried; credit that was freed since keeps the account due."""
    db.fetch(DONE, {"id": account, "until": until})


def short_orders(account: UUID) -> list[UUID]:
    """Orders that their last run found short on this account, the oldest first."""
    return [row["id"] for row in db.fetch(SHORT, {"account": account})]

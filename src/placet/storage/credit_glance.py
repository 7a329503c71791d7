"""What a credit manager wants at a glance (R105): which buyers come near their limit, and who pays late."""

from datetime import datetime
from typing import Final
from uuid import UUID

from placet.domain.buyers import Buyer, Overdue
from placet.domain.money import Money
from placet.storage import db
from placet.storage.buyers import as_buyer
from placet.storage.db import Row
from placet.storage.reading import PARTY, party

TIGHT: Final = f"""
SELECT {PARTY.format("g")} AS party, g.country, c.id AS contract_id, c.external_id, c.currency,
  c.payment_method, c.order_approval, a.id AS account_id, a.limit_minor, a.limit_source, a.balance_minor,
  a.reserved_minor, 0 AS open_orders
FROM contract c JOIN credit_account a ON a.contract_id = c.id JOIN organization g ON g.id = c.buyer_id
WHERE c.seller_id = %(seller)s AND c.ended_at IS NULL AND a.limit_minor IS NOT NULL
  AND a.balance_minor + a.reserved_minor > 0
ORDER BY (a.balance_minor + a.reserved_minor)::float8 / greatest(a.limit_minor, 0.001)::float8 DESC,
  g.name, g.id
LIMIT %(most)s"""


def tightest(seller: UUID, most: int) -> list[Buyer]:
    """The buyers that use the largest part of their limits, or more than that. Parts of limits compare
    across currencies. Their open orders are not counted."""
    return [as_buyer(row) for row in db.fetch(TIGHT, {"seller": seller, "most": most})]


LATE: Final = f"""
SELECT {PARTY.format("g")} AS party, late.* FROM (
  SELECT c.buyer_id, c.currency, due.* FROM contract c CROSS JOIN LATERAL (
    SELECT sum(i.open_minor)::int8 AS minor, count(*) AS invoices, min(i.due_on) AS since FROM invoice i
    WHERE i.contract_id = c.id AND i.status = 'unpaid' AND i.kind = 'debit' AND i.due_on < (
      SELECT (%(at)s::timestamptz AT TIME ZONE s.time_zone)::date FROM organization s
      WHERE s.id = %(seller)s)) due
  WHERE c.seller_id = %(seller)s AND (%(contract)s::uuid IS NULL OR c.id = %(contract)s::uuid)
    AND due.invoices > 0
  ORDER BY due.since, due.minor DESC, c.id LIMIT %(most)s
) late JOIN organization g ON g.id = late.buyer_id ORDER BY late.since, late.minor DESC, g.name, g.id"""


def latest_payers(seller: UUID, at: datetime, most: int) -> list[Overdue]:
    """The buyers that owe what was due (R63), by the seller's own day, the one that owes longest first."""
    asked = {"seller": seller, "at": at, "contract": None, "most": most}
    return [_overdue(row) for row in db.fetch(LATE, asked)]


def late_on(contract: UUID, seller: UUID, at: datetime) -> Overdue | None:
    """What is overdue on one contract of the seller's, if anything is."""
    asked = {"seller": seller, "at": at, "contract": contract, "most": 1}
    return next((_overdue(row) for row in db.fetch(LATE, asked)), None)


def _overdue(row: Row) -> Overdue:
    amount = Money(row["minor"], row["currency"])
    return Overdue(party(row["party"]), amount, row["invoices"], row["since"])


LATE_INVOICES: Final = """
SELECT i.id, i.number, i.due_on, i.open_minor, i.currency FROM invoice i
JOIN organization s ON s.id = i.seller_id
WHERE i.contract_id = %(contract)s AND i.status = 'unpaid' AND i.kind = 'debit'
  AND i.due_on < (%(at)s::timestamptz AT TIME ZONE s.time_zone)::date
ORDER BY i.due_on, i.issued_on, i.id LIMIT %(most)s"""


def late_invoices(contract: UUID, at: datetime, most: int) -> list[Row]:
    """The invoices of a contract that are overdue, the longest first."""
    return db.fetch(LATE_INVOICES, {"contract": contract, "at": at, "most": most})

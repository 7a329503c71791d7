"""What of an organization's changed since a moment, for whoever takes only that (ERP exchange).

A row's id says when it was written (version 7), so that what was written since then is read off the primary
key, however much there was before.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from placet.domain.terms import Terms
from placet.storage import contracts, db
from placet.storage.billing import INVOICE, LAST, PAYMENT
from placet.storage.db import Row

OVERLAP: Final = timedelta(minutes=5)
"""What was written shortly before is told again: a transaction may have been under way."""


@dataclass(frozen=True, slots=True)
class Since:
    """What changed since then, of whom, before which id of the list, and how much of it."""

    organization: UUID
    at: datetime
    before: UUID | None
    most: int

    @property
    def values(self) -> Row:
        """As the statements take it."""
        first = UUID(int=int(self.at.timestamp() * 1000) << 80)
        asked = {"first": first, "at": self.at, "before": self.before or LAST, "most": self.most}
        return {"organization": self.organization, **asked}


ORDERS: Final = """
SELECT DISTINCT e.order_id AS id FROM event e
WHERE e.id >= %(first)s AND e.seen_by @> ARRAY[%(organization)s::uuid] AND e.order_id < %(before)s
ORDER BY id DESC LIMIT %(most)s"""


def orders(since: Since) -> list[UUID]:
    """Orders that something happened to which the organization may know of, the newest first."""
    return [row["id"] for row in db.fetch_planned(ORDERS, since.values)]


# What settles an invoice, or is settled by a credit invoice, is an allocation; its number comes a moment
# later, and until then it is not told.
INVOICES: Final = f"""
WITH changed AS (
  SELECT id FROM invoice WHERE id >= %(first)s
  UNION SELECT target_id FROM allocation WHERE id >= %(first)s
  UNION SELECT source_id FROM allocation WHERE id >= %(first)s
  UNION SELECT id FROM invoice WHERE (seller_id = %(organization)s OR buyer_id = %(organization)s)
    AND status = 'cancelled' AND cancelled_at >= %(at)s
), mine AS (
  SELECT i.id FROM changed JOIN invoice i ON i.id = changed.id
  WHERE (i.seller_id = %(organization)s OR i.buyer_id = %(organization)s) AND i.number IS NOT NULL
    AND i.id < %(before)s ORDER BY i.id DESC LIMIT %(most)s
)
{INVOICE} JOIN mine ON mine.id = i.id ORDER BY i.id DESC"""


def invoices(since: Since) -> list[Row]:
    """Invoices that the organization wrote or got and that were written, settled, opened again or cancelled
    since then, the newest first."""
    return db.fetch_planned(INVOICES, since.values)


PAYMENTS: Final = f"""
WITH changed AS (
  SELECT id FROM payment WHERE id >= %(first)s
  UNION SELECT source_id FROM allocation WHERE id >= %(first)s
)
{PAYMENT} JOIN changed ON changed.id = p.id
WHERE (c.seller_id = %(organization)s OR c.buyer_id = %(organization)s) AND p.id < %(before)s
ORDER BY p.id DESC LIMIT %(most)s"""


def payments(since: Since) -> list[Row]:
    """Payments that the organization took or made and that were booked or settled something since then, the
    newest first."""
    return db.fetch_planned(PAYMENTS, since.values)


# A balance moves by entries; what is reserved moves with an order, which is a fact of each of its links.
LIMITS: Final = """
WITH changed AS (
  SELECT account_id AS id FROM account_entry WHERE id >= %(first)s
  UNION SELECT (detail ->> 'credit_account')::uuid FROM event
    WHERE id >= %(first)s AND type = 'credit.limit_changed'
  UNION SELECT l.account_id FROM event e JOIN order_link l ON l.order_id = e.order_id WHERE e.id >= %(first)s
)
SELECT a.id, a.contract_id FROM changed JOIN credit_account a ON a.id = changed.id
JOIN contract c ON c.id = a.contract_id
WHERE (c.seller_id = %(organization)s OR c.buyer_id = %(organization)s) AND c.ended_at IS NULL
  AND a.id < %(before)s ORDER BY a.id DESC LIMIT %(most)s"""


def limits(since: Since) -> list[Terms]:
    """The organization's contracts whose limit, balance or reserved credit changed since then, the newest
    account first."""
    rows = db.fetch_planned(LIMITS, since.values)
    found = {terms.id: terms for terms in contracts.several([row["contract_id"] for row in rows])}
    return [found[row["contract_id"]] for row in rows if row["contract_id"] in found]


UNNUMBERED: Final = """
SELECT min(issued_at) AS at FROM invoice
WHERE number IS NULL AND (seller_id = %(organization)s OR buyer_id = %(organization)s)"""


def whole_up_to(organization: UUID, at: datetime) -> datetime:
    """Since when the next one is to be asked for, so that nothing is missed: what has no number yet comes
    with it."""
    row = db.fetch_one(UNNUMBERED, {"organization": organization})
    first = row["at"] if row else None
    return min(at, first or at) - OVERLAP


NUMBERED: Final = "SELECT id FROM orders WHERE number = %(number)s AND top_seller_id = %(top_seller)s"


def numbered(top_seller: UUID, number: str) -> UUID | None:
    """The order of that number of a top seller's."""
    row = db.fetch_one(NUMBERED, {"top_seller": top_seller, "number": number})
    return row["id"] if row else None


def connector_of(vendor: UUID) -> str:
    """How a vendor that is known to be there is reached."""
    row = db.fetch_one("SELECT connector FROM vendor WHERE id = %(id)s", {"id": vendor})
    assert row is not None, "a line has its vendor"
    return str(row["connector"])

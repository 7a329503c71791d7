"""The dashboard's lists of orders (R104, R105): ids by who looks, the newest first.

Each begins at a partial index over the few orders that are in the status, whatever has piled up since.
The statuses stand in the statements, not in parameters: only so does the planner know that the index
holds all of them.
"""

from typing import Final
from uuid import UUID

from placet.storage import db
from placet.storage.billing import LAST

PARTY: Final = """EXISTS (SELECT FROM order_link l
    WHERE l.order_id = o.id AND %(organization)s IN (l.seller_id, l.buyer_id))"""
STEP: Final = """EXISTS (SELECT FROM approval_step t
    WHERE t.order_id = o.id AND t.approver_id = %(organization)s)"""

UNEXECUTED: Final = f"""
SELECT o.id FROM orders o WHERE o.status = 'unexecuted' AND o.id < %(before)s AND {PARTY} AND NOT {STEP}
ORDER BY o.id DESC LIMIT %(most)s"""


def unexecuted(organization: UUID, before: UUID | None, most: int) -> list[UUID]:
    """Short of credit, and never a question to this reseller (R104)."""
    return _ids(UNEXECUTED, organization, before, most)


# Waiting orders are gathered first: they are few, while the primary key, which the planner would rather
# walk down for the newest first, holds every order there ever was.
WAITING: Final = f"""
o AS MATERIALIZED (
  SELECT id FROM orders WHERE status = 'pending_approval' AND id < %(before)s
), waiting AS (SELECT o.id FROM o WHERE {PARTY})"""
APPROVED: Final = f"""
approved AS (SELECT o.id FROM orders o
  WHERE o.status = 'unexecuted' AND o.id < %(before)s AND {PARTY} AND {STEP})"""

PENDING: Final = f"WITH {WAITING} SELECT id FROM waiting ORDER BY id DESC LIMIT %(most)s"
PENDING_OR_APPROVED: Final = f"""
WITH {WAITING}, {APPROVED}
SELECT id FROM (SELECT id FROM waiting UNION ALL SELECT id FROM approved) AS either
ORDER BY id DESC LIMIT %(most)s"""


def pending(organization: UUID, before: UUID | None, most: int) -> list[UUID]:
    """Waiting for anybody's approval."""
    return _ids(PENDING, organization, before, most)


def pending_or_approved(organization: UUID, before: UUID | None, most: int) -> list[UUID]:
    """Waiting for anybody's approval, or approved by this reseller and short of credit since (R104)."""
    return _ids(PENDING_OR_APPROVED, organization, before, most)


SHORT: Final = """
SELECT o.id FROM orders o WHERE o.status = 'unexecuted' AND o.id < %(before)s
  AND EXISTS (SELECT FROM order_link l JOIN validation_check k ON k.order_id = o.id AND k.tier = l.tier
    WHERE l.order_id = o.id AND l.seller_id = %(organization)s
      AND k.run = (SELECT max(r.run) FROM validation_check r WHERE r.order_id = o.id)
      AND k.name = 'available_credit' AND k.result = 'failed')
ORDER BY o.id DESC LIMIT %(most)s"""


def short(organization: UUID, before: UUID | None, most: int) -> list[UUID]:
    """Short of credit on a link where the organization is the seller, by the last validation (R105)."""
    return _ids(SHORT, organization, before, most)


MANUAL: Final = """
SELECT o.id FROM orders o WHERE o.status = 'submitted' AND o.id < %(before)s
  AND o.top_seller_id = %(organization)s
  AND EXISTS (SELECT FROM order_line n WHERE n.order_id = o.id AND n.state = 'waiting')
ORDER BY o.id DESC LIMIT %(most)s"""


def manual(organization: UUID, before: UUID | None, most: int) -> list[UUID]:
    """Lines of it wait for this top seller to execute them (R45, R105)."""
    return _ids(MANUAL, organization, before, most)


def _ids(statement: str, organization: UUID, before: UUID | None, most: int) -> list[UUID]:
    asked = {"organization": organization, "before": before or LAST, "most": most}
    return [row["id"] for row in db.fetch(statement, asked)]


BUYS: Final = "SELECT id FROM contract WHERE buyer_id = %(organization)s AND ended_at IS NULL LIMIT 1"


def buys(organization: UUID) -> bool:
    """Whether it buys from anybody; a top seller does not."""
    return db.fetch_one(BUYS, {"organization": organization}) is not None

"""One buyer from where a seller of its chain stands: what counts of its orders and subscriptions."""

from typing import Final
from uuid import UUID

from placet.storage import db
from placet.storage.catalog import NAMED
from placet.storage.db import Row

MINE: Final = """EXISTS (SELECT FROM order_link l
      WHERE l.order_id = {0} AND l.seller_id = %(viewer)s)"""

COUNTS: Final = f"""
SELECT (SELECT c.started_at FROM contract c WHERE c.id = %(contract)s) AS since,
  (SELECT count(*) FROM (SELECT FROM orders o WHERE o.buyer_id = %(buyer)s AND {MINE.format("o.id")}
    LIMIT %(most)s) x) AS orders,
  (SELECT count(*) FROM (SELECT FROM orders o
    WHERE o.status IN ('pending_approval', 'unexecuted', 'submitted') AND {MINE.format("o.id")}
      AND (o.buyer_id = %(buyer)s OR EXISTS (SELECT FROM order_link s
        WHERE s.order_id = o.id AND s.seller_id = %(buyer)s))
    LIMIT %(most)s) x) AS waiting,
  (SELECT count(*) FROM (SELECT FROM subscription n WHERE n.buyer_id = %(buyer)s AND n.status <> 'cancelled'
    AND {MINE.format("n.order_id")} LIMIT %(most)s) x) AS subscriptions"""


def counts(viewer: UUID, buyer: UUID, contract: UUID | None, most: int) -> Row:
    """`since`, its `orders`, those `waiting` that have it in their chain (which a suspension would cancel),
    its `subscriptions` that are not cancelled: of chains that the viewer sells in, each at most so many."""
    row = db.fetch_one(COUNTS, {"viewer": viewer, "buyer": buyer, "contract": contract, "most": most})
    assert row is not None, "counts are always a row"
    return row


SUBSCRIPTIONS: Final = f"""
SELECT n.id, {NAMED.format("p")} AS product, p.billing_type, n.status, n.quantity, n.trial, n.renews_on,
  n.ended_at, price.currency, price.unit_minor, price.discount_percent
FROM subscription n JOIN product p ON p.id = n.product_id
LEFT JOIN LATERAL (
  SELECT l.currency, c.unit_minor, c.discount_percent
  FROM order_line m JOIN order_link l ON l.order_id = m.order_id AND l.seller_id = %(viewer)s
  JOIN order_line_price c ON c.order_id = m.order_id AND c.line_id = m.id AND c.tier = l.tier
  WHERE m.id = n.priced_line_id LIMIT 1
) price ON true
WHERE n.buyer_id = %(buyer)s AND n.status <> 'cancelled' AND {MINE.format("n.order_id")}
ORDER BY n.id DESC LIMIT %(most)s"""


def subscriptions(viewer: UUID, buyer: UUID, most: int) -> list[Row]:
    """What a buyer has, the newest first, with its locked unit price where the viewer sells."""
    return db.fetch(SUBSCRIPTIONS, {"viewer": viewer, "buyer": buyer, "most": most})

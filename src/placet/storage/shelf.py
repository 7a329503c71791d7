"""What is on a buyer's shelf: which products its whole chain has a price for (R4), whatever that comes to.

Only that is decided here, so that a page of a long shelf costs the prices of that page alone. At 1 000 000
every step of every list is reached: a link sells what its list, valid and in the contract's currency, has a
fixed price for, or marks up from a cost in that currency.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from placet.domain.offering import Candidate
from placet.domain.placing import MOST_QUANTITY
from placet.storage import db
from placet.storage.db import Row
from placet.storage.facts import DEEPEST, VALID
from placet.storage.order_lists import literally

LATEST: Final = 300
"""Of how many orders, the seller's latest, is counted what is ordered most."""

ON_SHELF: Final = f"""
WITH RECURSIVE chain AS (
  SELECT c.seller_id, c.price_list_id, c.currency, 1 AS tier FROM contract c
  WHERE c.buyer_id = %(buyer)s AND c.ended_at IS NULL
  UNION ALL
  SELECT c.seller_id, c.price_list_id, c.currency, chain.tier + 1 FROM contract c
  JOIN chain ON chain.seller_id = c.buyer_id WHERE c.ended_at IS NULL AND chain.tier < {DEEPEST}
), links AS MATERIALIZED (
  SELECT l.id AS list,
    l.markup_percent IS NOT NULL AND up.currency IS NOT DISTINCT FROM c.currency AS marks_up
  FROM chain c LEFT JOIN chain up ON up.tier = c.tier + 1
  LEFT JOIN price_list l ON l.id = c.price_list_id AND l.currency = c.currency AND {VALID.format("l")}
), latest AS (
  SELECT order_id FROM order_link WHERE seller_id = (SELECT seller_id FROM chain WHERE tier = 1 LIMIT 1)
  ORDER BY placed_at DESC, order_id DESC LIMIT {LATEST}
), ordered AS MATERIALIZED (
  SELECT n.product_id, count(*)::int AS times FROM order_line n JOIN latest USING (order_id) GROUP BY 1
)
SELECT p.id, p.name, coalesce(v.ref, v.id::text) AS vendor, v.name AS vendor_name, p.product_type,
  p.billing_type, coalesce(o.times, 0) AS ordered
FROM product p JOIN vendor v ON v.id = p.vendor_id LEFT JOIN ordered o ON o.product_id = p.id
WHERE (%(text)s::text IS NULL OR p.name ILIKE %(text)s::text OR p.sku ILIKE %(text)s::text
    OR v.name ILIKE %(text)s::text)
  AND NOT EXISTS (SELECT FROM links k WHERE k.list IS NULL OR NOT k.marks_up AND NOT EXISTS (
    SELECT FROM price i WHERE i.price_list_id = k.list AND i.product_id = p.id
      AND i.min_quantity <= {MOST_QUANTITY} AND {VALID.format("i")}))"""


def on_shelf(buyer: UUID, text: str, now: datetime) -> list[Candidate]:
    """Products that can be ordered along the buyer's chain, by part of a name, an SKU or a vendor's name; all
    products for who buys from nobody. `ordered` counts the latest orders at the buyer's own seller."""
    asked = {"buyer": buyer, "text": f"%{literally(text)}%" if text else None, "now": now}
    return [Candidate(**row) for row in db.fetch_planned(ON_SHELF, asked)]


TEXTS: Final = "SELECT p.id, p.sku, p.description FROM product p WHERE p.id = ANY(%(products)s)"


def texts(products: list[UUID]) -> dict[UUID, Row]:
    """What is written about these products (`sku`, `description`)."""
    return {row["id"]: row for row in db.fetch(TEXTS, {"products": products})}

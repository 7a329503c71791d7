"""Subscriptions as pages show them: lists of them by who looks and what for, with what a unit of each costs
on the viewer's own links and on no other (R2, R70); and what happened to one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from placet.domain.words import SubscriptionStatus
from placet.storage import db
from placet.storage.catalog import NAMED
from placet.storage.db import Row
from placet.storage.order_lists import Age, literally


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which subscriptions: everything that is set must hold. `product` is part of a product's name,
    `customer` of its customer's; a page starts `after` the beginning and the id of a subscription."""

    status: SubscriptionStatus | None = None
    product: str = ""
    customer: str = ""
    trial: bool | None = None
    after: tuple[datetime, UUID] | None = None
    first: Age = Age.NEWEST


SIDES: Final = (
    "subscription n WHERE n.buyer_id = %(organization)s",
    """subscription n WHERE EXISTS (SELECT FROM order_link l
    WHERE l.order_id = n.order_id AND l.seller_id = %(organization)s)""",
)
"""What the organization has, and what it was a seller of."""

SIDE: Final = """(SELECT n.id, n.started_at FROM {side}{conditions}
  ORDER BY n.started_at {age}, n.id {age} LIMIT %(most)s)"""
CONDITIONS: Final = {
    "status": "n.status = %(status)s",
    "product": "n.product_id IN (SELECT w.id FROM product w WHERE w.name ILIKE %(product)s)",
    "customer": "n.buyer_id IN (SELECT w.id FROM organization w WHERE w.name ILIKE %(customer)s)",
    "trial": "n.trial = %(trial)s",
}
AFTER: Final = "(n.started_at, n.id) {than} (%(after_at)s, %(after_id)s)"
THAN: Final = {Age.NEWEST: "<", Age.OLDEST: ">"}

# A customer has no cost: what it pays is its price (spec §1). Both are null where the viewer is no party.
# The few that are shown come first: the planner keeps the order of so many joins.
SHOWN: Final = f"""
SELECT n.id, {NAMED.format("p")} AS product, v.id AS vendor_id, v.name AS vendor,
  {NAMED.format("b")} AS customer, n.status, n.quantity, n.trial, p.product_type, p.billing_type, n.order_id,
  n.started_at, n.period_from, n.renews_on, n.term_ends_on, n.suspended_at, n.ended_at,
  sold.currency AS price_currency, price.unit_minor AS price_minor, price.discount_percent AS price_discount,
  bought.currency AS cost_currency, cost.unit_minor AS cost_minor, cost.discount_percent AS cost_discount
FROM {{few}} JOIN product p ON p.id = n.product_id JOIN vendor v ON v.id = p.vendor_id
JOIN organization b ON b.id = n.buyer_id
LEFT JOIN order_line m ON m.id = n.priced_line_id
LEFT JOIN order_link sold ON sold.order_id = m.order_id
  AND (sold.seller_id = %(organization)s OR (sold.tier = 1 AND sold.buyer_id = %(organization)s))
LEFT JOIN order_line_price price ON price.order_id = m.order_id AND price.line_id = m.id
  AND price.tier = sold.tier
LEFT JOIN order_link bought ON bought.order_id = m.order_id AND bought.buyer_id = %(organization)s
  AND NOT (bought.tier = 1 AND b.kind = 'customer')
LEFT JOIN order_line_price cost ON cost.order_id = m.order_id AND cost.line_id = m.id
  AND cost.tier = bought.tier"""


def listed(organization: UUID, wanted: Wanted, most: int) -> list[Row]:
    """Subscriptions that the organization has, or stood in the chain that sold them, by when they were sold.

    Planned for these very values: what is rare is found by its own index, what is common by walking down
    the list.
    """
    given = _given(wanted)
    conditions = [CONDITIONS[name] for name in CONDITIONS if name in given]
    if wanted.after:
        conditions.append(AFTER.format(than=THAN[wanted.first]))
        given |= {"after_at": wanted.after[0], "after_id": wanted.after[1]}
    statement = _statement("".join(f" AND {each}" for each in conditions), wanted.first)
    return db.fetch_planned(statement, {"organization": organization, "most": most, **given})


def _statement(conditions: str, age: Age) -> str:
    sides = " UNION ALL ".join(SIDE.format(side=side, age=age, conditions=conditions) for side in SIDES)
    page = f"SELECT id FROM ({sides}) AS mine ORDER BY started_at {age}, id {age} LIMIT %(most)s"
    shown = SHOWN.format(few="page JOIN subscription n ON n.id = page.id")
    return f"WITH page AS MATERIALIZED ({page}) {shown} ORDER BY n.started_at {age}, n.id {age}"


def _given(wanted: Wanted) -> Row:
    texts = {
        name: f"%{literally(text)}%" for name in ("product", "customer") if (text := getattr(wanted, name))
    }
    words = {name: value for name in ("status", "trial") if (value := getattr(wanted, name)) is not None}
    return texts | words


SEEN: Final = f"""{SHOWN.format(few="subscription n")}
WHERE n.id = %(id)s AND (n.buyer_id = %(organization)s OR EXISTS (SELECT FROM order_link l
  WHERE l.order_id = n.order_id AND l.seller_id = %(organization)s))"""


def seen(organization: UUID, id_: UUID) -> Row | None:
    """One of those."""
    return db.fetch_one(SEEN, {"organization": organization, "id": id_})


ORDERS: Final = """
SELECT o.id FROM orders o WHERE o.subscription_id = %(id)s
ORDER BY o.placed_at DESC, o.id DESC LIMIT %(most)s"""


def orders_about(id_: UUID, most: int) -> list[UUID]:
    """The orders about it, but for the one that sold it: changes, ends, renewals; the newest first."""
    return [row["id"] for row in db.fetch(ORDERS, {"id": id_, "most": most})]


BILLED: Final = f"""
SELECT i.id, i.number, i.kind, i.status, i.currency, {NAMED.format("s")} AS seller,
  {NAMED.format("b")} AS buyer, i.issued_at, x.quantity, x.net_minor, x.period_from, x.period_until
FROM invoice_line x JOIN invoice i ON i.id = x.invoice_id
JOIN organization s ON s.id = i.seller_id JOIN organization b ON b.id = i.buyer_id
WHERE x.subscription_id = %(id)s AND %(organization)s IN (i.seller_id, i.buyer_id)
ORDER BY i.issued_at DESC, x.id DESC LIMIT %(most)s"""


def billed(organization: UUID, id_: UUID, most: int) -> list[Row]:
    """The lines of invoices that the organization wrote or got for it, the newest first."""
    return db.fetch(BILLED, {"organization": organization, "id": id_, "most": most})

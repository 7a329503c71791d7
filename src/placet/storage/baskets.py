"""Baskets (R10): drafts of orders, each its own person's alone. Whoever changes one locks its row first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from placet.domain.basket import Basket, BasketLine
from placet.domain.parties import Party
from placet.storage import db
from placet.storage.db import Row
from placet.storage.facts import PRODUCT, as_product
from placet.storage.reading import PARTY, party

BASKETS: Final = f"""
SELECT b.id, b.version, b.billing::json, b.note, b.order_id,
  (SELECT json_agg(json_build_array(l.id, {PRODUCT}, l.quantity, l.service_details,
      l.removed_at IS NOT NULL) ORDER BY l.id)
    FROM basket_line l JOIN product p ON p.id = l.product_id JOIN vendor v ON v.id = p.vendor_id
    WHERE l.basket_id = b.id) AS lines
FROM basket b WHERE b.user_id = %(user)s AND b.organization_id = %(organization)s
  AND b.buyer_id = %(buyer)s"""

OPEN: Final = "b.order_id IS NULL"
LOCK_OPEN: Final = """
SELECT id FROM basket b WHERE b.user_id = %(user)s AND b.organization_id = %(organization)s
  AND b.buyer_id = %(buyer)s AND b.order_id IS NULL FOR UPDATE"""
LOCK: Final = "SELECT id FROM basket WHERE id = %(id)s FOR UPDATE"
BEGIN: Final = """
INSERT INTO basket (id, user_id, organization_id, buyer_id, changed_at)
VALUES (%(id)s, %(user)s, %(organization)s, %(buyer)s, %(at)s) ON CONFLICT DO NOTHING"""


def open_one(user: UUID, organization: UUID, buyer: UUID) -> Basket | None:
    """What that person, acting for that organization, has in its basket for the buyer, if it has one."""
    row = db.fetch_one(f"{BASKETS} AND {OPEN}", {"user": user, "organization": organization, "buyer": buyer})
    return _basket(row) if row else None


def locked_open(user: UUID, organization: UUID, buyer: UUID) -> Basket | None:
    """The same, locked until the transaction ends, read after the lock was had."""
    db.fetch(LOCK_OPEN, {"user": user, "organization": organization, "buyer": buyer})
    return open_one(user, organization, buyer)


def begun(user: UUID, organization: UUID, buyer: UUID, at: datetime) -> Basket:
    """The same, begun if there was none, or where the one that there was is placed or discarded just now."""
    asked = {"user": user, "organization": organization, "buyer": buyer, "at": at}
    while True:
        db.fetch(BEGIN, {"id": db.new_id(), **asked})
        if basket := locked_open(user, organization, buyer):
            return basket


def locked(id_: UUID, user: UUID, organization: UUID, buyer: UUID) -> Basket | None:
    """That very basket, open or not, locked first and then read; nobody else's."""
    db.fetch(LOCK, {"id": id_})
    row = db.fetch_one(
        f"{BASKETS} AND b.id = %(id)s",
        {"id": id_, "user": user, "organization": organization, "buyer": buyer},
    )
    return _basket(row) if row else None


OTHERS: Final = f"""
SELECT {PARTY.format("g")} AS buyer, b.changed_at,
  (SELECT count(*) FROM basket_line l WHERE l.basket_id = b.id AND l.removed_at IS NULL)::int AS lines
FROM basket b JOIN organization g ON g.id = b.buyer_id
WHERE b.user_id = %(user)s AND b.organization_id = %(organization)s AND b.order_id IS NULL
  AND EXISTS (SELECT FROM basket_line l WHERE l.basket_id = b.id AND l.removed_at IS NULL)
ORDER BY b.changed_at DESC, b.id LIMIT %(most)s"""


def filled(user: UUID, organization: UUID, most: int) -> list[tuple[Party, int, datetime]]:
    """For whom that person has something in a basket, how many products, since when; the latest first."""
    rows = db.fetch(OTHERS, {"user": user, "organization": organization, "most": most})
    return [(party(row["buyer"]), row["lines"], row["changed_at"]) for row in rows]


def _basket(row: Row) -> Basket:
    lines = tuple(_line(*cells) for cells in row["lines"] or ())
    return Basket(row["id"], row["version"], lines, row["billing"], row["note"], row["order_id"])


def _line(id_: str, product: list[Any], quantity: int, details: Row | None, removed: bool) -> BasketLine:  # noqa: FBT001
    return BasketLine(UUID(id_), as_product(*product), quantity, details, removed)


# Changing one that is locked ----------------------------------------------------------------

PUT: Final = """
INSERT INTO basket_line (id, basket_id, product_id, quantity)
VALUES (%(id)s, %(basket)s, %(product)s, %(quantity)s)
ON CONFLICT (basket_id, product_id) DO UPDATE SET quantity = EXCLUDED.quantity, removed_at = NULL"""
FORGET_REMOVED: Final = """
DELETE FROM basket_line WHERE basket_id = %(basket)s AND removed_at IS NOT NULL"""
REMOVE: Final = """
UPDATE basket_line SET removed_at = %(at)s WHERE basket_id = %(basket)s AND id = %(line)s"""
DETAILS: Final = """
UPDATE basket_line l SET service_details = r.details
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(id uuid, details jsonb)
WHERE l.basket_id = %(basket)s AND l.id = r.id"""
TOUCH: Final = """
UPDATE basket SET version = version + 1, changed_at = %(at)s WHERE id = %(basket)s"""


def put(basket: UUID, product: UUID, quantity: int, at: datetime) -> None:
    """So many of the product, whether it was in the basket, had been removed or is new."""
    db.fetch(PUT, {"id": db.new_id(), "basket": basket, "product": product, "quantity": quantity})
    _touch(basket, at)


def remove(basket: UUID, line: UUID, at: datetime) -> None:
    """Takes the line out; what was taken out before is forgotten."""
    db.fetch(FORGET_REMOVED, {"basket": basket})
    db.fetch(REMOVE, {"basket": basket, "line": line, "at": at})
    _touch(basket, at)


def keep_billing(basket: UUID, billing: Row, at: datetime) -> None:
    """The billing information as it was given."""
    statement = "UPDATE basket SET billing = %(billing)s WHERE id = %(basket)s"
    db.fetch(statement, {"basket": basket, "billing": db.json(billing)})
    _touch(basket, at)


def keep_details(basket: UUID, details: Sequence[tuple[UUID, Row]], at: datetime) -> None:
    """Service details by line."""
    rows = [{"id": line, "details": each} for line, each in details]
    db.fetch(DETAILS, {"basket": basket, "rows": db.json(rows)})
    _touch(basket, at)


def keep_note(basket: UUID, note: str) -> None:
    """The note as it was typed; nothing that anybody has to read again."""
    db.fetch("UPDATE basket SET note = %(note)s WHERE id = %(basket)s", {"basket": basket, "note": note})


def discard(basket: UUID) -> None:
    """As if it had never been."""
    db.fetch("DELETE FROM basket_line WHERE basket_id = %(basket)s", {"basket": basket})
    db.fetch("DELETE FROM basket WHERE id = %(basket)s", {"basket": basket})


def became(basket: UUID, order: UUID, at: datetime) -> None:
    """The basket is this order; what stood in it stands there."""
    statement = """
UPDATE basket SET order_id = %(order)s, billing = NULL, note = '', changed_at = %(at)s
WHERE id = %(basket)s"""
    db.fetch(statement, {"basket": basket, "order": order, "at": at})
    db.fetch("DELETE FROM basket_line WHERE basket_id = %(basket)s", {"basket": basket})


def _touch(basket: UUID, at: datetime) -> None:
    db.fetch(TOUCH, {"basket": basket, "at": at})


# What was given last time -------------------------------------------------------------------

LAST: Final = """
SELECT o.billing::json, (SELECT json_object_agg(n.vendor_id, n.service_details ORDER BY n.position)
    FROM order_line n WHERE n.order_id = o.id AND n.service_details IS NOT NULL) AS details
FROM orders o WHERE o.buyer_id = %(buyer)s AND o.kind = 'new' AND o.imported_as IS NULL
ORDER BY o.placed_at DESC, o.id DESC LIMIT 1"""


def given_last(buyer: UUID) -> tuple[Row | None, dict[UUID, Row]]:
    """Billing information of the buyer's last order, and its service details by vendor."""
    row = db.fetch_one(LAST, {"buyer": buyer})
    if row is None:
        return None, {}
    return row["billing"], {UUID(vendor): details for vendor, details in (row["details"] or {}).items()}


# For whom -----------------------------------------------------------------------------------

RECENT: Final = f"""
SELECT {PARTY.format("g")} AS buyer, max(b.changed_at) AS at, (SELECT count(*) FROM basket_line l
    JOIN basket o ON o.id = l.basket_id WHERE o.user_id = %(user)s AND o.organization_id = %(organization)s
      AND o.buyer_id = g.id AND o.order_id IS NULL AND l.removed_at IS NULL)::int AS lines
FROM basket b JOIN organization g ON g.id = b.buyer_id
WHERE b.user_id = %(user)s AND b.organization_id = %(organization)s AND b.buyer_id <> %(organization)s
GROUP BY g.id ORDER BY max(b.changed_at) DESC, g.id LIMIT %(most)s"""


@dataclass(frozen=True, slots=True)
class Recent:
    """Whom a person ordered for, or began to; how many products wait in the basket, and since when."""

    buyer: Party
    lines: int
    at: datetime


def recent(user: UUID, organization: UUID, most: int) -> list[Recent]:
    """The latest first."""
    rows = db.fetch(RECENT, {"user": user, "organization": organization, "most": most})
    return [Recent(party(row["buyer"]), row["lines"], row["at"]) for row in rows]

"""Rows that wait for the worker: sub-orders to deliver, charges to settle, refunds.

A row is due while its `due_at` is past. Taking one moves `due_at` ahead by a lease in the same
statement, and several workers skip each other's rows; so a worker that dies loses nothing: what it
had taken falls due again when the lease ends. That makes every effect "at least once", and each has
a key of its own that makes it happen once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from placet.domain.errands import Ask, CardCharge, CardRefund, Merchant
from placet.domain.words import ChangeKind
from placet.storage import db, merchants
from placet.storage.db import Row


@dataclass(frozen=True, slots=True)
class SubOrderErrand:
    """A sub-order to deliver: at which connector, what, and how often it was tried. What is to be
    looked up must not be asked for again: it is about to be given up (R52)."""

    id: UUID
    order: UUID
    connector: str
    tries: int
    asks: tuple[Ask, ...]
    look_ups: tuple[UUID, ...]


TAKE_SUB_ORDERS: Final = """
WITH due AS (
  SELECT id FROM sub_order WHERE due_at <= %(now)s ORDER BY due_at LIMIT %(most)s
  FOR NO KEY UPDATE SKIP LOCKED
), taken AS (
  UPDATE sub_order u SET due_at = %(until)s, asked_at = COALESCE(u.asked_at, %(now)s), tries = u.tries + 1
  FROM due WHERE u.id = due.id RETURNING u.id, u.order_id, u.vendor_id, u.tries
)
SELECT t.id, t.order_id, t.tries, v.connector, b.name AS customer,
  (SELECT json_agg(json_build_array(n.id, p.sku, p.name,
      COALESCE((o.change #>> '{after,3}')::int4, n.quantity), n.service_details, p.sandbox,
      o.change ->> 'does', held.vendor_reference, n.cancelling) ORDER BY n.position)
    FROM order_line n JOIN product p ON p.id = n.product_id
    WHERE n.sub_order_id = t.id AND n.order_id = t.order_id AND n.state = 'provisioning') AS lines
FROM taken t JOIN vendor v ON v.id = t.vendor_id JOIN orders o ON o.id = t.order_id
JOIN organization b ON b.id = o.buyer_id
LEFT JOIN subscription held ON held.id = o.subscription_id"""


def take_sub_orders(now: datetime, until: datetime, most: int) -> list[SubOrderErrand]:
    """Sub-orders that are due, taken until then."""
    rows = db.fetch(TAKE_SUB_ORDERS, {"now": now, "until": until, "most": most})
    return [_errand(row) for row in rows]


GIVE_BACK: Final = """
UPDATE sub_order SET due_at = %(now)s, tries = tries - 1 WHERE id = ANY(%(ids)s) AND due_at > %(now)s"""


def give_back(sub_orders: Sequence[UUID], now: datetime) -> None:
    """Taken ones that were not tried after all are due at once."""
    db.fetch(GIVE_BACK, {"ids": list(sub_orders), "now": now})


def _errand(row: Row) -> SubOrderErrand:
    lines = row["lines"] or ()
    return SubOrderErrand(
        id=row["id"],
        order=row["order_id"],
        connector=row["connector"],
        tries=row["tries"],
        asks=tuple(_ask(row["customer"], *cells) for *cells, cancelling in lines if not cancelling),
        look_ups=tuple(UUID(key) for key, *_, cancelling in lines if cancelling),
    )


def _ask(  # noqa: PLR0913, PLR0917 - the columns, in the order of the statement above
    customer: str,
    key: str,
    sku: str,
    product: str,
    quantity: int,
    service_details: dict[str, Any] | None,
    options: dict[str, Any],
    does: str | None,
    vendor_reference: str | None,
) -> Ask:
    return Ask(
        key=UUID(key),
        sku=sku,
        product=product,
        quantity=quantity,
        customer=customer,
        service_details=service_details,
        options=options,
        does=ChangeKind(does) if does else None,
        vendor_reference=vendor_reference or "",
    )


TAKE_CHARGES: Final = """
WITH due AS (
  SELECT id FROM charge_attempt WHERE due_at <= %(now)s ORDER BY due_at LIMIT %(most)s
  FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE charge_attempt h SET due_at = %(until)s, tries = h.tries + 1
FROM due WHERE h.id = due.id RETURNING h.order_id, h.tries"""


def take_charges(now: datetime, until: datetime, most: int) -> list[Row]:
    """Orders whose card payment is due for its next step: `order_id` and `tries`."""
    return db.fetch(TAKE_CHARGES, {"now": now, "until": until, "most": most})


def order_of_charge(charge: UUID) -> UUID | None:
    """The order that a charge attempt is for."""
    row = db.fetch_one("SELECT order_id FROM charge_attempt WHERE id = %(id)s", {"id": charge})
    return row["order_id"] if row else None


TAKE_REFUNDS: Final = """
WITH due AS (
  SELECT id FROM charge_refund WHERE due_at <= %(now)s ORDER BY due_at LIMIT %(most)s
  FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE charge_refund f SET due_at = %(until)s, tries = f.tries + 1,
  asked_at = coalesce(f.asked_at, %(now)s)
FROM due, charge_attempt h WHERE f.id = due.id AND h.id = f.charge_id
RETURNING f.id, f.order_id, f.amount_minor, f.attempt, f.tries, f.charge_id, h.token, h.gateway,
  h.merchant_id, h.amount_minor AS charged_minor, h.currency, h.reference, h.asked_at AS charged_at"""


@dataclass(frozen=True, slots=True)
class RefundErrand:
    """A refund to ask for, of which order, at whose account, and how often it was tried."""

    order: UUID
    merchant: Merchant
    ask: CardRefund
    tries: int


def take_refunds(now: datetime, until: datetime, most: int) -> list[RefundErrand]:
    """Refunds that are due: what to give back of which charge, at which gateway."""
    return [_refund(row) for row in db.fetch(TAKE_REFUNDS, {"now": now, "until": until, "most": most})]


def _refund(row: Row) -> RefundErrand:
    charge = CardCharge(
        key=row["charge_id"],
        token=row["token"],
        amount=row["charged_minor"],
        currency=row["currency"],
        reference=row["reference"],
        asked_at=row["charged_at"],
    )
    ask = CardRefund(key=row["id"], charge=charge, amount=row["amount_minor"], attempt=row["attempt"])
    return RefundErrand(
        row["order_id"], merchants.find(row["gateway"], row["merchant_id"]), ask, row["tries"]
    )


def order_of_refund(refund: UUID) -> UUID | None:
    """The order that a refund is of."""
    row = db.fetch_one("SELECT order_id FROM charge_refund WHERE id = %(id)s", {"id": refund})
    return row["order_id"] if row else None


OVERDUE: Final = """
SELECT o.id FROM orders o WHERE o.expires_at <= %(now)s AND o.status IN ('pending_approval', 'unexecuted')
  AND NOT EXISTS (SELECT FROM charge_attempt c
    WHERE c.order_id = o.id AND c.state IN ('planned', 'unknown', 'authorised'))
ORDER BY o.expires_at LIMIT %(most)s"""


def expiring(now: datetime, most: int) -> list[UUID]:
    """Orders whose offer no longer holds (R5), but for those whose card is being charged: however many of
    them wait for a gateway's word, they stand before no other."""
    return [row["id"] for row in db.fetch(OVERDUE, {"now": now, "most": most})]

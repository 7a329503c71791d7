"""Subscriptions: locked and read whole to be changed or renewed, found when their period is over; and
the usage that is billed with them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from placet.domain.chain import Product
from placet.domain.held import Debit, Held, Rate
from placet.domain.order import Named, Subscription
from placet.domain.periods import Period, day_of
from placet.domain.renewing import Usage
from placet.domain.words import BillingType, Fulfilment, ProductType, SubscriptionStatus
from placet.storage import db
from placet.storage.catalog import NAMED
from placet.storage.db import Row
from placet.storage.facts import as_uuid, lock_accounts

BUYER: Final = "SELECT buyer_id FROM subscription WHERE id = %(id)s"


def buyer_of(id_: UUID) -> UUID | None:
    """Whose subscription it is, if there is one."""
    row = db.fetch_one(BUYER, {"id": id_})
    return row["buyer_id"] if row else None


LOCK: Final = "SELECT id FROM subscription WHERE id = %(id)s FOR NO KEY UPDATE"

CHANGING: Final = """EXISTS (SELECT FROM orders c WHERE c.subscription_id = n.id
    AND c.kind IN ('change', 'cancel') AND c.status IN ('pending_approval', 'unexecuted', 'submitted'))"""

HELD: Final = f"""
SELECT n.*, json_build_array(p.id, p.ref, p.name, v.id, v.ref, v.name, p.product_type, p.billing_type,
    p.fulfilment, p.trial, p.term_months) AS product,
  t.time_zone,
  {CHANGING} AS changing,
  (SELECT json_agg(json_build_array(l.contract_id, c.unit_minor, c.discount_percent::text))
    FROM order_line m JOIN order_line_price c ON c.line_id = m.id AND c.order_id = m.order_id
    JOIN order_link l ON l.order_id = m.order_id AND l.tier = c.tier
    WHERE m.id = n.priced_line_id) AS rates,
  (SELECT json_agg(json_build_array(x.id, i.contract_id, x.period_from, x.period_until,
      x.quantity, x.quantity - coalesce(back.seats, 0), x.net_minor, x.tax_minor,
      x.net_minor - coalesce(back.net, 0), x.tax_minor - coalesce(back.tax, 0)) ORDER BY i.issued_at, x.id)
    FROM invoice_line x JOIN invoice i ON i.id = x.invoice_id
    LEFT JOIN LATERAL (
      SELECT sum(y.quantity) FILTER (WHERE y.subscription_id IS NOT NULL)::int4 AS seats,
        sum(y.net_minor)::int8 AS net, sum(y.tax_minor)::int8 AS tax
      FROM invoice_line y JOIN invoice j ON j.id = y.invoice_id
      WHERE y.credits_id = x.id AND j.status <> 'cancelled') back ON true
    WHERE x.subscription_id = n.id AND i.kind = 'debit' AND i.status <> 'cancelled'
      AND x.period_from IS NOT NULL) AS debits
FROM subscription n JOIN product p ON p.id = n.product_id JOIN vendor v ON v.id = p.vendor_id
JOIN orders o ON o.id = n.order_id JOIN organization t ON t.id = o.top_seller_id
WHERE n.id = %(id)s"""


def held(id_: UUID, accounts: Sequence[UUID] = ()) -> Held:
    """The subscription, locked until the transaction ends, read after the lock was had. It is known to be
    there: none is ever removed. With `accounts` those are locked too: nobody credits or cancels meanwhile
    what was billed there, so that what is left of it stays so (R62)."""
    db.fetch(LOCK, {"id": id_})
    if accounts:
        lock_accounts(accounts)
    return as_it_stands(id_)


def as_it_stands(id_: UUID) -> Held:
    """The same, not locked: to see what a change of it would come to."""
    row = db.fetch_one(HELD, {"id": id_})
    assert row is not None, "a subscription is never removed"
    return Held(
        now=subscription_of(row),
        product=_product(*row["product"]),
        time_zone=row["time_zone"],
        rates={UUID(c): Rate(unit, Decimal(percent)) for c, unit, percent in row["rates"] or ()},
        debits=tuple(_debit(*cells) for cells in row["debits"] or ()),
        changing=row["changing"],
    )


def subscription_of(row: Row) -> Subscription:
    """The value of a row of the table."""
    period = Period(row["period_from"], row["renews_on"]) if row["renews_on"] else None
    return Subscription(
        id=row["id"],
        order=row["order_id"],
        line=row["line_id"],
        priced_line=row["priced_line_id"],
        product=row["product_id"],
        quantity=row["quantity"],
        trial=row["trial"],
        vendor_reference=row["vendor_reference"],
        started_at=row["started_at"],
        status=SubscriptionStatus(row["status"]),
        period=period,
        term_ends_on=row["term_ends_on"],
        suspended_at=row["suspended_at"],
        ended_at=row["ended_at"],
    )


def _product(*cells: Any) -> Product:  # noqa: ANN401 - the columns, in the order of the statement above
    id_, ref, name, vendor, vendor_ref, vendor_name, kind, billing_type, fulfilment, trial, term = cells
    return Product(
        id=UUID(id_),
        ref=ref,
        name=name,
        vendor=Named(UUID(vendor), vendor_ref, vendor_name),
        product_type=ProductType(kind),
        billing_type=BillingType(billing_type),
        fulfilment=Fulfilment(fulfilment),
        trial=trial,
        term_months=term,
    )


def _debit(id_: str, contract: str, first: str, until: str, *amounts: int) -> Debit:
    quantity, seats, net, tax, left_net, left_tax = amounts
    period = Period(date.fromisoformat(first), date.fromisoformat(until))
    return Debit(UUID(id_), UUID(contract), quantity, seats, net, tax, left_net, left_tax, period)


LAST: Final = UUID(int=2**128 - 1)
"""After every id there is."""

LISTED: Final = f"""
SELECT n.id, {NAMED.format("p")} AS product, {NAMED.format("b")} AS customer, n.status, n.quantity, n.trial,
  p.billing_type, n.order_id, n.started_at, n.period_from, n.renews_on, n.term_ends_on, n.suspended_at,
  n.ended_at
FROM subscription n JOIN product p ON p.id = n.product_id JOIN organization b ON b.id = n.buyer_id
WHERE (n.buyer_id = %(organization)s OR EXISTS (SELECT FROM order_link l
    WHERE l.order_id = n.order_id AND l.seller_id = %(organization)s))"""

PAGE: Final = f"""{LISTED}
  AND n.id < %(before)s
  AND (%(customer)s::uuid IS NULL OR n.buyer_id = %(customer)s::uuid)
  AND (%(status)s::text IS NULL OR n.status = %(status)s::text)
ORDER BY n.id DESC LIMIT %(most)s"""


def listed(
    organization: UUID,
    *,
    customer: UUID | None,
    status: SubscriptionStatus | None,
    before: UUID | None,
    most: int,
) -> list[Row]:
    """Subscriptions that the organization has, or stood in the chain that sold them; the newest first."""
    asked = {"customer": customer, "status": status, "before": before or LAST, "most": most}
    return db.fetch(PAGE, {"organization": organization, **asked})


def seen(organization: UUID, id_: UUID) -> Row | None:
    """One of those."""
    return db.fetch_one(f"{LISTED} AND n.id = %(id)s", {"organization": organization, "id": id_})


# Renewals -----------------------------------------------------------------------------------

DUE: Final = f"""
SELECT n.id FROM subscription n JOIN orders o ON o.id = n.order_id
JOIN organization t ON t.id = o.top_seller_id
WHERE n.renews_on IS NOT NULL AND n.status <> 'suspended'
  AND n.renews_on <= (%(now)s::timestamptz AT TIME ZONE t.time_zone)::date
  AND n.renews_on <= %(latest)s::date AND n.id <> ALL(%(skipped)s::uuid[])
  AND NOT ((n.trial OR n.status = 'pending_cancellation') AND {CHANGING})
ORDER BY n.renews_on, n.id LIMIT %(most)s FOR NO KEY UPDATE OF n SKIP LOCKED"""


def due(now: datetime, latest: date, skipped: Collection[UUID], most: int) -> list[UUID]:
    """Subscriptions whose period is over where their top seller is, the longest over first; not those that
    are to be skipped, nor those that somebody is at just now. No place is past `latest` yet."""
    asked = {"now": now, "latest": latest, "skipped": list(skipped), "most": most}
    return [row["id"] for row in db.fetch(DUE, asked)]


SAVE: Final = """
UPDATE subscription SET status = %(status)s, period_from = %(period_from)s, renews_on = %(renews_on)s,
  ended_at = %(ended_at)s WHERE id = %(id)s"""


def save(after: Subscription) -> None:
    """A subscription that moved on, or ended, without an order."""
    db.fetch(
        SAVE,
        {
            "id": after.id,
            "status": after.status,
            "period_from": after.period.first if after.period else None,
            "renews_on": after.period.until if after.period else None,
            "ended_at": after.ended_at,
        },
    )


# Usage --------------------------------------------------------------------------------------

UNBILLED: Final = """
SELECT json_agg(id) AS records, sum(quantity)::text AS units FROM usage_record
WHERE subscription_id = %(subscription)s AND billed_line_id IS NULL AND used_on < %(until)s"""


def unbilled(subscription: UUID, until: date) -> Usage:
    """What was used before that day and not billed."""
    row = db.fetch_one(UNBILLED, {"subscription": subscription, "until": until})
    if row is None or row["records"] is None:
        return Usage()
    return Usage(tuple(map(UUID, row["records"])), Decimal(row["units"]))


BILL: Final = """
UPDATE usage_record SET billed_line_id = %(line)s
WHERE id = ANY(%(ids)s::uuid[]) AND billed_line_id IS NULL"""


def bill(usage: Usage, line: UUID) -> None:
    """These records are billed by that order line, once."""
    db.fetch(BILL, {"line": line, "ids": list(usage.records)})


TOP_SELLER: Final = """
SELECT o.id FROM organization o WHERE (o.id = %(id)s OR o.ref = %(ref)s) AND o.kind <> 'customer'
  AND NOT EXISTS (SELECT FROM contract c WHERE c.buyer_id = o.id AND c.ended_at IS NULL)"""


def top_seller(name: str) -> UUID | None:
    """The organization of that id or ref, if it is a top seller."""
    row = db.fetch_one(TOP_SELLER, {"id": as_uuid(name), "ref": name})
    return row["id"] if row else None


HOLD: Final = f"{TOP_SELLER} FOR NO KEY UPDATE"


def hold_usage(organization: UUID) -> bool:
    """Whether it is a top seller; if so, nobody else imports usage for it until the transaction ends."""
    return db.fetch_one(HOLD, {"id": organization, "ref": None}) is not None


METERED: Final = """
SELECT n.id, n.started_at, n.ended_at, t.time_zone
FROM subscription n JOIN product p ON p.id = n.product_id
JOIN orders o ON o.id = n.order_id JOIN organization t ON t.id = o.top_seller_id
WHERE n.id = ANY(%(ids)s) AND o.top_seller_id = %(top_seller)s
  AND 'usage' IN (p.billing_type, p.product_type)
  AND n.renews_on IS NOT NULL ORDER BY n.id FOR SHARE OF n"""


def metered(top_seller: UUID, ids: Sequence[UUID], now: datetime) -> dict[UUID, tuple[date, date]]:
    """Of these, the subscriptions below that top seller that usage is still billed on, with the days from
    which and up to which it has been there, where the top seller is. Nobody bills them the last time until
    the transaction ends."""
    rows = db.fetch(METERED, {"top_seller": top_seller, "ids": list(ids)})
    return {row["id"]: (_day(row, row["started_at"]), _day(row, row["ended_at"] or now)) for row in rows}


def _day(row: Row, moment: datetime) -> date:
    return day_of(moment, row["time_zone"])


USAGE: Final = """
SELECT u.id, CASE WHEN u.top_seller_id = %(organization)s THEN u.key END AS key,
  u.subscription_id, u.used_on, u.quantity, u.billed_line_id IS NOT NULL AS billed
FROM usage_record u JOIN subscription n ON n.id = u.subscription_id
WHERE (n.buyer_id = %(organization)s OR EXISTS (SELECT FROM order_link l
    WHERE l.order_id = n.order_id AND l.seller_id = %(organization)s))
  AND u.id < %(before)s AND (%(subscription)s::uuid IS NULL OR n.id = %(subscription)s::uuid)
ORDER BY u.id DESC LIMIT %(most)s"""


def usage(organization: UUID, *, subscription: UUID | None, before: UUID | None, most: int) -> list[Row]:
    """Usage of subscriptions that the organization has or stood in the chain of; the newest first."""
    asked = {"subscription": subscription, "before": before or LAST, "most": most}
    return db.fetch(USAGE, {"organization": organization, **asked})


STANDING: Final = """
SELECT key, subscription_id, used_on, quantity FROM usage_record
WHERE top_seller_id = %(top_seller)s AND key = ANY(%(keys)s)"""


def imported(top_seller: UUID, keys: Sequence[str]) -> dict[str, tuple[UUID, date, Decimal]]:
    """Records that were imported before, by key."""
    rows = db.fetch(STANDING, {"top_seller": top_seller, "keys": list(keys)})
    return {row["key"]: (row["subscription_id"], row["used_on"], row["quantity"]) for row in rows}


IMPORT: Final = """
INSERT INTO usage_record (id, top_seller_id, key, subscription_id, used_on, quantity, by, imported_at)
SELECT id, %(top_seller)s, key, subscription_id, used_on, quantity, %(by)s, %(at)s
FROM jsonb_to_recordset(%(rows)s::jsonb)
  AS r(id uuid, key text, subscription_id uuid, used_on date, quantity numeric)"""


def import_usage(top_seller: UUID, rows: Sequence[Row], by: dict[str, Any], at: datetime) -> None:
    """New records of usage."""
    if rows:
        db.fetch(IMPORT, {"top_seller": top_seller, "rows": db.json(list(rows)), "by": db.json(by), "at": at})


REFERENCE: Final = "SELECT vendor_reference FROM subscription WHERE id = %(id)s FOR NO KEY UPDATE"
SET_REFERENCE: Final = "UPDATE subscription SET vendor_reference = %(reference)s WHERE id = %(id)s"


def vendor_reference(subscription: UUID) -> str:
    """What its vendor calls a subscription that is known to be there, which is locked by then."""
    row = db.fetch_one(REFERENCE, {"id": subscription})
    assert row is not None, "a delivered line has its subscription"
    return str(row["vendor_reference"])


def set_vendor_reference(subscription: UUID, reference: str) -> None:
    """What its vendor calls it, as a person says where there is no machine to ask."""
    db.fetch(SET_REFERENCE, {"id": subscription, "reference": reference})

"""Invoices, accounts, payments and refunds as people look for them: one party's side, by date, quick at any
number; and what settled what (R62)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from placet.domain.words import InvoiceKind, InvoiceStatus
from placet.storage import db
from placet.storage.billing import LAST
from placet.storage.catalog import NAMED
from placet.storage.db import Row
from placet.storage.order_lists import literally

SIDES: Final = {"selling": ("seller_id", "buyer_id"), "buying": ("buyer_id", "seller_id")}
"""Which party one is, and which the partner is."""

# Overdue from the day after the due date, where the seller is (R63).
PAST_DUE: Final = "i.due_on < (%(at)s::timestamptz AT TIME ZONE s.time_zone)::date"
OVERDUE: Final = f"(i.kind = 'debit' AND i.status = 'unpaid' AND {PAST_DUE})"

INVOICES: Final = f"""
SELECT i.id, i.number, i.kind, i.status, i.currency, i.net_minor, i.tax_minor, i.total_minor, i.open_minor,
  i.issued_on, i.due_on, i.order_id, i.contract_id, o.number AS order_number, {NAMED.format("p")} AS partner,
  {OVERDUE} AS overdue
FROM invoice i JOIN organization s ON s.id = i.seller_id JOIN organization p ON p.id = i.{{partner}}
LEFT JOIN orders o ON o.id = i.order_id
WHERE i.{{own}} = %(organization)s AND {{conditions}}
ORDER BY i.issued_on {{way}}, i.id {{way}} LIMIT %(most)s"""

CONDITIONS: Final = {
    "after": "(i.issued_on, i.id) {than} (%(after_on)s, %(after_id)s)",
    "partner": "i.{partner} = %(partner)s",
    "contract": "i.contract_id = %(contract)s",
    "order": "i.order_id = %(order)s",
    "number": "i.number = %(number)s",
    "issued_from": "i.issued_on >= %(issued_from)s",
    "issued_to": "i.issued_on <= %(issued_to)s",
    "overdue": OVERDUE,
}
# Words stand in the statement, not in parameters: only so is it known which partial index holds all.
STATUS: Final = {status: f"i.status = '{status}'" for status in InvoiceStatus}
KIND: Final = {kind: f"i.kind = '{kind}'" for kind in InvoiceKind}


@dataclass(frozen=True, slots=True)
class InvoiceQuery:
    """Which invoices: everything that is set must hold. `number` is whole."""

    status: InvoiceStatus | None = None
    kind: InvoiceKind | None = None
    overdue: bool = False
    partner: UUID | None = None
    contract: UUID | None = None
    order: UUID | None = None
    number: str = ""
    issued_from: date | None = None
    issued_to: date | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a list begins: after this date and id, in this direction."""

    after: tuple[date, UUID] | None
    descending: bool
    most: int


def invoices(organization: UUID, side: str, wanted: InvoiceQuery, place: Place, at: datetime) -> list[Row]:
    """The organization's invoices on one side (`selling` or `buying`) by their date, each with its partner,
    its order's number, and whether it is overdue."""
    own, partner = SIDES[side]
    asked: dict[str, Any] = {
        "after": place.after,
        "partner": wanted.partner,
        "contract": wanted.contract,
        "order": wanted.order,
        "number": wanted.number or None,
        "issued_from": wanted.issued_from,
        "issued_to": wanted.issued_to,
        "overdue": wanted.overdue or None,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    named = [CONDITIONS[name] for name in given]
    named += [STATUS[wanted.status]] if wanted.status else []
    named += [KIND[wanted.kind]] if wanted.kind else []
    if after := given.pop("after", None):
        given |= {"after_on": after[0], "after_id": after[1]}
    conditions = " AND ".join(named).format(than="<" if place.descending else ">", partner=partner)
    statement = INVOICES.format(
        own=own, partner=partner, conditions=conditions or "true", way="DESC" if place.descending else "ASC"
    )
    return db.fetch_planned(statement, given | {"organization": organization, "most": place.most, "at": at})


# Only what stands in the index of unpaid invoices is asked: no row of any invoice is read.
SUMS: Final = f"""
SELECT c.currency, sum(i.open_minor)::int8 AS open_minor, count(*)::int8 AS open,
  coalesce(sum(i.open_minor) FILTER (WHERE {PAST_DUE}), 0)::int8 AS overdue_minor,
  count(*) FILTER (WHERE {PAST_DUE})::int8 AS overdue, min(i.due_on) AS next_due_on
FROM contract c JOIN organization s ON s.id = c.seller_id
JOIN invoice i ON i.contract_id = c.id AND i.status = 'unpaid' AND i.kind = 'debit'
WHERE c.{{own}} = %(organization)s GROUP BY c.currency ORDER BY c.currency"""


def sums(organization: UUID, side: str, at: datetime) -> list[Row]:
    """What is open and what of it is overdue (R63), in each currency."""
    return db.fetch(SUMS.format(own=SIDES[side][0]), {"organization": organization, "at": at})


# One invoice --------------------------------------------------------------------------------

BESIDE: Final = f"""
SELECT {OVERDUE} AS overdue, o.number AS order_number, a.id AS account
FROM invoice i JOIN organization s ON s.id = i.seller_id
JOIN credit_account a ON a.contract_id = i.contract_id LEFT JOIN orders o ON o.id = i.order_id
WHERE i.id = %(invoice)s"""


def beside(invoice: UUID, at: datetime) -> Row:
    """Whether it is overdue, what its order is called, and the account that it is on."""
    row = db.fetch_one(BESIDE, {"invoice": invoice, "at": at})
    assert row is not None, "an invoice stays"
    return row


SETTLED: Final = """
WITH moved AS (
  SELECT l.{other} AS id, sum(l.amount_minor)::int8 AS amount_minor, max(l.at) AS at, l.account_id
  FROM allocation l WHERE l.{own} = %(invoice)s GROUP BY l.{other}, l.account_id
  HAVING sum(l.amount_minor) <> 0
)
SELECT m.id, m.amount_minor, m.at, i.number, i.kind AS invoice_kind,
  CASE WHEN i.id IS NOT NULL THEN 'invoice' WHEN p.id IS NOT NULL THEN 'payment'
    WHEN f.id IS NOT NULL THEN 'refund' ELSE 'opening' END AS what,
  p.order_id IS NOT NULL AS by_card
FROM moved m LEFT JOIN invoice i ON i.id = m.id LEFT JOIN payment p ON p.id = m.id
LEFT JOIN refund f ON f.id = m.id ORDER BY m.at, m.id"""


def settled_by(invoice: UUID) -> list[Row]:
    """What paid a debit invoice: payments, credit invoices, what was brought along (R62)."""
    return db.fetch(SETTLED.format(own="target_id", other="source_id"), {"invoice": invoice})


def settled(invoice: UUID) -> list[Row]:
    """What a credit invoice was used for."""
    return db.fetch(SETTLED.format(own="source_id", other="target_id"), {"invoice": invoice})


RELATED: Final = """
SELECT DISTINCT i.id, i.number, i.kind, i.status, i.currency, i.total_minor, i.issued_on FROM invoice_line n
JOIN invoice_line x ON {join} JOIN invoice i ON i.id = x.invoice_id
WHERE n.invoice_id = %(invoice)s ORDER BY i.id"""


def credit_notes(invoice: UUID) -> list[Row]:
    """The credit invoices that take lines of it back, cancelled ones too."""
    return db.fetch(RELATED.format(join="x.credits_id = n.id"), {"invoice": invoice})


def credited_invoices(invoice: UUID) -> list[Row]:
    """The debit invoices whose lines a credit invoice takes back."""
    return db.fetch(RELATED.format(join="x.id = n.credits_id"), {"invoice": invoice})


# Accounts -----------------------------------------------------------------------------------

ACCOUNTS: Final = f"""
SELECT a.id, a.currency, a.limit_minor, a.balance_minor, a.reserved_minor, a.unused_minor, c.payment_method,
  {NAMED.format("p")} AS partner, p.status AS partner_status
FROM contract c JOIN credit_account a ON a.contract_id = c.id JOIN organization p ON p.id = c.{{partner}}
WHERE c.{{own}} = %(organization)s AND c.ended_at IS NULL
  AND (%(text)s::text IS NULL OR p.name ILIKE %(text)s::text OR c.external_id ILIKE %(text)s::text)
  AND (%(name)s::text IS NULL OR (p.name, a.id) {{than}} (%(name)s::text, %(id)s::uuid))
ORDER BY p.name {{way}}, a.id {{way}} LIMIT %(most)s"""


def accounts(  # noqa: PLR0913 - what makes a page
    organization: UUID,
    side: str,
    *,
    text: str,
    after: tuple[str, UUID] | None,
    descending: bool,
    most: int,
) -> list[Row]:
    """The credit accounts on one side, by the partner's name."""
    own, partner = SIDES[side]
    name, id_ = after or (None, None)
    statement = ACCOUNTS.format(
        own=own, partner=partner, than="<" if descending else ">", way="DESC" if descending else "ASC"
    )
    asked = {"organization": organization, "name": name, "id": id_, "most": most}
    return db.fetch_planned(statement, asked | {"text": f"%{literally(text)}%" if text else None})


ENTRIES: Final = """
SELECT e.id, e.seq, e.kind, e.amount_minor, e.balance_minor, e.order_id, e.invoice_id, e.by::json, e.note,
  e.at, i.number AS invoice_number, o.number AS order_number
FROM account_entry e LEFT JOIN invoice i ON i.id = e.invoice_id LEFT JOIN orders o ON o.id = e.order_id
WHERE e.account_id = %(account)s AND (%(before)s::int8 IS NULL OR e.seq < %(before)s::int8)
ORDER BY e.seq DESC LIMIT %(most)s"""


def entries(account: UUID, before: int | None, most: int) -> list[Row]:
    """The movements of an account's balance, the newest first, with the numbers of what moved it."""
    return db.fetch(ENTRIES, {"account": account, "before": before, "most": most})


STANDING: Final = f"""
SELECT a.unused_minor, owed.open_minor + greatest(a.opening_open_minor, 0) AS open_minor, owed.overdue_minor,
  (c.started_at AT TIME ZONE s.time_zone)::date AS began_on,
  (SELECT min((e.at AT TIME ZONE s.time_zone)::date) FROM account_entry e WHERE e.account_id = a.id
    AND e.seq = (SELECT min(f.seq) FROM account_entry f WHERE f.account_id = a.id)) AS first_on
FROM credit_account a JOIN contract c ON c.id = a.contract_id JOIN organization s ON s.id = c.seller_id
CROSS JOIN LATERAL (SELECT coalesce(sum(i.open_minor), 0)::int8 AS open_minor,
  coalesce(sum(i.open_minor) FILTER (WHERE {PAST_DUE}), 0)::int8 AS overdue_minor
  FROM invoice i WHERE i.contract_id = c.id AND i.status = 'unpaid' AND i.kind = 'debit') owed
WHERE a.id = %(account)s"""


def standing(account: UUID, at: datetime) -> Row:
    """What is open of the account, what of it is overdue, what is unused, and since when it moves."""
    row = db.fetch_one(STANDING, {"account": account, "at": at})
    assert row is not None, "the account was seen just now"
    return row


UNPAID: Final = """
SELECT id, number, issued_on, due_on, open_minor FROM invoice
WHERE contract_id = %(contract)s AND status = 'unpaid' AND kind = 'debit'
ORDER BY issued_on, id LIMIT %(most)s"""


def unpaid(contract: UUID, most: int) -> list[Row]:
    """What a payment may name, the oldest first."""
    return db.fetch(UNPAID, {"contract": contract, "most": most})


REFUNDABLE: Final = """
SELECT p.id, p.amount_minor, p.at, p.order_id, o.number AS order_number FROM payment p
LEFT JOIN orders o ON o.id = p.order_id WHERE p.account_id = %(account)s ORDER BY p.id DESC LIMIT %(most)s"""


def refundable_payments(account: UUID, most: int) -> list[Row]:
    """The newest payments of an account, for whoever gives one of them back."""
    return db.fetch(REFUNDABLE, {"account": account, "most": most})


# Payments and refunds together ----------------------------------------------------------------

PAYMENT: Final = """
SELECT p.id, 'payment' AS what, p.account_id, p.amount_minor,
  p.left_minor + p.earmarked_minor AS left_minor, p.at, p.note AS words, p.by, p.order_id, p.invoice_id,
  'done' AS status, NULL::uuid AS payment_id
FROM payment p"""
REFUND: Final = """
SELECT f.id, 'refund' AS what, f.account_id, f.amount_minor, 0::int8 AS left_minor, f.at, f.reason AS words,
  f.by, x.order_id, NULL::uuid AS invoice_id,
  CASE WHEN f.done_at IS NOT NULL THEN 'done' WHEN h.failed_at IS NOT NULL THEN 'failed' ELSE 'pending' END,
  f.payment_id
FROM refund f LEFT JOIN payment x ON x.id = f.payment_id LEFT JOIN charge_refund h ON h.id = f.id"""

MOVED: Final = f"""
WITH mine AS (
  SELECT a.id FROM contract c JOIN credit_account a ON a.contract_id = c.id
  WHERE c.{{own}} = %(organization)s {{one}}
), moved AS (
  (SELECT * FROM ({PAYMENT}) p
    WHERE p.account_id IN (SELECT id FROM mine) AND p.id < %(before)s AND {{payments}}
    ORDER BY p.id DESC LIMIT %(most)s)
  UNION ALL
  (SELECT * FROM ({REFUND}) f
    WHERE f.account_id IN (SELECT id FROM mine) AND f.id < %(before)s AND {{refunds}}
    ORDER BY f.id DESC LIMIT %(most)s)
)
SELECT m.id, m.what, m.account_id, m.amount_minor, m.left_minor, m.at, m.words, m.by::json, m.order_id,
  m.invoice_id, m.status, m.payment_id, a.currency, {NAMED.format("p")} AS partner, o.number AS order_number,
  i.number AS invoice_number
FROM moved m JOIN credit_account a ON a.id = m.account_id JOIN contract c ON c.id = a.contract_id
JOIN organization p ON p.id = c.{{partner}} LEFT JOIN orders o ON o.id = m.order_id
LEFT JOIN invoice i ON i.id = m.invoice_id ORDER BY m.id DESC LIMIT %(most)s"""


def moved(  # noqa: PLR0913 - what makes a page
    organization: UUID, side: str, *, what: str, account: UUID | None, before: UUID | None, most: int
) -> list[Row]:
    """Payments and refunds on one side, the newest first; `what`: only the one or the other."""
    own, partner = SIDES[side]
    statement = MOVED.format(
        own=own,
        partner=partner,
        one="AND a.id = %(account)s" if account else "",
        payments="false" if what == "refund" else "true",
        refunds="false" if what == "payment" else "true",
    )
    asked = {"organization": organization, "before": before or LAST, "most": most}
    return db.fetch_planned(statement, asked | ({"account": account} if account else {}))

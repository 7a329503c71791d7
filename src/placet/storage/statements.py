"""Statements of account, and all that an invoice's paper says: read whole, as of a day."""

from datetime import date
from typing import Final
from uuid import UUID

from placet.domain.statement import Movement, OpenInvoice, Statement, with_balances
from placet.domain.words import EntryKind
from placet.storage import db
from placet.storage.db import Row

# A day begins and ends where the account's seller is.
DAYS: Final = """
SELECT a.contract_id, s.time_zone, %(first)s::date::timestamp AT TIME ZONE s.time_zone AS starts_at,
  (%(last)s::date + 1)::timestamp AT TIME ZONE s.time_zone AS ends_at
FROM credit_account a JOIN contract c ON c.id = a.contract_id JOIN organization s ON s.id = c.seller_id
WHERE a.id = %(account)s"""

BEFORE: Final = """
SELECT coalesce(sum(amount_minor), 0)::int8 AS balance FROM account_entry
WHERE account_id = %(account)s AND at < %(starts_at)s"""

MOVEMENTS: Final = """
SELECT e.id, e.at, (e.at AT TIME ZONE %(time_zone)s)::date AS on, e.kind, e.amount_minor, i.number,
  o.number AS order, CASE WHEN e.kind IN ('payment', 'opening') THEN '' ELSE e.note END AS note
FROM account_entry e LEFT JOIN invoice i ON i.id = e.invoice_id LEFT JOIN orders o ON o.id = e.order_id
WHERE e.account_id = %(account)s AND e.at >= %(starts_at)s AND e.at < %(ends_at)s ORDER BY e.at, e.seq"""

OPEN: Final = """
SELECT i.id, i.number, i.issued_on, i.due_on, i.total_minor,
  i.total_minor - coalesce(l.settled, 0)::int8 AS open_minor
FROM invoice i LEFT JOIN LATERAL (SELECT sum(l.amount_minor) AS settled FROM allocation l
  WHERE l.target_id = i.id AND l.at < %(ends_at)s) l ON true
WHERE i.contract_id = %(contract_id)s AND i.kind = 'debit' AND i.issued_at < %(ends_at)s
  AND (i.cancelled_at IS NULL OR i.cancelled_at >= %(ends_at)s)
  AND i.total_minor > coalesce(l.settled, 0) ORDER BY i.issued_on, i.id"""

FROM_BEFORE: Final = """
SELECT greatest(0, (SELECT coalesce(sum(amount_minor), 0) FROM account_entry
    WHERE account_id = %(account)s AND kind = 'opening' AND at < %(ends_at)s)
  - (SELECT coalesce(sum(amount_minor), 0) FROM allocation
    WHERE target_id = %(account)s AND at < %(ends_at)s))::int8 AS open"""


def statement(account: UUID, first: date, last: date) -> Statement:
    """The statement of an account that is there; both days belong to it."""
    days = _one(DAYS, {"account": account, "first": first, "last": last})
    days |= {"account": account}
    opening = _one(BEFORE, days)["balance"]
    movements = [_movement(row) for row in db.fetch(MOVEMENTS, days)]
    return Statement(
        first=first,
        last=last,
        opening=opening,
        movements=with_balances(opening, movements),
        invoices=tuple(_open(row) for row in db.fetch(OPEN, days)),
        from_before=_one(FROM_BEFORE, days)["open"],
    )


def _one(statement_: str, parameters: Row) -> Row:
    row = db.fetch_one(statement_, parameters)
    assert row is not None, "the account is there"
    return row


def _movement(row: Row) -> Movement:
    return Movement(
        id=row["id"],
        at=row["at"],
        on=row["on"],
        kind=EntryKind(row["kind"]),
        amount=row["amount_minor"],
        number=row["number"],
        order=row["order"],
        note=row["note"],
    )


def _open(row: Row) -> OpenInvoice:
    return OpenInvoice(
        id=row["id"],
        number=row["number"],
        issued_on=row["issued_on"],
        due_on=row["due_on"],
        total=row["total_minor"],
        open=row["open_minor"],
    )


TODAY: Final = """
SELECT (%(now)s::timestamptz AT TIME ZONE s.time_zone)::date AS today
FROM credit_account a JOIN contract c ON c.id = a.contract_id JOIN organization s ON s.id = c.seller_id
WHERE a.id = %(account)s"""


def today(account: UUID, now: object) -> date:
    """The day that it is where the account's seller is."""
    found: date = _one(TODAY, {"account": account, "now": now})["today"]
    return found


# Papers -------------------------------------------------------------------------------------

PARTIES: Final = """
SELECT s.name AS seller, s.country AS seller_country, b.name AS buyer, b.country AS buyer_country,
  c.external_id AS buyer_number, c.currency, c.payment_method, c.payment_days,
  (SELECT k.name FROM contact k WHERE k.organization_id = b.id AND k.active
    ORDER BY k.is_bill_to DESC, k.is_primary DESC, k.created_at, k.id LIMIT 1) AS attention
FROM contract c JOIN organization s ON s.id = c.seller_id JOIN organization b ON b.id = c.buyer_id
WHERE c.id = %(contract)s"""

# The rate that its order was taxed at; what was brought along says how much, and so how many percent.
PAPER_LINES: Final = """
SELECT p.name AS product, p.sku, n.quantity, n.net_minor, n.tax_minor, n.period_from, n.period_until,
  n.description, coalesce(l.tax_rate, CASE WHEN n.net_minor = 0 THEN 0
    ELSE round(100.0 * n.tax_minor / n.net_minor, 2) END) AS tax_rate, d.number AS credits
FROM invoice_line n JOIN invoice i ON i.id = n.invoice_id JOIN product p ON p.id = n.product_id
LEFT JOIN order_link l ON l.order_id = i.order_id AND l.contract_id = i.contract_id
LEFT JOIN invoice_line x ON x.id = n.credits_id LEFT JOIN invoice d ON d.id = x.invoice_id
WHERE n.invoice_id = %(invoice)s ORDER BY n.id"""

ORDER: Final = "SELECT number FROM orders WHERE id = %(order)s"


def parties(contract: UUID) -> Row:
    """The two parties of a contract, as their papers name them, and its terms of payment."""
    return _one(PARTIES, {"contract": contract})


def paper_lines(invoice: UUID) -> list[Row]:
    """The lines of an invoice, as it is printed."""
    return db.fetch(PAPER_LINES, {"invoice": invoice})


def order_number(order: UUID | None) -> str | None:
    """What people call the order."""
    row = db.fetch_one(ORDER, {"order": order}) if order else None
    return row["number"] if row else None

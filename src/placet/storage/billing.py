"""Invoices, payments and subscriptions, as read models of one organization's own links."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from placet.domain.words import InvoiceStatus, SubscriptionStatus
from placet.storage import db
from placet.storage.catalog import NAMED
from placet.storage.db import Row

LAST: Final = UUID(int=2**128 - 1)
"""After every id there is."""

INVOICES: Final = f"""
SELECT i.id, i.number, i.kind, i.status, i.order_id, i.currency, i.net_minor, i.tax_minor, i.total_minor,
  i.open_minor, i.issued_on, i.due_on, {NAMED.format("s")} AS seller, {NAMED.format("b")} AS buyer,
  (SELECT json_agg(json_build_object('id', n.id, 'product', {NAMED.format("p")}, 'type', p.product_type,
      'quantity', n.quantity, 'net_minor', n.net_minor, 'tax_minor', n.tax_minor, 'credits', n.credits_id)
      ORDER BY n.id)
    FROM invoice_line n JOIN product p ON p.id = n.product_id WHERE n.invoice_id = i.id) AS lines
FROM invoice i JOIN organization s ON s.id = i.seller_id JOIN organization b ON b.id = i.buyer_id
WHERE (i.seller_id = %(organization)s OR i.buyer_id = %(organization)s) AND i.id < %(before)s
  AND (%(status)s::text IS NULL OR i.status = %(status)s::text)
  AND (%(order)s::uuid IS NULL OR i.order_id = %(order)s::uuid)
ORDER BY i.id DESC LIMIT %(most)s"""


def invoices(
    organization: UUID, *, status: InvoiceStatus | None, order: UUID | None, before: UUID | None, most: int
) -> list[Row]:
    """Invoices that the organization wrote or got, the newest first."""
    asked = {"status": status, "order": order, "before": before or LAST, "most": most}
    return db.fetch(INVOICES, {"organization": organization, **asked})


PAYMENT: Final = f"""
SELECT e.id, a.contract_id, {NAMED.format("s")} AS seller, {NAMED.format("b")} AS buyer, a.currency,
  -e.amount_minor AS amount_minor, e.invoice_id, e.order_id, e.by::json AS by, e.note, e.at
FROM account_entry e JOIN credit_account a ON a.id = e.account_id JOIN contract c ON c.id = a.contract_id
JOIN organization s ON s.id = c.seller_id JOIN organization b ON b.id = c.buyer_id"""

PAYMENTS: Final = f"""{PAYMENT}
WHERE e.kind = 'payment' AND (c.seller_id = %(organization)s OR c.buyer_id = %(organization)s)
  AND e.id < %(before)s AND (%(contract)s::uuid IS NULL OR c.id = %(contract)s::uuid)
ORDER BY e.id DESC LIMIT %(most)s"""


def payments(organization: UUID, *, contract: UUID | None, before: UUID | None, most: int) -> list[Row]:
    """Payments that the organization took or made, by card too, the newest first."""
    asked = {"contract": contract, "before": before or LAST, "most": most}
    return db.fetch(PAYMENTS, {"organization": organization, **asked})


def payment(id_: UUID) -> Row:
    """One payment that is known to be booked."""
    row = db.fetch_one(f"{PAYMENT} WHERE e.id = %(id)s", {"id": id_})
    assert row is not None, "it was booked just now"
    return row


SUBSCRIPTIONS: Final = f"""
SELECT n.id, {NAMED.format("p")} AS product, {NAMED.format("b")} AS customer, n.status, n.quantity, n.trial,
  n.order_id, n.started_at, n.renews_on
FROM subscription n JOIN product p ON p.id = n.product_id JOIN organization b ON b.id = n.buyer_id
WHERE (n.buyer_id = %(organization)s OR EXISTS (SELECT FROM order_link l
    WHERE l.order_id = n.order_id AND l.seller_id = %(organization)s))
  AND n.id < %(before)s
  AND (%(customer)s::uuid IS NULL OR n.buyer_id = %(customer)s::uuid)
  AND (%(status)s::text IS NULL OR n.status = %(status)s::text)
ORDER BY n.id DESC LIMIT %(most)s"""


def subscriptions(
    organization: UUID,
    *,
    customer: UUID | None,
    status: SubscriptionStatus | None,
    before: UUID | None,
    most: int,
) -> list[Row]:
    """Subscriptions that the organization has, or stood in the chain that sold them; the newest first."""
    asked = {"customer": customer, "status": status, "before": before or LAST, "most": most}
    return db.fetch(SUBSCRIPTIONS, {"organization": organization, **asked})


# Payments -----------------------------------------------------------------------------------

CONTRACT: Final = """
SELECT c.id, c.seller_id, c.buyer_id, c.currency, a.id AS account_id
FROM contract c JOIN credit_account a ON a.contract_id = c.id WHERE c.id = %(id)s"""


def contract(id_: UUID) -> Row | None:
    """The parties, the currency and the account of one contract."""
    return db.fetch_one(CONTRACT, {"id": id_})


IS_ON: Final = "SELECT id FROM invoice WHERE id = %(invoice)s AND contract_id = %(contract)s"


def is_invoice_of(contract_id: UUID, invoice: UUID) -> bool:
    """Whether it is an invoice on that contract."""
    return db.fetch_one(IS_ON, {"invoice": invoice, "contract": contract_id}) is not None


BOOK: Final = """
WITH account AS (
  UPDATE credit_account SET balance_minor = balance_minor + %(amount)s WHERE id = %(account)s
  RETURNING balance_minor
)
INSERT INTO account_entry (id, account_id, kind, amount_minor, balance_minor, invoice_id, by, note, at)
SELECT %(id)s, %(account)s, %(kind)s, %(amount)s, account.balance_minor, %(invoice)s, %(by)s, %(note)s, %(at)s
FROM account"""


def book(  # noqa: PLR0913 - the columns
    *,
    id_: UUID,
    account: UUID,
    kind: str,
    amount: int,
    invoice: UUID | None,
    by: dict[str, Any],
    note: str,
    at: datetime,
) -> None:
    """Moves an account's balance by an entry that says so (R60). The account is locked by then."""
    db.fetch(
        BOOK,
        {
            "id": id_,
            "account": account,
            "kind": kind,
            "amount": amount,
            "invoice": invoice,
            "by": db.json(by),
            "note": note,
            "at": at,
        },
    )

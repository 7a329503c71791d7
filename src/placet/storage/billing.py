"""Invoices, payments and refunds: read models of one organization's own links, and what is written of them
one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from placet.domain.crediting import BilledLine, Credited
from placet.domain.parties import Actor
from placet.domain.words import EntryKind, InvoiceKind, InvoiceStatus
from placet.storage import db
from placet.storage.catalog import NAMED
from placet.storage.db import Row
from placet.storage.retrying import retry_due

LAST: Final = UUID(int=2**128 - 1)
"""After every id there is."""

INVOICE: Final = f"""
SELECT i.id, i.number, i.kind, i.status, i.contract_id, i.order_id, i.currency, i.net_minor, i.tax_minor,
  i.total_minor, i.open_minor, i.issued_on, i.due_on, i.reason, i.external_number,
  {NAMED.format("s")} AS seller, {NAMED.format("b")} AS buyer,
  (SELECT json_agg(json_build_object('id', n.id, 'product', {NAMED.format("p")}, 'type', p.product_type,
      'quantity', n.quantity, 'net_minor', n.net_minor, 'tax_minor', n.tax_minor,
      'subscription', n.subscription_id, 'from', n.period_from, 'until', n.period_until,
      'description', n.description, 'credits', n.credits_id) ORDER BY n.id)
    FROM invoice_line n JOIN product p ON p.id = n.product_id WHERE n.invoice_id = i.id) AS lines
FROM invoice i JOIN organization s ON s.id = i.seller_id JOIN organization b ON b.id = i.buyer_id"""

ONE_INVOICE: Final = f"{INVOICE} WHERE i.id = %(id)s"

INVOICES: Final = f"""{INVOICE}
WHERE (i.seller_id = %(organization)s OR i.buyer_id = %(organization)s) AND i.id < %(before)s
  AND (%(status)s::text IS NULL OR i.status = %(status)s::text)
  AND (%(kind)s::text IS NULL OR i.kind = %(kind)s::text)
  AND (%(order)s::uuid IS NULL OR i.order_id = %(order)s::uuid)
  AND (%(contract)s::uuid IS NULL OR i.contract_id = %(contract)s::uuid)
  AND (%(first)s::date IS NULL OR i.issued_on >= %(first)s::date)
  AND (%(last)s::date IS NULL OR i.issued_on <= %(last)s::date)
ORDER BY i.id DESC LIMIT %(most)s"""


@dataclass(frozen=True, slots=True)
class InvoiceFilter:
    """Which invoices: everything that is set must hold."""

    status: InvoiceStatus | None = None
    kind: InvoiceKind | None = None
    order: UUID | None = None
    contract: UUID | None = None
    issued_from: date | None = None
    issued_to: date | None = None


def invoices(organization: UUID, wanted: InvoiceFilter, *, before: UUID | None, most: int) -> list[Row]:
    """Invoices that the organization wrote or got, the newest first."""
    asked = {
        "status": wanted.status,
        "kind": wanted.kind,
        "order": wanted.order,
        "contract": wanted.contract,
        "first": wanted.issued_from,
        "last": wanted.issued_to,
        "before": before or LAST,
        "most": most,
    }
    return db.fetch(INVOICES, {"organization": organization, **asked})


def invoice_seen(id_: UUID, organization: UUID) -> Row | None:
    """One invoice, if the organization wrote or got it."""
    row = db.fetch_one(ONE_INVOICE, {"id": id_})
    seen = row is not None and str(organization) in {row["seller"]["id"], row["buyer"]["id"]}
    return row if seen else None


def invoice(id_: UUID) -> Row:
    """One invoice that is known to be there."""
    row = db.fetch_one(ONE_INVOICE, {"id": id_})
    assert row is not None, "an invoice stays"
    return row


PAYMENT: Final = f"""
SELECT p.id, a.contract_id, {NAMED.format("s")} AS seller, {NAMED.format("b")} AS buyer, a.currency,
  p.amount_minor, p.left_minor + p.earmarked_minor AS left_minor, p.invoice_id, p.order_id, p.by::json AS by,
  p.reference, p.note, p.at
FROM payment p JOIN credit_account a ON a.id = p.account_id JOIN contract c ON c.id = a.contract_id
JOIN organization s ON s.id = c.seller_id JOIN organization b ON b.id = c.buyer_id"""

PAYMENTS: Final = f"""{PAYMENT}
WHERE (c.seller_id = %(organization)s OR c.buyer_id = %(organization)s)
  AND p.id < %(before)s AND (%(contract)s::uuid IS NULL OR c.id = %(contract)s::uuid)
  AND (%(since)s::timestamptz IS NULL OR p.at >= %(since)s::timestamptz)
  AND (%(until)s::timestamptz IS NULL OR p.at < %(until)s::timestamptz)
ORDER BY p.id DESC LIMIT %(most)s"""


@dataclass(frozen=True, slots=True)
class Booked:
    """Which payments or refunds: on that contract, from then until before then."""

    contract: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    def asked(self, before: UUID | None, most: int) -> Row:
        """As the statements take it."""
        wanted = {"contract": self.contract, "since": self.since, "until": self.until}
        return wanted | {"before": before or LAST, "most": most}


def payments(organization: UUID, wanted: Booked, *, before: UUID | None, most: int) -> list[Row]:
    """Payments that the organization took or made, by card too, the newest first."""
    asked = wanted.asked(before, most)
    return db.fetch(PAYMENTS, {"organization": organization, **asked})


def payment(id_: UUID) -> Row:
    """One payment that is known to be booked."""
    row = db.fetch_one(f"{PAYMENT} WHERE p.id = %(id)s", {"id": id_})
    assert row is not None, "it was booked just now"
    return row


OF_REFERENCE: Final = f"{PAYMENT} WHERE p.seller_id = %(seller)s AND p.reference = %(reference)s"


def payment_of(seller: UUID, reference: str) -> Row | None:
    """The payment that the seller's own books call so, if it is booked."""
    return db.fetch_one(OF_REFERENCE, {"seller": seller, "reference": reference})


def payment_seen(id_: UUID, organization: UUID) -> Row | None:
    """One payment, if the organization took or made it."""
    row = db.fetch_one(f"{PAYMENT} WHERE p.id = %(id)s", {"id": id_})
    seen = row is not None and str(organization) in {row["seller"]["id"], row["buyer"]["id"]}
    return row if seen else None


HOLD: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%(what)s, 0))"


def hold_reference(seller: UUID, reference: str) -> None:
    """Of several who book a payment of that reference, or give that number, one does it at a time."""
    db.fetch(HOLD, {"what": f"{seller} {reference}"})


REFUND: Final = f"""
SELECT f.id, a.contract_id, {NAMED.format("s")} AS seller, {NAMED.format("b")} AS buyer, a.currency,
  f.amount_minor, f.payment_id, p.order_id, f.reason, f.by::json AS by, f.at, f.done_at,
  CASE WHEN f.done_at IS NOT NULL THEN 'done' WHEN g.failed_at IS NOT NULL THEN 'failed'
    ELSE 'pending' END AS status
FROM refund f JOIN credit_account a ON a.id = f.account_id JOIN contract c ON c.id = a.contract_id
JOIN organization s ON s.id = c.seller_id JOIN organization b ON b.id = c.buyer_id
LEFT JOIN payment p ON p.id = f.payment_id LEFT JOIN charge_refund g ON g.id = f.id"""

REFUNDS: Final = f"""{REFUND}
WHERE (c.seller_id = %(organization)s OR c.buyer_id = %(organization)s)
  AND f.id < %(before)s AND (%(contract)s::uuid IS NULL OR c.id = %(contract)s::uuid)
  AND (%(since)s::timestamptz IS NULL OR f.at >= %(since)s::timestamptz)
  AND (%(until)s::timestamptz IS NULL OR f.at < %(until)s::timestamptz)
ORDER BY f.id DESC LIMIT %(most)s"""


def refunds(organization: UUID, wanted: Booked, *, before: UUID | None, most: int) -> list[Row]:
    """Refunds that the organization gave or got, to cards too, the newest first."""
    asked = wanted.asked(before, most)
    return db.fetch(REFUNDS, {"organization": organization, **asked})


def refund(id_: UUID) -> Row:
    """One refund that is known to be there."""
    row = db.fetch_one(f"{REFUND} WHERE f.id = %(id)s", {"id": id_})
    assert row is not None, "it was made just now"
    return row


# What an act on them needs to know --------------------------------------------------------------

CONTRACT: Final = """
SELECT c.id, c.seller_id, c.buyer_id, c.currency, a.id AS account_id
FROM contract c JOIN credit_account a ON a.contract_id = c.id"""


def contract(id_: UUID) -> Row | None:
    """The parties, the currency and the account of one contract."""
    return db.fetch_one(f"{CONTRACT} WHERE c.id = %(id)s", {"id": id_})


def contract_of_invoice(invoice_: UUID) -> Row | None:
    """The same, of the contract that an invoice is on."""
    statement = f"{CONTRACT} WHERE c.id = (SELECT contract_id FROM invoice WHERE id = %(id)s)"
    return db.fetch_one(statement, {"id": invoice_})


PAYABLE: Final = """
SELECT id FROM invoice WHERE id = %(invoice)s AND contract_id = %(contract)s AND kind = 'debit'
  AND status <> 'cancelled'"""


def can_be_paid(contract_id: UUID, invoice_: UUID) -> bool:
    """Whether a payment on that contract may name the invoice."""
    return db.fetch_one(PAYABLE, {"invoice": invoice_, "contract": contract_id}) is not None


BILLED_LINES: Final = """
SELECT n.id, n.line_id AS line, n.subscription_id AS subscription, n.product_id AS product, n.quantity,
  n.net_minor AS net, n.tax_minor AS tax, coalesce(c.quantity, 0)::int8 AS credited_quantity,
  coalesce(c.net, 0)::int8 AS credited_net, coalesce(c.tax, 0)::int8 AS credited_tax
FROM invoice_line n LEFT JOIN LATERAL (
  SELECT sum(x.quantity) AS quantity, sum(x.net_minor) AS net, sum(x.tax_minor) AS tax
  FROM invoice_line x JOIN invoice i ON i.id = x.invoice_id AND i.status <> 'cancelled'
  WHERE x.credits_id = n.id
) c ON true WHERE n.invoice_id = %(invoice)s ORDER BY n.id"""


def billed_lines(invoice_: UUID) -> list[BilledLine]:
    """The lines of a debit invoice, with what was credited of each."""
    return [BilledLine(**row) for row in db.fetch(BILLED_LINES, {"invoice": invoice_})]


CREDITS: Final = """
SELECT DISTINCT i.id FROM invoice_line d JOIN invoice_line x ON x.credits_id = d.id
JOIN invoice i ON i.id = x.invoice_id AND i.status <> 'cancelled' WHERE d.invoice_id = %(invoice)s
ORDER BY i.id"""


def credits_of(invoice_: UUID) -> list[UUID]:
    """The credit invoices that count against it."""
    return [row["id"] for row in db.fetch(CREDITS, {"invoice": invoice_})]


def order_of_payment(payment_: UUID) -> UUID | None:
    """The order that a card paid for by this payment; none for what was paid by hand."""
    row = db.fetch_one("SELECT order_id FROM payment WHERE id = %(id)s", {"id": payment_})
    return row["order_id"] if row else None


# By hand: what was ever paid that way, and brought along, without what was given back of it.
OF_ALL: Final = """
SELECT (SELECT coalesce(sum(amount_minor), 0) FROM payment
    WHERE account_id = %(account)s AND order_id IS NULL)
  + (SELECT coalesce(sum(-amount_minor), 0) FROM account_entry
    WHERE account_id = %(account)s AND kind = 'opening' AND amount_minor < 0)
  - (SELECT coalesce(sum(f.amount_minor), 0) FROM refund f LEFT JOIN payment p ON p.id = f.payment_id
    WHERE f.account_id = %(account)s AND p.order_id IS NULL) AS most"""

# Of one: what is left of it and what it has settled, without what its card is to get back already.
OF_ONE: Final = """
SELECT p.order_id IS NOT NULL AS by_card, p.left_minor
  + (SELECT coalesce(sum(l.amount_minor), 0) FROM allocation l LEFT JOIN refund f ON f.id = l.target_id
    WHERE l.source_id = p.id AND f.id IS NULL)
  - (SELECT coalesce(sum(f.amount_minor), 0) FROM refund f WHERE f.payment_id = p.id AND f.done_at IS NULL)
  AS most
FROM payment p WHERE p.id = %(payment)s AND p.account_id = %(account)s"""


def refundable(account: UUID, payment_: UUID | None) -> int | None:
    """How much can be given back of what was paid by hand, or of one payment; `None` where that is not one
    of the account's."""
    total = db.fetch_one(OF_ALL, {"account": account})
    assert total is not None, "a sum has its row"
    if payment_ is None:
        return int(total["most"])
    one = db.fetch_one(OF_ONE, {"account": account, "payment": payment_})
    if one is None:
        return None
    return int(one["most"] if one["by_card"] else min(one["most"], total["most"]))


# What an act on them writes ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of an account's balance by hand: positive is owed more. A payment or a refund has its
    entry's id."""

    id: UUID
    account: UUID
    kind: EntryKind
    amount: int
    by: Actor
    at: datetime
    invoice: UUID | None = None
    order: UUID | None = None
    note: str = ""


BOOK: Final = f"""
WITH account AS (
  UPDATE credit_account a SET balance_minor = a.balance_minor + %(amount)s,
    unused_minor = a.unused_minor + %(unused)s, retry_due_at = {retry_due("%(amount)s::int8 < 0")}
  WHERE a.id = %(account)s RETURNING a.balance_minor
)
INSERT INTO account_entry (id, account_id, kind, amount_minor, balance_minor, order_id, invoice_id, by, note,
  at)
SELECT %(id)s, %(account)s, %(kind)s, %(amount)s, account.balance_minor, %(order)s, %(invoice)s, %(by)s,
  %(note)s, %(at)s
FROM account"""


def book(moved: Movement, unused: int = 0) -> None:
    """Moves an account's balance by an entry that says so (R60), and its unused credit by `unused`. The
    account is locked by then."""
    db.fetch(
        BOOK,
        {
            "id": moved.id,
            "account": moved.account,
            "kind": moved.kind,
            "amount": moved.amount,
            "unused": unused,
            "order": moved.order,
            "invoice": moved.invoice,
            "by": db.json(moved.by.as_json()),
            "note": moved.note,
            "at": moved.at,
        },
    )


ADD_PAYMENT: Final = """
INSERT INTO payment (id, account_id, amount_minor, left_minor, earmarked_minor, invoice_id, reference,
  seller_id, by, note, at)
VALUES (%(id)s, %(account)s, %(amount)s, %(amount)s, 0, %(invoice)s, %(reference)s, %(seller)s, %(by)s,
  %(note)s, %(at)s)"""


def add_payment(paid: Movement, reference: str | None = None) -> None:
    """Money that came in by hand, all of it unused yet; under a reference of its seller's, whose the actor
    is."""
    row = {"id": paid.id, "account": paid.account, "amount": -paid.amount, "invoice": paid.invoice}
    row |= {"reference": reference, "seller": paid.by.organization if reference else None}
    db.fetch(ADD_PAYMENT, row | {"by": db.json(paid.by.as_json()), "note": paid.note, "at": paid.at})


ADD_REFUND: Final = """
INSERT INTO refund (id, account_id, payment_id, amount_minor, reason, by, at, done_at)
VALUES (%(id)s, %(account)s, %(payment)s, %(amount)s, %(reason)s, %(by)s, %(at)s, %(done_at)s)"""


def add_refund(given: Movement, payment_: UUID | None, done_at: datetime | None) -> None:
    """Money that is given back; not yet, while a card's gateway is to do it."""
    row = {"id": given.id, "account": given.account, "payment": payment_, "amount": given.amount}
    said = {"reason": given.note, "by": db.json(given.by.as_json()), "at": given.at, "done_at": done_at}
    db.fetch(ADD_REFUND, row | said)


ADD_CREDIT_INVOICE: Final = """
WITH r AS (SELECT * FROM jsonb_to_recordset(%(lines)s::jsonb) AS r(id uuid, credits uuid, line uuid,
    subscription uuid, product uuid, quantity int4, net int8, tax int8)),
lines_ AS (INSERT INTO invoice_line (id, invoice_id, line_id, subscription_id, product_id, quantity,
    net_minor, tax_minor, period_from, period_until, description, credits_id)
  SELECT r.id, %(id)s, r.line, r.subscription, r.product, r.quantity, r.net, r.tax, d.period_from,
    d.period_until, d.description, r.credits FROM r JOIN invoice_line d ON d.id = r.credits)
INSERT INTO invoice (id, kind, status, seller_id, buyer_id, contract_id, order_id, currency, net_minor,
  tax_minor, total_minor, open_minor, issued_at, issued_on, due_on, reason)
SELECT %(id)s, 'credit', 'unpaid', d.seller_id, d.buyer_id, d.contract_id, d.order_id, d.currency,
  sums.net, sums.tax, sums.net + sums.tax, sums.net + sums.tax, %(at)s, day.issued_on, day.issued_on,
  %(reason)s
FROM invoice d JOIN organization s ON s.id = d.seller_id
CROSS JOIN (SELECT sum(net)::int8 AS net, sum(tax)::int8 AS tax FROM r) sums
CROSS JOIN LATERAL (SELECT (%(at)s::timestamptz AT TIME ZONE s.time_zone)::date AS issued_on) day
WHERE d.id = %(debit)s"""


def add_credit_invoice(id_: UUID, debit: UUID, lines: Sequence[Credited], reason: str, at: datetime) -> None:
    """A credit invoice for these lines of a debit invoice, none of it used yet."""
    rows = [_credit_line(line) for line in lines]
    values = {"id": id_, "debit": debit, "lines": db.json(rows), "reason": reason, "at": at}
    db.fetch(ADD_CREDIT_INVOICE, values)


def _credit_line(line: Credited) -> Row:
    return {
        "id": db.new_id(),
        "credits": line.of.id,
        "line": line.of.line,
        "subscription": line.of.subscription,
        "product": line.of.product,
        "quantity": line.quantity,
        "net": line.net,
        "tax": line.tax,
    }


CANCEL: Final = """
UPDATE invoice SET status = 'cancelled', open_minor = 0, reason = %(reason)s, cancelled_at = %(at)s
WHERE id = %(id)s"""


def set_cancelled(invoice_: UUID, reason: str, at: datetime) -> None:
    """It counts no more; nothing settles it by then."""
    db.fetch(CANCEL, {"id": invoice_, "reason": reason, "at": at})


NUMBERED: Final = """
SELECT id FROM invoice WHERE seller_id = %(seller)s AND external_number = %(number)s AND id <> %(id)s"""
SET_NUMBER: Final = "UPDATE invoice SET external_number = %(number)s WHERE id = %(id)s"


def number_of_another(invoice_: UUID, seller: UUID, number: str) -> bool:
    """Whether the seller's own books have another invoice under this number."""
    return db.fetch_one(NUMBERED, {"seller": seller, "number": number, "id": invoice_}) is not None


def set_external_number(invoice_: UUID, number: str) -> None:
    """What the seller's own books call it."""
    db.fetch(SET_NUMBER, {"id": invoice_, "number": number})


# Its sellers are named, because numbers are found by their seller.
OF_NUMBER: Final = """
SELECT id FROM invoice
WHERE number = %(number)s AND (seller_id = %(organization)s OR buyer_id = %(organization)s)
  AND seller_id = ANY(ARRAY(SELECT %(organization)s::uuid
    UNION SELECT c.seller_id FROM contract c WHERE c.buyer_id = %(organization)s))
ORDER BY seller_id = %(organization)s DESC LIMIT 1"""


def invoice_numbered(organization: UUID, number: str) -> UUID | None:
    """The invoice of that number that the organization wrote, else one that it got."""
    row = db.fetch_one(OF_NUMBER, {"organization": organization, "number": number})
    return row["id"] if row else None

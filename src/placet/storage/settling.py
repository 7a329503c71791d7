"""An account's open items, and what settles what (R62, R65). The account is locked by then; whoever adds
credit or takes a settlement back ends by letting what is unused settle what is owed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from placet.domain.settling import Allocation, Debit, Source, allocate, drawn, undone
from placet.storage import db
from placet.storage.db import Row

# The oldest first; a deposit brought along is the oldest of all, as is an opening that is owed.
SOURCES: Final = """
SELECT s.id, s.left, s.names FROM (
  SELECT a.id, -a.opening_open_minor AS left, ARRAY[]::uuid[] AS names, '-infinity'::timestamptz AS at
  FROM credit_account a WHERE a.id = %(account)s AND a.opening_open_minor < 0
  UNION ALL
  SELECT p.id, p.left_minor, CASE WHEN p.invoice_id IS NULL THEN '{}' ELSE ARRAY[p.invoice_id] END, p.at
  FROM payment p WHERE p.account_id = %(account)s AND p.left_minor > 0
  UNION ALL
  SELECT i.id, i.open_minor, ARRAY(SELECT d.invoice_id FROM invoice_line x JOIN invoice_line d
      ON d.id = x.credits_id WHERE x.invoice_id = i.id GROUP BY d.invoice_id ORDER BY d.invoice_id),
    i.issued_at
  FROM credit_account a JOIN invoice i ON i.contract_id = a.contract_id
  WHERE a.id = %(account)s AND i.kind = 'credit' AND i.status = 'unpaid'
) s ORDER BY s.at, s.id"""

# No more of them than the unused credit reaches, besides those that are named.
DEBITS: Final = """
SELECT d.id, d.open FROM (
  SELECT i.id, i.open_minor AS open, i.issued_on,
    sum(i.open_minor) OVER (ORDER BY i.issued_on, i.id) - i.open_minor AS before
  FROM credit_account a JOIN invoice i ON i.contract_id = a.contract_id
  WHERE a.id = %(account)s AND i.kind = 'debit' AND i.status = 'unpaid'
  UNION ALL
  SELECT a.id, a.opening_open_minor, '-infinity'::date, 0
  FROM credit_account a WHERE a.id = %(account)s AND a.opening_open_minor > 0
) d WHERE d.before < %(unused)s OR d.id = ANY(%(names)s)
ORDER BY d.issued_on, d.id"""

WRITE: Final = """
WITH r AS (SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS r(id uuid, source uuid, target uuid, amount int8)),
kept AS (INSERT INTO allocation (id, account_id, source_id, target_id, amount_minor, at)
  SELECT r.id, %(account)s, r.source, r.target, r.amount, %(at)s FROM r),
used AS (SELECT id, sum(amount)::int8 AS amount FROM (
    SELECT source AS id, amount FROM r UNION ALL SELECT target, amount FROM r) u GROUP BY id),
payments AS (UPDATE payment p SET left_minor = p.left_minor - used.amount FROM used WHERE p.id = used.id),
invoices AS (UPDATE invoice i SET open_minor = i.open_minor - used.amount,
    status = CASE WHEN i.open_minor = used.amount THEN 'paid' ELSE 'unpaid' END
  FROM used WHERE i.id = used.id AND used.amount <> 0)
UPDATE credit_account a SET unused_minor = a.unused_minor - (SELECT sum(amount) FROM r),
  opening_open_minor = a.opening_open_minor
    + coalesce((SELECT sum(amount) FROM r WHERE source = a.id), 0)
    - coalesce((SELECT sum(amount) FROM r WHERE target = a.id), 0)
WHERE a.id = %(account)s"""


def settle(account: UUID, at: datetime) -> None:
    """Unused credit of the account settles what is owed on it, until one of the two is used up (R65)."""
    sources = [_source(row) for row in db.fetch(SOURCES, {"account": account})]
    if sources:
        write(account, allocate(sources, _debits(account, sources)), at)


def _source(row: Row) -> Source:
    return Source(row["id"], row["left"], tuple(row["names"]))


def _debits(account: UUID, sources: Sequence[Source]) -> list[Debit]:
    wanted = {
        "unused": sum(source.left for source in sources),
        "names": [name for source in sources for name in source.names],
    }
    return [Debit(row["id"], row["open"]) for row in db.fetch(DEBITS, {"account": account, **wanted})]


def write(account: UUID, allocations: Collection[Allocation], at: datetime) -> None:
    """Writes down these allocations, with what they leave of their sources and of what they settle. What
    a card's payment is earmarked for is not among them."""
    if allocations:
        rows = [_row(each) for each in allocations]
        lock_invoices([id_ for each in allocations for id_ in (each.source, each.target)])
        db.fetch(WRITE, {"account": account, "rows": db.json(rows), "at": at})


LOCK_INVOICES: Final = "SELECT id FROM invoice WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE"


def lock_invoices(ids: Sequence[UUID]) -> None:
    """Those of these that are invoices, locked in the one order for whoever changes several: who settles
    and who numbers would else get in each other's way."""
    db.fetch(LOCK_INVOICES, {"ids": list(ids)})


def _row(allocation: Allocation) -> Row:
    return {
        "id": db.new_id(),
        "source": allocation.source,
        "target": allocation.target,
        "amount": allocation.amount,
    }


# What is taken back -------------------------------------------------------------------------

# What is left of each pair, the one that was settled last first.
SETTLED: Final = """
SELECT l.source_id AS source, l.target_id AS target, sum(l.amount_minor)::int8 AS amount
FROM allocation l LEFT JOIN refund f ON f.id = l.target_id
WHERE l.account_id = %(account)s AND {which} GROUP BY l.source_id, l.target_id
HAVING sum(l.amount_minor) > 0 ORDER BY max(l.id::text) DESC"""

OF_INVOICE: Final = SETTLED.format(which="(l.source_id = %(id)s OR l.target_id = %(id)s)")
OF_PAYMENT: Final = SETTLED.format(which="l.source_id = %(id)s AND f.id IS NULL")
BY_HAND: Final = SETTLED.format(
    which="""f.id IS NULL AND l.source_id = ANY(%(account)s::uuid || ARRAY(SELECT p.id FROM payment p
      WHERE p.account_id = %(account)s AND p.order_id IS NULL))"""
)
LEFT: Final = "SELECT id, left_minor AS left, ARRAY[]::uuid[] AS names FROM payment WHERE id = %(id)s"
CARDS: Final = """
SELECT id FROM payment WHERE account_id = %(account)s AND order_id IS NOT NULL AND left_minor > 0"""


def of_invoice(account: UUID, invoice: UUID) -> list[Allocation]:
    """What settles the invoice, or what it settles, the newest first."""
    return _settled(OF_INVOICE, account, invoice)


def take_back(account: UUID, invoice: UUID, at: datetime) -> None:
    """Nothing settles this invoice any more, and it settles nothing. A refund that was drawn on it is
    drawn on what else came in."""
    settled = of_invoice(account, invoice)
    write(account, undone(settled), at)
    for each in settled:
        if each.source == invoice and _is_refund(each.target):
            draw(account, each.amount, into=each.target, payment=None, at=at, without=invoice)


def draw(  # noqa: PLR0913 - how much, of what, into what
    account: UUID,
    amount: int,
    *,
    into: UUID,
    payment: UUID | None,
    at: datetime,
    without: UUID | None = None,
) -> None:
    """Credit for a refund: of the payment that it names, or first whatever is unused and then the newest
    settlements of what was paid by hand. A card's payment goes back to its card alone."""
    if payment:
        sources = [_source(row) for row in db.fetch(LEFT, {"id": payment})]
        settled = _settled(OF_PAYMENT, account, payment)
    else:
        cards = {row["id"] for row in db.fetch(CARDS, {"account": account})} | {without}
        unused = (_source(row) for row in db.fetch(SOURCES, {"account": account}))
        sources = [source for source in unused if source.id not in cards]
        settled = _settled(BY_HAND, account, account)
    write(account, drawn(amount, into, sources, settled), at)


def _settled(statement: str, account: UUID, id_: UUID) -> list[Allocation]:
    rows = db.fetch(statement, {"account": account, "id": id_})
    return [Allocation(row["source"], row["target"], row["amount"]) for row in rows]


def _is_refund(id_: UUID) -> bool:
    return db.fetch_one("SELECT id FROM refund WHERE id = %(id)s", {"id": id_}) is not None


# What cards get back ------------------------------------------------------------------------

ASKED: Final = """
UPDATE refund SET done_at = %(at)s WHERE id = %(id)s AND done_at IS NULL RETURNING id"""

UNDELIVERED: Final = """
WITH refund_ AS (INSERT INTO refund (id, account_id, payment_id, amount_minor, reason, at, done_at)
  VALUES (%(id)s, %(account)s, %(payment)s, %(amount)s, %(reason)s, %(at)s, %(at)s)),
allocation_ AS (INSERT INTO allocation (id, account_id, source_id, target_id, amount_minor, at)
  VALUES (%(allocation)s, %(account)s, %(payment)s, %(id)s, %(amount)s, %(at)s))
UPDATE payment SET earmarked_minor = earmarked_minor - %(amount)s WHERE id = %(payment)s"""

NOT_DELIVERED: Final = "Not delivered."


def give_back(account: UUID, refund: UUID, payment: UUID, amount: int, at: datetime) -> None:
    """The gateway has given a card its money back: what a seller asked for opens again what it had
    settled; what was not delivered was earmarked still (R53)."""
    if db.fetch_one(ASKED, {"id": refund, "at": at}):
        draw(account, amount, into=refund, payment=payment, at=at)
        settle(account, at)
        return
    rows = {"id": refund, "account": account, "payment": payment, "amount": amount, "at": at}
    db.fetch(UNDELIVERED, rows | {"allocation": db.new_id(), "reason": NOT_DELIVERED})

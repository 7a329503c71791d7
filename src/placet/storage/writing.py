"""An order into the tables: what differs from before, in one statement.

The statement is put together from parts, one a table, each fed from one JSON parameter; a part whose
table has nothing to write is left out. So a transition costs one round trip however many rows it has,
and the few combinations that occur are each planned once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from placet.domain import order as o
from placet.domain.invoicing import captured
from placet.domain.words import EntryKind, InvoiceKind, InvoiceStatus, ReservationState
from placet.storage import db, event_log, settling, tally
from placet.storage.db import Row
from placet.storage.facts import lock_accounts
from placet.storage.retrying import retry_due

Rows = list[Row]


@dataclass(frozen=True, slots=True)
class Table:
    """How rows go into one table: `columns` with their types; on `key`, what is there already has
    its `changes` overwritten."""

    columns: str
    key: str = ""
    changes: tuple[str, ...] = ()

    def part(self, name: str) -> str:
        """The insert as one part of the statement."""
        names = ", ".join(column.split()[0] for column in self.columns.split(", "))
        overwrite = ", ".join(f"{column} = EXCLUDED.{column}" for column in self.changes)
        conflict = f" ON CONFLICT ({self.key}) DO UPDATE SET {overwrite}" if self.changes else ""
        return (
            f"{name}_ AS (INSERT INTO {name} ({names}) SELECT {names} FROM "
            f"jsonb_to_recordset(%(rows)s::jsonb -> '{name}') AS r({self.columns}){conflict})"
        )


TABLES: Final = {
    "order_link": Table(
        "order_id uuid, tier int2, contract_id uuid, account_id uuid, seller_id uuid, buyer_id uuid, "
        "currency text, tax_rate numeric, payment_method text, net_minor int8, tax_minor int8, "
        "gross_minor int8, placed_at timestamptz",
        "order_id, tier",
        ("payment_method",),
    ),
    "sub_order": Table(
        "id uuid, order_id uuid, position int2, vendor_id uuid, asked_at timestamptz, tries int2, "
        "due_at timestamptz",
        "id",
        ("asked_at", "due_at"),
    ),
    "order_line": Table(
        "id uuid, order_id uuid, position int2, product_id uuid, vendor_id uuid, sub_order_id uuid, "
        "quantity int4, manual bool, trial bool, state text, reason text, unanswered bool, "
        "cancelling bool, service_details jsonb, subscription_id uuid",
        "id",
        ("sub_order_id", "state", "reason", "unanswered", "cancelling", "subscription_id"),
    ),
    "order_line_price": Table(
        "order_id uuid, line_id uuid, tier int2, unit_minor int8, discount_percent numeric, "
        "discount_minor int8, net_minor int8, tax_minor int8, gross_minor int8"
    ),
    "approval_step": Table(
        "id uuid, order_id uuid, tier int2, approver_id uuid, status text, reasons jsonb",
        "id",
        ("status", "reasons"),
    ),
    "decision": Table(
        "id uuid, step_id uuid, organization_id uuid, decision text, by jsonb, how text, comment text, "
        "at timestamptz"
    ),
    "validation_check": Table(
        "order_id uuid, run int2, position int2, name text, tier int2, result text, detail jsonb, "
        "at timestamptz"
    ),
    "reservation": Table(
        "order_id uuid, line_id uuid, account_id uuid, amount_minor int8, state text",
        "order_id, line_id, account_id",
        ("state",),
    ),
    "charge_attempt": Table(
        "id uuid, order_id uuid, contract_id uuid, tier int2, attempt int2, gateway text, token text, "
        "amount_minor int8, currency text, state text, reference text, reason text, starts uuid[], "
        "tries int2, created_at timestamptz, asked_at timestamptz, due_at timestamptz, merchant_id uuid",
        "id",
        ("state", "reference", "reason", "asked_at", "due_at"),
    ),
    "charge_refund": Table(
        "id uuid, order_id uuid, charge_id uuid, amount_minor int8, attempt int2, tries int2, reason text, "
        "asked_at timestamptz, failed_at timestamptz, done_at timestamptz, due_at timestamptz",
        "id",
        ("attempt", "reason", "asked_at", "failed_at", "done_at", "due_at"),
    ),
    "subscription": Table(
        "id uuid, buyer_id uuid, product_id uuid, order_id uuid, line_id uuid, priced_line_id uuid, "
        "status text, quantity int4, trial bool, vendor_reference text, started_at timestamptz, "
        "period_from date, renews_on date, term_ends_on date, suspended_at timestamptz, "
        "ended_at timestamptz",
        "id",
        (
            "product_id",
            "priced_line_id",
            "status",
            "quantity",
            "trial",
            "vendor_reference",
            "period_from",
            "renews_on",
            "term_ends_on",
            "suspended_at",
            "ended_at",
        ),
    ),
    "invoice_line": Table(
        "id uuid, invoice_id uuid, line_id uuid, subscription_id uuid, product_id uuid, quantity int4, "
        "net_minor int8, tax_minor int8, period_from date, period_until date, description text, "
        "credits_id uuid"
    ),
    "payment": Table(
        "id uuid, account_id uuid, amount_minor int8, left_minor int8, earmarked_minor int8, order_id uuid, "
        "note text, at timestamptz"
    ),
    "allocation": Table(
        "id uuid, account_id uuid, source_id uuid, target_id uuid, amount_minor int8, at timestamptz"
    ),
}

NEW_ORDER: Final = """
orders_ AS (INSERT INTO orders (id, number, kind, status, version, buyer_id, top_seller_id, placer_id,
    placed_by, placed_at, expires_at, approval_order, subscription_id, change, billing, note, warning,
    rejection, released, closed_at, imported_as)
  SELECT id, 'PL-' || lpad(n::text, greatest(6, length(n::text)), '0'), kind, status, version, buyer_id,
    top_seller_id, placer_id, placed_by, placed_at, expires_at, approval_order, subscription_id, change,
    billing, note, warning, rejection, released, closed_at, imported_as
  FROM jsonb_to_record(%(rows)s::jsonb -> 'orders') AS r(id uuid, kind text, status text, version int4,
    buyer_id uuid, top_seller_id uuid, placer_id uuid, placed_by jsonb, placed_at timestamptz,
    expires_at timestamptz, approval_order text, subscription_id uuid, change jsonb, billing jsonb,
    note text, warning jsonb, rejection jsonb, released jsonb, closed_at timestamptz, imported_as text),
    nextval(%(numbers)s::text::regclass) AS n
  RETURNING number)"""

CHANGED_ORDER: Final = """
orders_ AS (UPDATE orders SET status = r.status, version = r.version, warning = r.warning,
    rejection = r.rejection, released = r.released, closed_at = r.closed_at, change = r.change
  FROM jsonb_to_record(%(rows)s::jsonb -> 'orders') AS r(id uuid, status text, version int4,
    warning jsonb, rejection jsonb, released jsonb, closed_at timestamptz, change jsonb)
  WHERE orders.id = r.id RETURNING number)"""

ACCOUNTS: Final = f"""
accounts_ AS (UPDATE credit_account a SET reserved_minor = a.reserved_minor + r.reserved,
    balance_minor = a.balance_minor + r.balance, unused_minor = a.unused_minor + r.unused,
    retry_due_at = {retry_due("r.reserved + r.balance < 0")}
  FROM jsonb_to_recordset(%(rows)s::jsonb -> 'accounts') AS r(id uuid, reserved int8, balance int8,
    unused int8)
  WHERE a.id = r.id RETURNING a.id, a.balance_minor)"""

ENTRIES: Final = """
entries_ AS (INSERT INTO account_entry (id, account_id, kind, amount_minor, balance_minor, order_id,
    invoice_id, by, note, at)
  SELECT r.id, r.account_id, r.kind, r.amount_minor, a.balance_minor - r.later, r.order_id, r.invoice_id,
    r.by, '', r.at
  FROM jsonb_to_recordset(%(rows)s::jsonb -> 'entries') AS r(id uuid, account_id uuid, kind text,
    amount_minor int8, later int8, place int4, order_id uuid, invoice_id uuid, by jsonb, at timestamptz)
  JOIN accounts_ a ON a.id = r.account_id ORDER BY r.place)"""

EARMARKED: Final = """
earmarked_ AS (UPDATE payment p SET earmarked_minor = p.earmarked_minor - r.amount
  FROM (SELECT id, sum(amount)::int8 AS amount FROM jsonb_to_recordset(%(rows)s::jsonb -> 'earmarked')
    AS r(id uuid, amount int8) GROUP BY id) r WHERE p.id = r.id)"""

INVOICES: Final = """
invoices_ AS (INSERT INTO invoice (id, kind, status, seller_id, buyer_id, contract_id, order_id,
    sub_order_id, currency, net_minor, tax_minor, total_minor, open_minor, issued_at, issued_on, due_on)
  SELECT r.id, r.kind, r.status, c.seller_id, c.buyer_id, c.id, r.order_id, r.sub_order_id,
    c.currency, r.net_minor, r.tax_minor, r.net_minor + r.tax_minor, r.open_minor, r.at, day.issued_on,
    day.issued_on + CASE r.kind WHEN 'credit' THEN 0 ELSE c.payment_days END
  FROM jsonb_to_recordset(%(rows)s::jsonb -> 'invoices') AS r(id uuid, kind text, status text,
    contract_id uuid, order_id uuid, sub_order_id uuid, net_minor int8, tax_minor int8,
    open_minor int8, at timestamptz)
  JOIN contract c ON c.id = r.contract_id JOIN organization s ON s.id = c.seller_id
  CROSS JOIN LATERAL (SELECT (r.at AT TIME ZONE s.time_zone)::date AS issued_on) day)"""

PARTS: Final[dict[str, str]] = {
    "accounts": ACCOUNTS,
    "entries": ENTRIES,
    "earmarked": EARMARKED,
    "invoices": INVOICES,
    "events": event_log.EVENTS,
    **{name: table.part(name) for name, table in TABLES.items()},
}


@cache
def statement(order_part: str, parts: tuple[str, ...]) -> str:
    """The one statement that writes these parts."""
    return f"WITH {', '.join([order_part, *(PARTS[p] for p in parts)])} SELECT number FROM orders_"


def insert(order: o.Order) -> str:
    """Writes a new order with everything about it; answers the number it was given."""
    numbers = db.number_sequence(order.parties[-1].id)
    number = _run(NEW_ORDER, _rows(None, order), numbers=numbers)
    _settle(order)
    return number


def update(before: o.Order, after: o.Order) -> None:
    """Writes down what differs. `before` is the order as it was locked; accounts that change are locked
    first, by id, in a statement of its own: one that locked and changed a row under an older snapshot
    could wait for those who wait for it."""
    if after is before:
        return
    rows, unused = _rows(before, after), {}
    if rows["accounts"]:
        unused = lock_accounts([row["id"] for row in rows["accounts"]])
    _run(CHANGED_ORDER, rows)
    _settle(after, unused)


def update_with_payers(before: o.Order, after: o.Order) -> None:
    """The same, where `facts.locked_payers` has locked the accounts of the whole chain already."""
    if after is not before:
        _run(CHANGED_ORDER, _rows(before, after))
        _settle(after)


def _settle(order: o.Order, unused: Mapping[UUID, int] | None = None) -> None:
    """What was given back to a card, and what is credited, settles what it ought to; and so does unused
    credit of accounts that were invoiced, of which there is mostly none (R62, R65)."""
    for movement in order.card_movements:
        if movement.refund:
            account = order.links[movement.tier - 1].account
            settling.give_back(account, movement.refund, movement.charge, movement.amount, movement.at)
    if not order.invoices:
        return
    billed = {order.links[invoice.tier - 1].account for invoice in order.invoices}
    unused = lock_accounts(sorted(billed)) if unused is None else unused
    credited = {
        order.links[invoice.tier - 1].account
        for invoice in order.invoices
        if invoice.kind is InvoiceKind.CREDIT
    }
    for account in sorted(billed):
        if account in credited or unused[account]:
            settling.settle(account, order.events[-1].at)


def _run(order_part: str, rows: Row, **parameters: object) -> str:
    parts = tuple(name for name in PARTS if rows.get(name))
    found = db.fetch_one(statement(order_part, parts), {"rows": db.json(rows), **parameters})
    assert found is not None, "an order that is written has its row"
    tally.recorded([event["type"] for event in rows["events"]], rows["orders"]["id"])
    return str(found["number"])


def _rows(before: o.Order | None, after: o.Order) -> Row:
    """The rows to write, by part; parts without rows do not appear in the statement."""
    changed = _changed
    was = before or _NOTHING
    order, entries, by_card = after.id, _entries(after), _paid_by_card(after)
    return {
        "orders": _order_row(after),
        "order_link": [_link(after, x) for x in changed(was.links, after.links)],
        "sub_order": [_sub_order(order, x) for x in changed(was.sub_orders, after.sub_orders)],
        "order_line": [_line(order, x) for x in changed(was.lines, after.lines)],
        "order_line_price": [] if before else _prices(after),
        "approval_step": [_step(after, x) for x in changed(was.steps, after.steps)],
        "decision": _decisions(was.steps, after.steps),
        "validation_check": [_check(order, x) for x in after.checks[len(was.checks) :]],
        "reservation": [_reservation(order, x) for x in changed(was.reservations, after.reservations)],
        "charge_attempt": [_charge(order, x) for x in changed(was.charges, after.charges)],
        "charge_refund": [_refund(order, x) for x in changed(was.refunds, after.refunds)],
        "subscription": [_subscription(after, x) for x in after.subscriptions],
        "invoices": [_invoice(after, x) for x in after.invoices],
        "invoice_line": [_invoice_line(i, x) for i in after.invoices for x in i.lines],
        "payment": [_payment(after, m) for m in after.card_movements if not m.refund],
        "allocation": by_card,
        "earmarked": [{"id": paid["source_id"], "amount": paid["amount_minor"]} for paid in by_card],
        "accounts": _account_deltas(was, after, entries),
        "entries": entries,
        "events": [event_log.row_of(x, order) for x in after.events],
    }


@dataclass(frozen=True, slots=True)
class _Nothing:
    """What stood before a new order: nothing."""

    links: tuple[o.Link, ...] = ()
    sub_orders: tuple[o.SubOrder, ...] = ()
    lines: tuple[o.Line, ...] = ()
    steps: tuple[o.Step, ...] = ()
    checks: tuple[o.Check, ...] = ()
    reservations: tuple[o.Reservation, ...] = ()
    charges: tuple[o.Charge, ...] = ()
    refunds: tuple[o.Refund, ...] = ()


_NOTHING: Final = _Nothing()


def _changed[T](before: tuple[T, ...], after: tuple[T, ...]) -> Iterable[T]:
    """What is new or other than before."""
    if before is after:
        return ()
    kept = {id(item) for item in before}
    return [item for item in after if id(item) not in kept]


def _order_row(order: o.Order) -> Row:
    return {
        "id": order.id,
        "kind": order.kind,
        "status": order.status,
        "version": order.version,
        "buyer_id": order.parties[0].id,
        "top_seller_id": order.parties[-1].id,
        "placer_id": order.placer.id,
        "placed_by": order.placed_by,
        "placed_at": order.placed_at,
        "expires_at": order.expires_at,
        "approval_order": order.approval_order,
        "subscription_id": order.change.subscription if order.change else None,
        "change": _change(order.change) if order.change else None,
        "billing": order.billing,
        "note": order.note,
        "warning": _as_dict(order.warning),
        "rejection": _as_dict(order.rejection),
        "released": [_as_dict(release) for release in order.releases] or None,
        "closed_at": order.closed_at,
        "imported_as": order.imported_as,
    }


def _change(change: o.Change) -> Row:
    return {
        "does": change.does,
        "before": _content(change.before),
        "after": _content(change.after),
        "rest": [change.rest.first, change.rest.until] if change.rest else None,
        "debits": change.debits,
        "credits": [[c.tier, c.debit, c.quantity, c.net, c.tax] for c in change.credits],
        "billed": change.billed,
    }


def _content(content: o.Content) -> list[Any]:
    return [content.product.id, content.product.ref, content.product.name, content.quantity]


def _as_dict(value: Any) -> Row | None:  # noqa: ANN401 - any small dataclass with slots
    return {name: getattr(value, name) for name in value.__slots__} if value else None


def _link(order: o.Order, link: o.Link) -> Row:
    return {
        "order_id": order.id,
        "tier": link.tier,
        "contract_id": link.contract,
        "account_id": link.account,
        "seller_id": link.seller.id,
        "buyer_id": link.buyer.id,
        "currency": link.currency,
        "tax_rate": link.tax_rate,
        "payment_method": link.payment_method,
        "net_minor": link.net,
        "tax_minor": link.tax,
        "gross_minor": link.gross,
        "placed_at": order.placed_at,
    }


def _sub_order(order: UUID, sub: o.SubOrder) -> Row:
    return {
        "id": sub.id,
        "order_id": order,
        "position": sub.position,
        "vendor_id": sub.vendor.id,
        "asked_at": sub.asked_at,
        "tries": 0,
        "due_at": sub.due_at,
    }


def _line(order: UUID, line: o.Line) -> Row:
    return {
        "id": line.id,
        "order_id": order,
        "position": line.position,
        "product_id": line.product.id,
        "vendor_id": line.vendor.id,
        "sub_order_id": line.sub_order,
        "quantity": line.quantity,
        "manual": line.manual,
        "trial": line.trial,
        "state": line.state,
        "reason": line.reason,
        "unanswered": line.unanswered,
        "cancelling": line.cancelling,
        "service_details": line.service_details,
        "subscription_id": line.subscription,
    }


def _prices(order: o.Order) -> Rows:
    return [
        {
            "order_id": order.id,
            "line_id": line.id,
            "tier": tier,
            "unit_minor": price.unit,
            "discount_percent": price.discount_percent,
            "discount_minor": price.discount,
            "net_minor": price.net,
            "tax_minor": price.tax,
            "gross_minor": price.gross,
        }
        for line in order.lines
        for tier, price in enumerate(line.prices, start=1)
    ]


def _step(order: o.Order, step: o.Step) -> Row:
    return {
        "id": step.id,
        "order_id": order.id,
        "tier": step.tier,
        "approver_id": order.parties[step.tier].id,
        "status": step.status,
        "reasons": [reason.as_json() for reason in step.reasons],
    }


def _decisions(before: tuple[o.Step, ...], after: tuple[o.Step, ...]) -> Rows:
    known = {step.decision.id for step in before if step.decision}
    return [
        {
            "id": step.decision.id,
            "step_id": step.id,
            "organization_id": step.decision.organization,
            "decision": step.decision.verdict,
            "by": step.decision.by,
            "how": step.decision.how,
            "comment": step.decision.comment,
            "at": step.decision.at,
        }
        for step in after
        if step.decision and step.decision.id not in known
    ]


def _check(order: UUID, check: o.Check) -> Row:
    return {
        "order_id": order,
        "run": check.run,
        "position": check.position,
        "name": check.name,
        "tier": check.tier,
        "result": check.result,
        "detail": check.detail,
        "at": check.at,
    }


def _reservation(order: UUID, held: o.Reservation) -> Row:
    return {
        "order_id": order,
        "line_id": held.line,
        "account_id": held.account,
        "amount_minor": held.amount,
        "state": held.state,
    }


def _charge(order: UUID, charge: o.Charge) -> Row:
    return {
        "id": charge.id,
        "order_id": order,
        "contract_id": charge.contract,
        "tier": charge.tier,
        "attempt": charge.attempt,
        "gateway": charge.gateway,
        "token": charge.token,
        "amount_minor": charge.amount,
        "currency": charge.currency,
        "state": charge.state,
        "reference": charge.reference,
        "reason": charge.reason,
        "starts": charge.starts,
        "tries": 0,
        "created_at": charge.created_at,
        "asked_at": charge.asked_at,
        "due_at": charge.due_at,
        "merchant_id": charge.merchant,
    }


def _refund(order: UUID, refund: o.Refund) -> Row:
    return {
        "id": refund.id,
        "order_id": order,
        "charge_id": refund.charge,
        "amount_minor": refund.amount,
        "attempt": refund.attempt,
        "tries": 0,
        "reason": refund.reason,
        "asked_at": refund.asked_at,
        "failed_at": refund.failed_at,
        "done_at": refund.done_at,
        "due_at": refund.due_at,
    }


def _subscription(order: o.Order, held: o.Subscription) -> Row:
    return {
        "id": held.id,
        "buyer_id": order.parties[0].id,
        "product_id": held.product,
        "order_id": held.order,
        "line_id": held.line,
        "priced_line_id": held.priced_line,
        "status": held.status,
        "quantity": held.quantity,
        "trial": held.trial,
        "vendor_reference": held.vendor_reference,
        "started_at": held.started_at,
        "period_from": held.period.first if held.period else None,
        "renews_on": held.period.until if held.period else None,
        "term_ends_on": held.term_ends_on,
        "suspended_at": held.suspended_at,
        "ended_at": held.ended_at,
    }


def _invoice(order: o.Order, invoice: o.Invoice) -> Row:
    return {
        "id": invoice.id,
        "kind": invoice.kind,
        "status": InvoiceStatus.UNPAID if invoice.open else InvoiceStatus.PAID,
        "contract_id": order.links[invoice.tier - 1].contract,
        "order_id": order.id,
        "sub_order_id": invoice.sub_order,
        "net_minor": invoice.net,
        "tax_minor": invoice.tax,
        "open_minor": invoice.open,
        "at": order.events[-1].at,
    }


def _invoice_line(invoice: o.Invoice, line: o.InvoiceLine) -> Row:
    return {
        "id": line.id,
        "invoice_id": invoice.id,
        "line_id": line.line,
        "subscription_id": line.subscription,
        "product_id": line.product,
        "quantity": line.quantity,
        "net_minor": line.net,
        "tax_minor": line.tax,
        "period_from": line.period.first if line.period else None,
        "period_until": line.period.until if line.period else None,
        "description": line.description,
        "credits_id": line.credits,
    }


def _payment(order: o.Order, paid: o.CardMovement) -> Row:
    """What a card paid: its charge's id, all of it for this order's lines."""
    return {
        "id": paid.charge,
        "account_id": order.links[paid.tier - 1].account,
        "amount_minor": -paid.amount,
        "left_minor": 0,
        "earmarked_minor": -paid.amount,
        "order_id": order.id,
        "note": "",
        "at": paid.at,
    }


def _paid_by_card(order: o.Order) -> Rows:
    """What the order's own card payments settle of its new invoices: they were made that much less open."""
    return [
        {
            "id": db.new_id(),
            "account_id": order.links[invoice.tier - 1].account,
            "source_id": charge.id,
            "target_id": invoice.id,
            "amount_minor": invoice.total - invoice.open,
            "at": order.events[-1].at,
        }
        for invoice in order.invoices
        if invoice.total > invoice.open and (charge := captured(order, invoice.tier))
    ]


def _account_deltas(before: o.Order | _Nothing, after: o.Order, entries: Rows) -> Rows:
    """What each account's reserved and balance change by: the difference of the open reservations, and
    what was invoiced and paid; and its unused credit, by what was credited."""
    reserved, balance, unused = _Sums(), _Sums(), _Sums()
    if before.reservations is not after.reservations:
        for held in before.reservations:
            reserved.add(held.account, -_open(held))
        for held in after.reservations:
            reserved.add(held.account, _open(held))
    for entry in entries:
        balance.add(entry["account_id"], entry["amount_minor"])
    for invoice in after.invoices:
        if invoice.kind is InvoiceKind.CREDIT:
            unused.add(after.links[invoice.tier - 1].account, invoice.open)
    touched = [a for a in reserved.keys() | balance.keys() if reserved.get(a) or a in balance]
    return [
        {"id": a, "reserved": reserved.get(a, 0), "balance": balance.get(a, 0), "unused": unused.get(a, 0)}
        for a in sorted(touched)
    ]


class _Sums(dict[UUID, int]):
    """Amounts by account."""

    def add(self, account: UUID, amount: int) -> None:
        self[account] = self.get(account, 0) + amount


def _open(held: o.Reservation) -> int:
    return held.amount if held.state is ReservationState.OPEN else 0


def _entries(order: o.Order) -> Rows:
    """The movements of balance that this change makes, in their order. `later` is what those after it on
    the same account make: so each can say the balance that it led to."""
    billed = [_invoiced(order, invoice) for invoice in order.invoices]
    rows = billed + [_moved_by_card(order, movement) for movement in order.card_movements]
    later = _Sums()
    for place in reversed(range(len(rows))):
        account = rows[place]["account_id"]
        rows[place] |= {"place": place, "later": later.get(account, 0)}
        later.add(account, rows[place]["amount_minor"])
    return rows


def _invoiced(order: o.Order, invoice: o.Invoice) -> Row:
    at = order.events[-1].at
    if invoice.kind is InvoiceKind.CREDIT:
        kind, amount = EntryKind.CREDIT_INVOICE, -invoice.total
    else:
        kind, amount = EntryKind.INVOICE, invoice.total
    return _entry(order, db.new_id(), invoice.tier, kind, amount, at) | {"invoice_id": invoice.id}


def _moved_by_card(order: o.Order, movement: o.CardMovement) -> Row:
    """Its entry has the payment's or the refund's own id."""
    kind = EntryKind.REFUND if movement.refund else EntryKind.PAYMENT
    id_ = movement.refund or movement.charge
    return _entry(order, id_, movement.tier, kind, movement.amount, movement.at)


def _entry(  # noqa: PLR0913, PLR0917 - the columns
    order: o.Order, id_: UUID, tier: int, kind: EntryKind, amount: int, at: datetime
) -> Row:
    return {
        "id": id_,
        "account_id": order.links[tier - 1].account,
        "kind": kind,
        "amount_minor": amount,
        "order_id": order.id,
        "invoice_id": None,
        "at": at,
    }

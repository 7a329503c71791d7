"""An order into the tables: what differs from before, in one statement.

The statement is put together from parts, one a table, each fed from one JSON parameter; a part whose
table has nothing to write is left out. So a transition costs one round trip however many rows it has,
and the few combinations that occur are each planned once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from placet.domain import order as o
from placet.domain.words import EntryKind, InvoiceStatus, ReservationState
from placet.storage import db, event_log
from placet.storage.db import Row
from placet.storage.facts import lock_accounts

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
        "gross_minor int8",
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
        "order_id uuid, line_id uuid, tier int2, unit_minor int8, discount_minor int8, net_minor int8, "
        "tax_minor int8, gross_minor int8"
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
        "tries int2, created_at timestamptz, asked_at timestamptz, due_at timestamptz",
        "id",
        ("state", "reference", "reason", "asked_at", "due_at"),
    ),
    "charge_refund": Table(
        "id uuid, order_id uuid, charge_id uuid, amount_minor int8, done_at timestamptz, due_at timestamptz",
        "id",
        ("done_at", "due_at"),
    ),
    "subscription": Table(
        "id uuid, buyer_id uuid, product_id uuid, order_id uuid, line_id uuid, status text, "
        "quantity int4, trial bool, vendor_reference text, started_at timestamptz, renews_on date"
    ),
    "invoice_line": Table(
        "id uuid, invoice_id uuid, line_id uuid, product_id uuid, quantity int4, net_minor int8, "
        "tax_minor int8"
    ),
}

NEW_ORDER: Final = """
orders_ AS (INSERT INTO orders (id, number, kind, status, version, buyer_id, top_seller_id, placer_id,
    placed_by, placed_at, expires_at, approval_order, billing, note, warning, rejection, released,
    closed_at)
  SELECT id, 'PL-' || lpad(n::text, greatest(6, length(n::text)), '0'), kind, status, version, buyer_id,
    top_seller_id, placer_id, placed_by, placed_at, expires_at, approval_order, billing, note, warning,
    rejection, released, closed_at
  FROM jsonb_to_record(%(rows)s::jsonb -> 'orders') AS r(id uuid, kind text, status text, version int4,
    buyer_id uuid, top_seller_id uuid, placer_id uuid, placed_by jsonb, placed_at timestamptz,
    expires_at timestamptz, approval_order text, billing jsonb, note text, warning jsonb,
    rejection jsonb, released jsonb, closed_at timestamptz),
    nextval(%(numbers)s::text::regclass) AS n
  RETURNING number)"""

CHANGED_ORDER: Final = """
orders_ AS (UPDATE orders SET status = r.status, version = r.version, warning = r.warning,
    rejection = r.rejection, released = r.released, closed_at = r.closed_at
  FROM jsonb_to_record(%(rows)s::jsonb -> 'orders') AS r(id uuid, status text, version int4,
    warning jsonb, rejection jsonb, released jsonb, closed_at timestamptz)
  WHERE orders.id = r.id RETURNING number)"""

ACCOUNTS: Final = """
accounts_ AS (UPDATE credit_account a SET reserved_minor = a.reserved_minor + r.reserved,
    balance_minor = a.balance_minor + r.balance
  FROM jsonb_to_recordset(%(rows)s::jsonb -> 'accounts') AS r(id uuid, reserved int8, balance int8)
  WHERE a.id = r.id RETURNING a.id, a.balance_minor)"""

ENTRIES: Final = """
entries_ AS (INSERT INTO account_entry (id, account_id, kind, amount_minor, balance_minor, order_id,
    invoice_id, by, note, at)
  SELECT r.id, r.account_id, r.kind, r.amount_minor, a.balance_minor, r.order_id, r.invoice_id, r.by,
    '', r.at
  FROM jsonb_to_recordset(%(rows)s::jsonb -> 'entries') AS r(id uuid, account_id uuid, kind text,
    amount_minor int8, order_id uuid, invoice_id uuid, by jsonb, at timestamptz)
  JOIN accounts_ a ON a.id = r.account_id)"""

INVOICES: Final = """
invoices_ AS (INSERT INTO invoice (id, kind, status, seller_id, buyer_id, contract_id, order_id,
    sub_order_id, currency, net_minor, tax_minor, total_minor, open_minor, issued_at, issued_on, due_on)
  SELECT r.id, 'debit', r.status, c.seller_id, c.buyer_id, c.id, r.order_id, r.sub_order_id,
    c.currency, r.net_minor, r.tax_minor, r.net_minor + r.tax_minor, r.open_minor, r.at, day.issued_on,
    day.issued_on + c.payment_days
  FROM jsonb_to_recordset(%(rows)s::jsonb -> 'invoices') AS r(id uuid, status text, contract_id uuid,
    order_id uuid, sub_order_id uuid, net_minor int8, tax_minor int8, open_minor int8, at timestamptz)
  JOIN contract c ON c.id = r.contract_id JOIN organization s ON s.id = c.seller_id
  CROSS JOIN LATERAL (SELECT (r.at AT TIME ZONE s.time_zone)::date AS issued_on) day)"""

PARTS: Final[dict[str, str]] = {
    "accounts": ACCOUNTS,
    "entries": ENTRIES,
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
    return _run(NEW_ORDER, _rows(None, order), numbers=numbers)


def update(before: o.Order, after: o.Order) -> None:
    """Writes down what differs. `before` is the order as it was locked; accounts that change are locked
    first, by id, in a statement of its own: one that locked and changed a row under an older snapshot
    could wait for those who wait for it."""
    if after is before:
        return
    rows = _rows(before, after)
    if rows["accounts"]:
        lock_accounts([row["id"] for row in rows["accounts"]])
    _run(CHANGED_ORDER, rows)


def update_with_payers(before: o.Order, after: o.Order) -> None:
    """The same, where `facts.locked_payers` has locked the accounts of the whole chain already."""
    if after is not before:
        _run(CHANGED_ORDER, _rows(before, after))


def _run(order_part: str, rows: Row, **parameters: object) -> str:
    parts = tuple(name for name in PARTS if rows.get(name))
    found = db.fetch_one(statement(order_part, parts), {"rows": db.json(rows), **parameters})
    assert found is not None, "an order that is written has its row"
    return str(found["number"])


def _rows(before: o.Order | None, after: o.Order) -> Row:
    """The rows to write, by part; parts without rows do not appear in the statement."""
    changed = _changed
    was = before or _NOTHING
    order = after.id
    return {
        "orders": _order_row(after),
        "order_link": [_link(order, x) for x in changed(was.links, after.links)],
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
        "accounts": _account_deltas(was, after),
        "entries": _entries(after),
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
        "billing": order.billing,
        "note": order.note,
        "warning": _as_dict(order.warning),
        "rejection": _as_dict(order.rejection),
        "released": [_as_dict(release) for release in order.releases] or None,
        "closed_at": order.closed_at,
    }


def _as_dict(value: Any) -> Row | None:  # noqa: ANN401 - any small dataclass with slots
    return {name: getattr(value, name) for name in value.__slots__} if value else None


def _link(order: UUID, link: o.Link) -> Row:
    return {
        "order_id": order,
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
    }


def _refund(order: UUID, refund: o.Refund) -> Row:
    return {
        "id": refund.id,
        "order_id": order,
        "charge_id": refund.charge,
        "amount_minor": refund.amount,
        "done_at": refund.done_at,
        "due_at": refund.due_at,
    }


def _subscription(order: o.Order, made: o.Subscription) -> Row:
    return {
        "id": made.id,
        "buyer_id": order.parties[0].id,
        "product_id": made.product,
        "order_id": order.id,
        "line_id": made.line,
        "status": "active",
        "quantity": made.quantity,
        "trial": made.trial,
        "vendor_reference": made.vendor_reference,
        "started_at": order.events[-1].at,
        "renews_on": made.renews_on,
    }


def _invoice(order: o.Order, invoice: o.Invoice) -> Row:
    return {
        "id": invoice.id,
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
        "product_id": line.product,
        "quantity": line.quantity,
        "net_minor": line.net,
        "tax_minor": line.tax,
    }


def _account_deltas(before: o.Order | _Nothing, after: o.Order) -> Rows:
    """What each account's reserved and balance change by: the difference of the open reservations,
    and what was invoiced and paid."""
    reserved, balance = _Sums(), _Sums()
    if before.reservations is not after.reservations:
        for held in before.reservations:
            reserved.add(held.account, -_open(held))
        for held in after.reservations:
            reserved.add(held.account, _open(held))
    for entry in _entries(after):
        balance.add(entry["account_id"], entry["amount_minor"])
    touched = [a for a in reserved.keys() | balance.keys() if reserved.get(a) or a in balance]
    return [{"id": a, "reserved": reserved.get(a, 0), "balance": balance.get(a, 0)} for a in sorted(touched)]


class _Sums(dict[UUID, int]):
    """Amounts by account."""

    def add(self, account: UUID, amount: int) -> None:
        self[account] = self.get(account, 0) + amount


def _open(held: o.Reservation) -> int:
    return held.amount if held.state is ReservationState.OPEN else 0


def _entries(order: o.Order) -> Rows:
    """The movements of balance that this change makes, at most one an account."""
    billed = [
        _entry(order, invoice.tier, EntryKind.INVOICE, invoice.total, order.events[-1].at, invoice.id)
        for invoice in order.invoices
    ]
    return billed + [_entry(order, m.tier, _kind_of(m), m.amount, m.at) for m in order.card_movements]


def _kind_of(movement: o.CardMovement) -> EntryKind:
    return EntryKind.PAYMENT if movement.amount < 0 else EntryKind.REFUND


def _entry(  # noqa: PLR0913, PLR0917 - the columns
    order: o.Order, tier: int, kind: EntryKind, amount: int, at: datetime, invoice: UUID | None = None
) -> Row:
    return {
        "id": db.new_id(),
        "account_id": order.links[tier - 1].account,
        "kind": kind,
        "amount_minor": amount,
        "order_id": order.id,
        "invoice_id": invoice,
        "at": at,
    }

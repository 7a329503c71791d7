"""An order out of the tables: one statement reads it whole, one function makes the value of it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from placet.domain import order as o
from placet.domain.parties import Party
from placet.domain.periods import Period
from placet.domain.words import (
    ApprovalOrder,
    BillingType,
    ChangeKind,
    ChargeState,
    CheckName,
    CheckResult,
    How,
    Kind,
    LineState,
    OrderKind,
    OrderStatus,
    OrganizationStatus,
    PaymentMethod,
    ReservationState,
    StepStatus,
    Verdict,
    Why,
)
from placet.storage import db
from placet.storage.db import Row, as_time

PARTY: Final = "json_build_array({0}.id, {0}.ref, {0}.name, {0}.kind, {0}.status)"

ORDERS: Final = f"""
SELECT o.id, o.number, o.kind, o.status, o.version, o.approval_order, o.placed_by::json, o.placed_at,
  o.expires_at, o.billing::json, o.note, o.warning::json, o.rejection::json, o.released::json,
  o.closed_at, o.subscription_id, o.change::json, o.imported_as, top.time_zone,
  {PARTY.format("placer")} AS placer,
  (SELECT json_agg(json_build_array(l.tier, l.contract_id, l.account_id, {PARTY.format("s")},
      {PARTY.format("b")}, l.currency, l.tax_rate::text, l.payment_method, l.net_minor, l.tax_minor,
      l.gross_minor) ORDER BY l.tier)
    FROM order_link l JOIN organization s ON s.id = l.seller_id
    JOIN organization b ON b.id = l.buyer_id WHERE l.order_id = o.id) AS links,
  (SELECT json_agg(json_build_array(n.id, n.position, json_build_array(p.id, p.ref, p.name),
      json_build_array(v.id, v.ref, v.name), n.sub_order_id, n.quantity, n.manual, n.trial,
      p.billing_type, p.term_months, n.state, n.service_details, n.reason, n.unanswered, n.cancelling,
      n.subscription_id) ORDER BY n.position)
    FROM order_line n JOIN product p ON p.id = n.product_id JOIN vendor v ON v.id = n.vendor_id
    WHERE n.order_id = o.id) AS lines,
  (SELECT json_agg(json_build_array(c.line_id, c.unit_minor, c.discount_minor, c.net_minor,
      c.tax_minor, c.gross_minor, c.discount_percent::text) ORDER BY c.tier)
    FROM order_line_price c WHERE c.order_id = o.id) AS prices,
  (SELECT json_agg(json_build_array(u.id, u.position, json_build_array(v.id, v.ref, v.name),
      u.asked_at, u.due_at) ORDER BY u.position)
    FROM sub_order u JOIN vendor v ON v.id = u.vendor_id WHERE u.order_id = o.id) AS sub_orders,
  (SELECT json_agg(json_build_array(t.id, t.tier, t.status, t.reasons,
      (SELECT json_build_array(d.id, d.decision, d.organization_id, d.by, d.how, d.comment, d.at)
        FROM decision d WHERE d.step_id = t.id AND t.status IN ('approved', 'rejected')
        ORDER BY d.at DESC, d.id DESC LIMIT 1)) ORDER BY t.tier)
    FROM approval_step t WHERE t.order_id = o.id) AS steps,
  (SELECT json_agg(json_build_array(k.run, k.position, k.name, k.tier, k.result, k.detail, k.at)
      ORDER BY k.run, k.position)
    FROM validation_check k WHERE k.order_id = o.id) AS checks,
  (SELECT json_agg(json_build_array(r.line_id, r.account_id, l.tier, r.amount_minor, r.state)
      ORDER BY r.line_id, l.tier)
    FROM reservation r JOIN order_link l ON l.order_id = o.id AND l.account_id = r.account_id
    WHERE r.order_id = o.id) AS reservations,
  (SELECT json_agg(json_build_array(h.id, h.tier, h.contract_id, h.attempt, h.gateway, h.token,
      h.amount_minor, h.currency, h.state, h.created_at, h.starts, h.asked_at, h.due_at, h.reference,
      h.reason, h.merchant_id) ORDER BY h.created_at, h.tier)
    FROM charge_attempt h WHERE h.order_id = o.id) AS charges,
  (SELECT json_agg(json_build_array(f.id, f.charge_id, h.tier, f.amount_minor, h.currency, f.done_at,
      f.due_at, f.attempt, f.asked_at, f.failed_at, f.reason) ORDER BY f.id)
    FROM charge_refund f JOIN charge_attempt h ON h.id = f.charge_id
    WHERE f.order_id = o.id) AS refunds
FROM orders o JOIN organization placer ON placer.id = o.placer_id
JOIN organization top ON top.id = o.top_seller_id
"""

ONE: Final = ORDERS + "WHERE o.id = %(id)s"
SEVERAL: Final = ORDERS + "WHERE o.id = ANY(%(ids)s) ORDER BY o.id DESC"
LOCK: Final = "SELECT status FROM orders WHERE id = %(id)s FOR NO KEY UPDATE"


def find(order_id: UUID) -> o.Order | None:
    """The order as it stands now, unlocked: to look at, not to change."""
    row = db.fetch_one(ONE, {"id": order_id})
    return order_of(row) if row else None


def locked(order_id: UUID) -> o.Order | None:
    """The order, locked until the transaction ends, read after the lock was had: first the lock,
    then the look, so that what is read is what the last one left."""
    if db.fetch_one(LOCK, {"id": order_id}) is None:
        return None
    return find(order_id)


def several(order_ids: Sequence[UUID]) -> list[o.Order]:
    """These orders, newest first, in one statement."""
    rows = db.fetch(SEVERAL, {"ids": list(order_ids)}) if order_ids else []
    return [order_of(row) for row in rows]


def order_of(row: Row) -> o.Order:
    """The value of one row of `ORDERS`."""
    prices = _by_line(row["prices"])
    return o.Order(
        id=row["id"],
        number=row["number"],
        kind=OrderKind(row["kind"]),
        status=OrderStatus(row["status"]),
        version=row["version"],
        approval_order=ApprovalOrder(row["approval_order"]),
        placer=party(row["placer"]),
        placed_by=row["placed_by"],
        placed_at=row["placed_at"],
        expires_at=row["expires_at"],
        billing=row["billing"],
        note=row["note"],
        links=tuple(_link(*cells) for cells in row["links"]),
        lines=tuple(_line(prices, *cells) for cells in row["lines"]),
        sub_orders=_each(_sub_order, row["sub_orders"]),
        steps=_each(_step, row["steps"]),
        checks=_each(_check, row["checks"]),
        reservations=_each(_reservation, row["reservations"]),
        charges=_each(_charge, row["charges"]),
        refunds=_each(_refund, row["refunds"]),
        releases=tuple(_release(**release) for release in row["released"] or ()),
        warning=o.Warned(**row["warning"]) if row["warning"] else None,
        rejection=_rejection(**row["rejection"]) if row["rejection"] else None,
        closed_at=row["closed_at"],
        time_zone=row["time_zone"],
        imported_as=row["imported_as"],
        change=_change(row["subscription_id"], **row["change"]) if row["change"] else None,
    )


def party(cells: Sequence[Any]) -> Party:
    """An organization as `PARTY` selects it."""
    id_, ref, name, kind, status = cells
    return Party(UUID(id_), ref, name, Kind(kind), OrganizationStatus(status))


def _each[T](make: Any, rows: Iterable[Sequence[Any]] | None) -> tuple[T, ...]:  # noqa: ANN401
    return tuple(make(*cells) for cells in rows or ())


def _by_line(rows: list[list[Any]]) -> dict[str, list[o.Price]]:
    prices: dict[str, list[o.Price]] = {}
    for line, *amounts in rows:
        prices.setdefault(line, []).append(_price(*amounts))
    return prices


def _price(unit: int, discount: int, net: int, tax: int, gross: int, percent: str) -> o.Price:  # noqa: PLR0913, PLR0917 - likewise
    return o.Price(unit, discount, net, tax, gross, Decimal(percent))


def _named(cells: Sequence[Any]) -> o.Named:
    return o.Named(UUID(cells[0]), cells[1], cells[2])


def _link(  # noqa: PLR0913, PLR0917 - the columns, in the order of the statement above
    tier: int,
    contract: str,
    account: str,
    seller: list[Any],
    buyer: list[Any],
    currency: str,
    tax_rate: str,
    payment_method: str,
    net: int,
    tax: int,
    gross: int,
) -> o.Link:
    return o.Link(
        tier=tier,
        contract=UUID(contract),
        account=UUID(account),
        seller=party(seller),
        buyer=party(buyer),
        currency=currency,
        tax_rate=Decimal(tax_rate),
        payment_method=PaymentMethod(payment_method),
        net=net,
        tax=tax,
        gross=gross,
    )


def _line(  # noqa: PLR0913, PLR0917 - likewise
    prices: dict[str, list[o.Price]],
    id_: str,
    position: int,
    product: list[Any],
    vendor: list[Any],
    sub_order: str,
    quantity: int,
    manual: bool,  # noqa: FBT001
    trial: bool,  # noqa: FBT001
    billing_type: str,
    term_months: int | None,
    state: str,
    service_details: dict[str, Any] | None,
    reason: str,
    unanswered: bool,  # noqa: FBT001
    cancelling: bool,  # noqa: FBT001
    subscription: str | None,
) -> o.Line:
    return o.Line(
        id=UUID(id_),
        position=position,
        product=_named(product),
        vendor=_named(vendor),
        sub_order=UUID(sub_order),
        quantity=quantity,
        manual=manual,
        trial=trial,
        billing_type=BillingType(billing_type),
        term_months=term_months,
        state=LineState(state),
        prices=tuple(prices[id_]),
        service_details=service_details,
        reason=reason,
        unanswered=unanswered,
        cancelling=cancelling,
        subscription=UUID(subscription) if subscription else None,
    )


def _sub_order(
    id_: str, position: int, vendor: list[Any], asked_at: str | None, due_at: str | None
) -> o.SubOrder:
    return o.SubOrder(UUID(id_), position, _named(vendor), as_time(asked_at), as_time(due_at))


def _step(
    id_: str, tier: int, status: str, reasons: list[dict[str, str]], decision: list[Any] | None
) -> o.Step:
    return o.Step(
        id=UUID(id_),
        tier=tier,
        status=StepStatus(status),
        reasons=tuple(o.Reason(Why(r["code"]), r.get("group", "")) for r in reasons),
        decision=_decision(*decision) if decision else None,
    )


def _decision(  # noqa: PLR0913, PLR0917 - likewise
    id_: str, verdict: str, organization: str, by: dict[str, Any], how: str, comment: str, at: str
) -> o.Decision:
    return o.Decision(
        id=UUID(id_),
        verdict=Verdict(verdict),
        organization=UUID(organization),
        by=by,
        how=How(how),
        comment=comment,
        at=datetime.fromisoformat(at),
    )


def _check(  # noqa: PLR0913, PLR0917 - likewise
    run: int,
    position: int,
    name: str,
    tier: int | None,
    result: str,
    detail: dict[str, Any],
    at: str,
) -> o.Check:
    when = datetime.fromisoformat(at)
    return o.Check(run, position, CheckName(name), tier, CheckResult(result), detail, when)


def _reservation(line: str, account: str, tier: int, amount: int, state: str) -> o.Reservation:
    return o.Reservation(UUID(line), UUID(account), tier, amount, ReservationState(state))


def _charge(  # noqa: PLR0913, PLR0917 - likewise
    id_: str,
    tier: int,
    contract: str,
    attempt: int,
    gateway: str,
    token: str,
    amount: int,
    currency: str,
    state: str,
    created_at: str,
    starts: list[str],
    asked_at: str | None,
    due_at: str | None,
    reference: str,
    reason: str,
    merchant: str | None,
) -> o.Charge:
    return o.Charge(
        id=UUID(id_),
        tier=tier,
        contract=UUID(contract),
        attempt=attempt,
        gateway=gateway,
        token=token,
        amount=amount,
        currency=currency,
        state=ChargeState(state),
        created_at=datetime.fromisoformat(created_at),
        starts=tuple(map(UUID, starts)),
        asked_at=as_time(asked_at),
        due_at=as_time(due_at),
        reference=reference,
        reason=reason,
        merchant=UUID(merchant) if merchant else None,
    )


def _refund(  # noqa: PLR0913, PLR0917 - likewise  # noqa: PLR0913, PLR0917 - likewise
    id_: str,
    charge: str,
    tier: int,
    amount: int,
    currency: str,
    done_at: str | None,
    due_at: str | None,
    attempt: int,
    asked_at: str | None,
    failed_at: str | None,
    reason: str,
) -> o.Refund:
    return o.Refund(
        id=UUID(id_),
        charge=UUID(charge),
        tier=tier,
        amount=amount,
        currency=currency,
        done_at=as_time(done_at),
        due_at=as_time(due_at),
        attempt=attempt,
        asked_at=as_time(asked_at),
        failed_at=as_time(failed_at),
        reason=reason,
    )


def _release(tier: int, by: dict[str, Any], reason: str, at: str) -> o.Release:
    return o.Release(tier, by, reason, datetime.fromisoformat(at))


def _change(  # noqa: PLR0913 - as `writing` puts it
    subscription: UUID,
    *,
    does: str,
    before: list[Any],
    after: list[Any],
    rest: list[str] | None,
    debits: list[list[int]],
    credits: list[list[Any]],  # noqa: A002 - the field's word
    billed: list[int],
) -> o.Change:
    return o.Change(
        subscription=subscription,
        does=ChangeKind(does),
        before=_content(*before),
        after=_content(*after),
        rest=Period(*map(date.fromisoformat, rest)) if rest else None,
        debits=tuple((net, tax) for net, tax in debits),
        credits=tuple(o.Credit(tier, UUID(debit), *amounts) for tier, debit, *amounts in credits),
        billed=tuple(billed),
    )


def _content(id_: str, ref: str | None, name: str, quantity: int) -> o.Content:
    return o.Content(o.Named(UUID(id_), ref, name), quantity)


def _rejection(tier: int, reason: str, note: str, at: str) -> o.Rejection:
    return o.Rejection(tier, reason, note, datetime.fromisoformat(at))

"""The one projection (R2, spec §13): an order as one party of its chain may see it.

Pages, API, webhooks, e-mails and exports all render an order through here. A field that the viewer
may not see is absent. Money of a link is shown to that link's two parties and to nobody else.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from placet.domain.charging import current, refused
from placet.domain.held import Rate
from placet.domain.money import Money
from placet.domain.order import (
    Change,
    Charge,
    Check,
    Content,
    Line,
    Link,
    Order,
    Price,
    Refund,
    Step,
    status_of_lines,
)
from placet.domain.parties import PLACET, Actor, Party
from placet.domain.refusals import NO_ACTIVE_TOKEN
from placet.domain.validating import failed_tiers
from placet.domain.verbs import actions
from placet.domain.words import (
    ChargeState,
    CheckName,
    CheckResult,
    Kind,
    LineState,
    OrderStatus,
    PaymentMethod,
    StepStatus,
    SubOrderStatus,
)

Json = dict[str, Any]

LABELS = {
    OrderStatus.DRAFT: "Draft",
    OrderStatus.PENDING_APPROVAL: "Pending Approval",
    OrderStatus.UNEXECUTED: "Unexecuted due to Insufficient Credit",
    OrderStatus.SUBMITTED: "Submitted",
    OrderStatus.EXECUTED: "Executed",
    OrderStatus.REJECTED: "Rejected",
    OrderStatus.CANCELLED: "Cancelled",
    OrderStatus.EXPIRED: "Expired",
}


@dataclass(frozen=True, slots=True)
class View:
    """Where a viewer stands: its place, the links where it buys and sells (each may be missing)."""

    order: Order
    place: int
    cost: Link | None
    amount: Link | None

    @property
    def final_buyer(self) -> bool:
        """Whoever buys for itself: it sees no approvals and no upstream figures."""
        return self.place == 0

    @property
    def customer(self) -> bool:
        """A final buyer that is no partner: what it pays is an amount, never a cost."""
        return self.final_buyer and self.order.parties[0].kind is Kind.CUSTOMER

    def sees_link(self, tier: int | None) -> bool:
        """Whether it is a party of that link."""
        return tier is not None and tier in (self.place, self.place + 1)

    def near(self, place: int) -> bool:
        """Itself or its direct neighbour."""
        return abs(self.place - place) <= 1


def view_of(order: Order, organization: UUID) -> View:
    """The order from where that party of its chain stands. A stranger is our own mistake here.

    Cost is the link where it buys, amount the link where it sells (spec §1); the final buyer's
    amount is what it pays, and only a reseller that buys for itself also calls that its cost.
    """
    place = order.place_of(organization)
    assert place is not None, "only parties of the chain see an order"
    buys = order.links[place] if place < order.top else None
    sells = order.links[place - 1] if place else buys
    if place == 0 and order.parties[0].kind is Kind.CUSTOMER:
        buys = None
    return View(order, place, buys, sells)


def render(order: Order, viewer: Actor) -> Json:
    """The order as the API writes it (contract §3) to this viewer."""
    view = view_of(order, viewer.organization)
    return {
        **_head(view),
        **_totals(view),
        "lines": [_line(view, line) for line in order.lines],
        "approvals": [] if view.final_buyer else _approvals(view),
        "checks": [_check(view, check) for check in order.checks if _sees_check(view, check)],
        "delivered": _delivered(order),
        "sub_orders": [_sub_order(view, sub.id) for sub in order.sub_orders],
        "rejection": _rejection(view),
        **_card(view),
        "actions": [verb.value for verb in actions(order, viewer)],
    }


def preview(order: Order, viewer: Actor) -> Json:
    """What would happen to an order that is not placed yet, told of tiers above the viewer as yes or no
    alone (spec §13)."""
    rendered = render(order, viewer)
    open_steps = [step for step in order.steps if step.status is not StepStatus.APPROVED]
    kept = ("total_cost", "total_amount", "lines")
    own = order.place_of(viewer.organization)
    return {
        "approval_needed": bool(open_steps),
        "own_approval_needed": any(step.tier == own for step in open_steps),
        **{key: rendered[key] for key in kept if key in rendered},
    }


def change_preview(order: Order, viewer: Actor) -> Json:
    """The preview of a change of a subscription: what it does, its amounts (negative where it gives back),
    and what the subscription then costs for a whole period, before tax, on the viewer's links."""
    view, change = view_of(order, viewer.organization), order.change
    assert change is not None, "an order about a subscription"
    links = {"period_cost": view.cost, "period_amount": view.amount}
    prices = order.lines[0].prices
    afterwards = {
        name: _money(_period(prices[link.tier - 1], change.after.quantity), link)
        for name, link in links.items()
        if link
    }
    return summary(order, viewer) | {"change": _change(change), **afterwards}


def _period(price: Price, quantity: int) -> int:
    return Rate(price.unit, price.discount_percent).of(quantity)


def summary(order: Order, viewer: Actor) -> Json:
    """The preview, and what its amount consists of, for who reads it once more before placing it."""
    amount = view_of(order, viewer.organization).amount
    assert amount is not None, "who orders buys or sells"
    return preview(order, viewer) | {
        "seller": order.parties[1].as_json(),
        "net": _money(amount.net, amount),
        "tax": _money(amount.tax, amount),
        "tax_rate": f"{amount.tax_rate.normalize():f}",
    }


def public(order: Order) -> Json:
    """What a stranger with the order's status address reads (R10): how it stands in the final buyer's words,
    items and quantities; no prices, no names of organizations or people."""
    return {
        "number": order.number,
        "status": order.status.value,
        "status_label": status_label(view_of(order, order.parties[0].id)),
        "delivered": _delivered(order),
        "lines": [
            {
                "product": line.product.name,
                "quantity": line.quantity,
                "delivery_status": line.state.value,
            }
            for line in order.lines
        ],
    }


def _delivered(order: Order) -> Json:
    """How many lines of how many (R51)."""
    done = [line for line in order.lines if line.state is LineState.DELIVERED]
    return {"lines": len(done), "of": len(order.lines)}


def _head(view: View) -> Json:
    order = view.order
    buyer = order.parties[0]
    head: Json = {
        "id": str(order.id),
        "number": order.number,
        "kind": order.kind.value,
        "version": order.version,
        "status": order.status.value,
        "status_label": status_label(view),
        "expires_at": timestamp(order.expires_at),
        "customer": buyer.as_json() if buyer.kind is Kind.CUSTOMER else None,
        "seller": order.parties[1].as_json(),
        "placed_at": timestamp(order.placed_at),
        **_placed_by(view),
        "closed_at": timestamp(order.closed_at) if order.closed_at else None,
        "change": _change(order.change) if order.change else None,
    }
    if view.place in (0, 1, order.top):
        head |= {"billing": order.billing, "note": order.note}
    return head


def _change(change: Change) -> Json:
    """What becomes of a subscription: no money, so that everybody of the chain may know."""
    rest = change.rest
    return {
        "subscription": str(change.subscription),
        "does": change.does.value,
        "before": _content(change.before),
        "after": _content(change.after),
        "period": {"first": rest.first.isoformat(), "until": rest.until.isoformat()} if rest else None,
    }


def _content(content: Content) -> Json:
    return {"product": content.product.as_json(), "quantity": content.quantity}


def status_label(view: View) -> str:
    """The words for the status, as this viewer may know it (spec §13)."""
    order = view.order
    if order.status is OrderStatus.PENDING_APPROVAL:
        step = order.step_at(1)
        own = view.place == 1 and step is not None and step.status is StepStatus.PENDING
        return "Pending Reseller Approval" if own or view.final_buyer else "Pending Approval"
    if order.status is OrderStatus.UNEXECUTED and not any(map(view.sees_link, order.short_tiers)):
        return "In progress"
    return LABELS[order.status]


def _placed_by(view: View) -> Json:
    """Nobody learns who acts above its own seller, nor the names of another organization's people. Placet
    itself, which renews, is no seller."""
    order = view.order
    place = order.place_of(order.placer.id)
    if order.placed_by["kind"] == "system":
        return {"placed_by": _machine(view, place, order.placed_by)}
    if place is None or place > view.place + 1:
        return {}
    name = {"name": order.placed_by["name"]} if place == view.place else {}
    return {"placed_by": {"organization": order.placer.as_json()} | name}


def _totals(view: View) -> Json:
    totals = {}
    if view.cost:
        totals["total_cost"] = _money(view.cost.gross, view.cost)
    if view.amount:
        totals["total_amount"] = _money(view.amount.gross, view.amount)
    return totals


def _line(view: View, line: Line) -> Json:
    shown: Json = {
        "id": str(line.id),
        "product": line.product.as_json(),
        "vendor": line.vendor.as_json(),
        "quantity": line.quantity,
        "delivery_status": line.state.value,
        "subscription": str(line.subscription) if line.subscription else None,
    }
    if cost := view.cost:
        price = line.prices[cost.tier - 1]
        shown |= {"unit_cost": _money(price.unit, cost), "total_cost": _money(price.gross, cost)}
    if amount := view.amount:
        price = line.prices[amount.tier - 1]
        shown |= {
            "unit_price": _money(price.unit, amount),
            "discount": _money(price.discount, amount),
            "tax": _money(price.tax, amount),
            "total_amount": _money(price.gross, amount),
        }
    if view.place in (0, 1, view.order.top):
        shown["service_details"] = line.service_details
    if view.place == view.order.top:
        shown["reason"] = line.reason or None
    return shown


def _approvals(view: View) -> list[Json]:
    return [_approval(view, step) for step in view.order.steps if view.near(step.tier)]


def _approval(view: View, step: Step) -> Json:
    """Whole to its owner; to a direct neighbour the tier, the approver and the status (spec §13)."""
    shown: Json = {
        "id": str(step.id),
        "tier": step.tier,
        "approver": view.order.parties[step.tier].as_json(),
        "status": step.status.value,
    }
    if step.tier != view.place:
        return shown
    decision = step.decision if _is_decided(step.status) else None
    return shown | {
        "reasons": [reason.as_json() for reason in step.reasons],
        "credit_risk_amount": credit_risk_amount(view.order, step.tier),
        "decided_by": decision.by["name"] if decision else None,
        "decided_at": timestamp(decision.at) if decision else None,
        "comment": decision.comment or None if decision else None,
        "how": decision.how.value if decision else None,
    }


def credit_risk_amount(order: Order, place: int) -> Json:
    """What the order adds to what the buyer just below this approver owes it (spec §1, R36)."""
    link = order.links[max(place, 1) - 1]
    return _money(link.gross, link)


def credit_risk(order: Order, organization: UUID) -> Json:
    """The viewer's level, by line: `estimated` at submission, `final` once delivered (R54)."""
    view = view_of(order, organization)
    link = view.amount
    assert link is not None, "every party of a chain buys or sells"
    items = [_line_risk(order, line, link) for line in order.lines]
    risk: Json = {"estimated": _money(link.gross, link)}
    final = [line for line in order.lines if line.state is LineState.DELIVERED]
    if final and order.closed:
        risk["final"] = _money(sum(_billed(order, line, link) for line in final), link)
    return risk | {"items": items}


def _line_risk(order: Order, line: Line, link: Link) -> Json:
    risk: Json = {"line": str(line.id), "estimated": _money(line.prices[link.tier - 1].gross, link)}
    if line.state is LineState.DELIVERED:
        risk["final"] = _money(_billed(order, line, link), link)
    return risk


def _billed(order: Order, line: Line, link: Link) -> int:
    """What a delivered line came to: its price, or what a change came to when it was delivered."""
    changed = order.change.billed if order.change else ()
    return changed[link.tier - 1] if changed else line.prices[link.tier - 1].gross


def line_risk(order: Order, line: UUID, organization: UUID) -> Json:
    """One line's credit risk at the viewer's level, for `offer.provisioned` (R54)."""
    return next(item for item in credit_risk(order, organization)["items"] if item["line"] == str(line))


def _sees_check(view: View, check: Check) -> bool:
    """A link's entry is for its two parties; what concerns no link is for the sellers, and tells the
    final buyer no more than that validation ran."""
    return view.sees_link(check.tier) if check.tier is not None else not view.final_buyer


def _check(view: View, check: Check) -> Json:
    shown: Json = {
        "name": check.name.value,
        "run": check.run,
        "result": check.result.value,
        "at": timestamp(check.at),
        "detail": check.detail,
    }
    if check.tier is None:
        return shown
    link = view.order.links[check.tier - 1]
    shown["link"] = {"seller": link.seller.as_json(), "buyer": link.buyer.as_json()}
    if check.name is CheckName.AVAILABLE_CREDIT:
        shown["detail"] = _credit_detail(check, link)
    return shown


def _credit_detail(check: Check, link: Link) -> Json:
    detail = {
        key: _money(value, link) if isinstance(value, int) and not isinstance(value, bool) else value
        for key, value in check.detail.items()
    }
    if check.detail["limit"] is None:
        detail["limit"] = "unlimited"
    return detail


def shortfall(order: Order, organization: UUID) -> Json | None:
    """By how much the order is short on a link that the viewer is a party of, if on any (R44)."""
    view = view_of(order, organization)
    for check in order.last_run:
        if check.result is CheckResult.FAILED and view.sees_link(check.tier) and check.tier:
            minor = check.detail.get("shortfall")
            return _money(minor, order.links[check.tier - 1]) if minor is not None else None
    return None


def sold_to(order: Order, organization: UUID) -> Party | None:
    """Whom this party of the chain sells the order to: the neighbour whose amount it reads."""
    link = view_of(order, organization).amount
    return link.buyer if link and link.seller.id == organization else None


def _sub_order(view: View, sub_order: UUID) -> Json:
    lines = view.order.sub_order_lines(sub_order)
    status = status_of_lines(lines)
    shown: Json = {
        "id": str(sub_order),
        "status": status.value,
        "lines": [str(line.id) for line in lines],
    }
    reasons = "; ".join(sorted({line.reason for line in lines if line.reason}))
    if view.place == view.order.top:
        shown["reason"] = reasons or None
    elif status is not SubOrderStatus.FAILED:
        shown["reason"] = None
    return shown


def _rejection(view: View) -> Json | None:
    """The reason is public; who rejected only to itself and its neighbours among the sellers; the
    note never leaves the rejecting organization (R31)."""
    rejection = view.order.rejection
    if rejection is None:
        return None
    shown: Json = {"reason": rejection.reason, "at": timestamp(rejection.at)}
    if view.near(rejection.tier) and (not view.final_buyer or rejection.tier == 0):
        shown["by"] = view.order.parties[rejection.tier].as_json()
    if view.place == rejection.tier:
        shown["note"] = rejection.note or None
    return shown


def _card(view: View) -> Json:
    """The payment and the gateway's or R47's words: for the card payer and its seller alone. Everybody
    else reads the same whether or not somebody's card is being charged."""
    charges = [charge for charge in view.order.charges if view.sees_link(charge.tier)]
    if view.customer and not charges and view.order.links[0].payment_method is not PaymentMethod.CREDIT_CARD:
        return {}
    return {"payment": _payment(view, charges[-1]) if charges else None, "warning": _warning(view)}


def _warning(view: View) -> str | None:
    """Each payer of a failed round reads its own words, though the order keeps the first one's (R47)."""
    order, warned = view.order, view.order.warning
    if warned is None or view.sees_link(warned.tier):
        return warned.text if warned else None
    if warned.text == NO_ACTIVE_TOKEN:
        tokens = (check for check in order.last_run if check.name is CheckName.ACTIVE_TOKEN)
        return NO_ACTIVE_TOKEN if any(map(view.sees_link, failed_tiers(tokens))) else None
    return next((charge.reason for charge in refused(order) if view.sees_link(charge.tier)), None)


def _payment(view: View, charge: Charge) -> Json:
    """`in_progress` until every payer of the round has the gateway's last word: only then is it paid or
    declined, and only then can anybody act on it (R48)."""
    order = view.order
    back = [r for r in order.refunds if r.charge == charge.id and r.done_at]
    at = back[-1].done_at if back else charge.asked_at or charge.created_at
    assert at is not None, "a refund that is done has its time"
    unanswered = charge.state is ChargeState.UNKNOWN and charge.reason
    if order.charging and charge in current(order) and not unanswered:
        return {"status": "in_progress", "at": timestamp(at)}
    words = {
        ChargeState.UNKNOWN: "unknown",
        ChargeState.CAPTURED: "refunded" if back else "captured",
        ChargeState.DECLINED: "declined",
        ChargeState.VOIDED: "refunded" if back else "declined",
    }
    shown = {"status": words[charge.state], "at": timestamp(at)}
    if charge.state is ChargeState.UNKNOWN:
        shown["charge"] = str(charge.id)  # by which a person finds it at the gateway, and settles it
    return shown | ({"reason": charge.reason} if charge.reason else {}) | _refunds(view)


def _refunds(view: View) -> Json:
    """What cards get back on the viewer's links, and why one does not (R53)."""
    refunds = [refund for refund in view.order.refunds if view.sees_link(refund.tier)]
    return {"refunds": [_refund(view, refund) for refund in refunds]} if refunds else {}


def _refund(view: View, refund: Refund) -> Json:
    status = "done" if refund.done_at else "failed" if refund.failed_at else "pending"
    at = refund.done_at or refund.failed_at or refund.asked_at
    return {
        "id": str(refund.id),
        "amount": _money(refund.amount, view.order.links[refund.tier - 1]),
        "status": status,
        "at": timestamp(at) if at else None,
        "reason": refund.reason or None,
    }


def as_of(order: Order, then: Json, at: datetime) -> Order:
    """The order as it stood at a fact (`Event.detail["order"]`): what was told then is told so."""
    steps = tuple(
        _step_as_of(step, StepStatus(then["steps"][str(step.tier)]))
        for step in order.steps
        if str(step.tier) in then["steps"]
    )
    lines = tuple(
        _line_as_of(line, LineState(state)) for line, state in zip(order.lines, then["lines"], strict=True)
    )
    status = OrderStatus(then["status"])
    return replace(
        order,
        version=then["version"],
        status=status,
        steps=steps,
        lines=lines,
        checks=tuple(check for check in order.checks if check.run <= then["run"]),
        charges=tuple(charge for charge in order.charges if charge.created_at <= at),
        refunds=tuple(refund for refund in order.refunds if _ended_by(refund, at)),
        warning=order.warning if order.version == then["version"] else None,
        rejection=order.rejection if status is OrderStatus.REJECTED else None,
        closed_at=order.closed_at if order.closed_at and order.closed_at <= at else None,
    )


def _ended_by(refund: Refund, at: datetime) -> bool:
    ended = refund.done_at or refund.failed_at
    return ended is not None and ended <= at


def _step_as_of(step: Step, status: StepStatus) -> Step:
    return replace(step, status=status, decision=step.decision if _is_decided(status) else None)


def _is_decided(status: StepStatus) -> bool:
    return status in (StepStatus.APPROVED, StepStatus.REJECTED)


def _line_as_of(line: Line, state: LineState) -> Line:
    if line.state is state:
        return line
    delivered = state is LineState.DELIVERED
    return replace(line, state=state, reason="", subscription=line.subscription if delivered else None)


def history(order: Order, organization: UUID, events: Iterable[Json]) -> list[Json]:
    """Who did what, when and why, from the facts this party may know (spec §13)."""
    view = view_of(order, organization)
    return [_entry(view, event) for event in events if str(organization) in event["seen_by"]]


def _entry(view: View, event: Json) -> Json:
    detail = event["detail"]
    place = view.order.place_of(UUID(event["by"]["organization"])) if event["by"] else None
    entry: Json = {
        "id": event["id"],
        "type": event["type"],
        "at": timestamp(event["at"]),
        "status": detail["order"]["status"],
    }
    if place is not None and (who := _who(view, place, event["by"])):
        entry["by"] = who
    why = detail.get("reason") or (detail.get("comment") if place == view.place else None)
    secret = event["type"] == "offer.provisioning_failed" and view.place != view.order.top
    return entry | ({"reason": why} if why and not secret else {})


def _who(view: View, place: int, by: Json) -> Json | None:
    if by["kind"] == "system":
        return _machine(view, place, by)
    if place == view.place:
        return {"organization": view.order.parties[place].as_json(), "name": by["name"]}
    hidden = view.final_buyer or not view.near(place)
    return None if hidden else {"organization": view.order.parties[place].as_json()}


def _machine(view: View, place: int | None, by: Json) -> Json:
    """What a file is called that stated something, its own organization alone may know."""
    return {"name": by["name"] if place == view.place else PLACET}


def _money(minor: int, link: Link) -> Json:
    return Money(minor, link.currency).as_json()


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC, to the microsecond where there is one."""
    return at.isoformat().replace("+00:00", "Z")

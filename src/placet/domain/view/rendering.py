"""The order as the API writes it: whole, as a preview before it is placed, and to strangers."""

from uuid import UUID

from placet.domain.held import Rate
from placet.domain.order import Change, Content, Line, Order, Price, status_of_lines
from placet.domain.parties import Actor, Party
from placet.domain.verbs import actions
from placet.domain.view.charged import card
from placet.domain.view.judged import approvals, check_shown, sees_check
from placet.domain.view.seeing import Json, View, machine, money_on, status_label, timestamp, view_of
from placet.domain.words import Kind, LineState, StepStatus, SubOrderStatus


def render(order: Order, viewer: Actor) -> Json:
    """The order as the API writes it (contract §3) to this viewer."""
    view = view_of(order, viewer.organization)
    return {
        **_head(view),
        **_totals(view),
        "lines": [_line(view, line) for line in order.lines],
        "approvals": [] if view.final_buyer else approvals(view),
        "checks": [check_shown(view, check) for check in order.checks if sees_check(view, check)],
        "delivered": _delivered(order),
        "sub_orders": [_sub_order(view, sub.id) for sub in order.sub_orders],
        "rejection": _rejection(view),
        **card(view),
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
        name: money_on(_period(prices[link.tier - 1], change.after.quantity), link)
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
        "net": money_on(amount.net, amount),
        "tax": money_on(amount.tax, amount),
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


def _placed_by(view: View) -> Json:
    """Nobody learns who acts above its own seller, nor the names of another organization's people. Placet
    itself, which renews, is no seller."""
    order = view.order
    place = order.place_of(order.placer.id)
    if order.placed_by["kind"] == "system":
        return {"placed_by": machine(view, place, order.placed_by)}
    if place is None or place > view.place + 1:
        return {}
    name = {"name": order.placed_by["name"]} if place == view.place else {}
    return {"placed_by": {"organization": order.placer.as_json()} | name}


def _totals(view: View) -> Json:
    totals = {}
    if view.cost:
        totals["total_cost"] = money_on(view.cost.gross, view.cost)
    if view.amount:
        totals["total_amount"] = money_on(view.amount.gross, view.amount)
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
        shown |= {"unit_cost": money_on(price.unit, cost), "total_cost": money_on(price.gross, cost)}
    if amount := view.amount:
        price = line.prices[amount.tier - 1]
        shown |= {
            "unit_price": money_on(price.unit, amount),
            "discount": money_on(price.discount, amount),
            "tax": money_on(price.tax, amount),
            "total_amount": money_on(price.gross, amount),
        }
    if view.place in (0, 1, view.order.top):
        shown["service_details"] = line.service_details
    if view.place == view.order.top:
        shown["reason"] = line.reason or None
    return shown


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

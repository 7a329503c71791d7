"""A fact as one organization is told it (R90, R92): the neutral event, rendered through the one
projection as the order stood at the fact."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from placet.domain import view
from placet.domain.order import Line, Order
from placet.domain.parties import Actor
from placet.domain.terms import limit_change_json
from placet.domain.words import EventType

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Telling:
    """What there is to tell: a recorded fact, and to whom."""

    type: EventType
    at: datetime
    detail: Json
    receiver: Actor
    address: str
    """What links begin with: the public address of this Placet."""


def body(told: Telling, order: Order | None) -> Json:
    """The webhook's body (contract §4): `{type, timestamp, data}`, `data.order` as the receiver sees it;
    a fact that is no order's has none."""
    told_of = _of_order(told, order) if order else _of_no_order(told)
    return {"type": told.type.value, "timestamp": view.timestamp(told.at), "data": told_of}


def _of_no_order(told: Telling) -> Json:
    match told.type:
        case EventType.INVOICE_CREATED:
            return {"invoice": told.detail["invoice"]}
        case EventType.CREDIT_LIMIT_CHANGED:
            return limit_change_json(told.detail, told.receiver.organization)
        case EventType.ENDPOINT_DISABLED:
            since = told.detail["failing_since"]
            return told.detail | {"failing_since": since and view.timestamp(datetime.fromisoformat(since))}
        case _:
            return told.detail


def _of_order(told: Telling, order: Order) -> Json:
    then = view.as_of(order, told.detail["order"], told.at)
    return {"order": view.render(then, told.receiver)} | _particulars(told, then)


def _particulars(told: Telling, order: Order) -> Json:
    match told.type:
        case EventType.ORDER_PENDING_APPROVAL if "tier" in told.detail:
            return {"approval": _approval(told, order)}
        case EventType.OFFER_PROVISIONED:
            return _provisioned(told, order)
        case (
            EventType.SUBSCRIPTION_CREATED
            | EventType.SUBSCRIPTION_CHANGED
            | EventType.SUBSCRIPTION_SUSPENDED
            | EventType.SUBSCRIPTION_CANCELLED
        ):
            return {"subscription": _subscription(told, order)}
        case EventType.INVOICE_CREATED:
            return {"invoice": told.detail["invoice"]}
        case _:
            return {}


def _approval(told: Telling, order: Order) -> Json:
    place = told.detail["tier"]
    orders = f"{told.address}/api/v1/orders/{order.id}"
    return {
        "id": told.detail["step"],
        "tier": place,
        "credit_risk_amount": view.credit_risk_amount(order, place),
        "approve_url": f"{orders}/approve",
        "reject_url": f"{orders}/reject",
    }


def _provisioned(told: Telling, order: Order) -> Json:
    """One line's delivery, for one approving partner (R54)."""
    line = _line(told, order)
    receiver = told.receiver.organization
    shown = next(x for x in view.render(order, told.receiver)["lines"] if x["id"] == str(line.id))
    risk = view.line_risk(order, line.id, receiver)
    return {
        "line": shown,
        "subscription": _subscription(told, order),
        "credit_risk": {key: risk[key] for key in ("estimated", "final")},
    }


def _line(told: Telling, order: Order) -> Line:
    return next(line for line in order.lines if line.id == UUID(told.detail["line"]))


def _subscription(told: Telling, order: Order) -> Json:
    """The subscription as the fact left it (R70)."""
    held: Json = told.detail["held"]
    started_at = view.timestamp(datetime.fromisoformat(held["started_at"]))
    about = {"id": told.detail["subscription"], "customer": order.parties[0].as_json()}
    return about | held | {"started_at": started_at}

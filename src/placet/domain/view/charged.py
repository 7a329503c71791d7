"""What cards paid and got back: for the card payer and its seller alone."""

from placet.domain.charging import current, refused
from placet.domain.order import Charge, Refund
from placet.domain.refusals import NO_ACTIVE_TOKEN
from placet.domain.validating import failed_tiers
from placet.domain.view.seeing import Json, View, money_on, timestamp
from placet.domain.words import ChargeState, CheckName, PaymentMethod


def card(view: View) -> Json:
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
        "amount": money_on(refund.amount, view.order.links[refund.tier - 1]),
        "status": status,
        "at": timestamp(at) if at else None,
        "reason": refund.reason or None,
    }

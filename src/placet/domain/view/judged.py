"""What was asked of whom and what was checked, and what the order risks at the viewer's level."""

from uuid import UUID

from placet.domain.order import Check, Line, Link, Order, Step
from placet.domain.view.seeing import Json, View, is_decided, money_on, timestamp, view_of
from placet.domain.words import CheckName, CheckResult, LineState


def approvals(view: View) -> list[Json]:
    """The viewer's own step and those of its neighbours."""
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
    decision = step.decision if is_decided(step.status) else None
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
    return money_on(link.gross, link)


def credit_risk(order: Order, organization: UUID) -> Json:
    """The viewer's level, by line: `estimated` at submission, `final` once delivered (R54)."""
    view = view_of(order, organization)
    link = view.amount
    assert link is not None, "every party of a chain buys or sells"
    items = [_line_risk(order, line, link) for line in order.lines]
    risk: Json = {"estimated": money_on(link.gross, link)}
    final = [line for line in order.lines if line.state is LineState.DELIVERED]
    if final and order.closed:
        risk["final"] = money_on(sum(_billed(order, line, link) for line in final), link)
    return risk | {"items": items}


def _line_risk(order: Order, line: Line, link: Link) -> Json:
    risk: Json = {"line": str(line.id), "estimated": money_on(line.prices[link.tier - 1].gross, link)}
    if line.state is LineState.DELIVERED:
        risk["final"] = money_on(_billed(order, line, link), link)
    return risk


def _billed(order: Order, line: Line, link: Link) -> int:
    """What a delivered line came to: its price, or what a change came to when it was delivered."""
    changed = order.change.billed if order.change else ()
    return changed[link.tier - 1] if changed else line.prices[link.tier - 1].gross


def line_risk(order: Order, line: UUID, organization: UUID) -> Json:
    """One line's credit risk at the viewer's level, for `offer.provisioned` (R54)."""
    return next(item for item in credit_risk(order, organization)["items"] if item["line"] == str(line))


def sees_check(view: View, check: Check) -> bool:
    """A link's entry is for its two parties; what concerns no link is for the sellers, and tells the
    final buyer no more than that validation ran."""
    return view.sees_link(check.tier) if check.tier is not None else not view.final_buyer


def check_shown(view: View, check: Check) -> Json:
    """One check, with the two parties of its link."""
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
        key: money_on(value, link) if isinstance(value, int) and not isinstance(value, bool) else value
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
            return money_on(minor, order.links[check.tier - 1]) if minor is not None else None
    return None

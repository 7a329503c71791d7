"""The order as it stood at a fact, and what happened to it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from placet.domain.order import Line, Order, Refund, Step
from placet.domain.view.seeing import Json, View, is_decided, machine, timestamp, view_of
from placet.domain.words import LineState, OrderStatus, StepStatus


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
    return replace(step, status=status, decision=step.decision if is_decided(status) else None)


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
        return machine(view, place, by)
    if place == view.place:
        return {"organization": view.order.parties[place].as_json(), "name": by["name"]}
    hidden = view.final_buyer or not view.near(place)
    return None if hidden else {"organization": view.order.parties[place].as_json()}

"""The sub-orders of an order: each is one vendor's, and is tried again or given up by itself."""

from dataclasses import dataclass
from decimal import Decimal

from placet.entrypoints.portal.orders.story import Json, Story


@dataclass(frozen=True, slots=True)
class Part:
    """A sub-order: its lines, whose vendor they are, what it comes to as the viewer sees it."""

    id: str
    status: str
    reason: str
    vendor: str
    lines: list[Json]
    amount: Json | None
    may_retry: bool
    may_cancel: bool


def part_of(story: Story, sub: Json) -> Part:
    """The sub-order as the viewer sees it."""
    lines = [line for line in story.order["lines"] if line["id"] in sub["lines"]]
    states = {line["delivery_status"] for line in lines}
    acts = story.top and story.status == "submitted" and not story.charging
    return Part(
        id=sub["id"],
        status=sub["status"],
        reason=sub.get("reason") or "",
        vendor=lines[0]["vendor"]["name"] if lines else "",
        lines=lines,
        amount=_sum([line["total_amount"] for line in lines if "total_amount" in line]),
        may_retry=acts and "failed" in states,
        may_cancel=acts and bool(states & {"failed", "waiting"}),
    )


def _sum(amounts: list[Json]) -> Json | None:
    """All in one currency: those of one link."""
    if not amounts:
        return None
    total = sum((Decimal(amount["amount"]) for amount in amounts), Decimal(0))
    return {"amount": str(total), "currency": amounts[0]["currency"]}

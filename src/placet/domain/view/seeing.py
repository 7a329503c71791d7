"""Where somebody stands who looks at an order, and what that one may know of its status."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from placet.domain.money import Money
from placet.domain.order import Link, Order
from placet.domain.parties import PLACET
from placet.domain.words import Kind, OrderStatus, StepStatus

Json = dict[str, Any]


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


def machine(view: View, place: int | None, by: Json) -> Json:
    """What a file is called that stated something, its own organization alone may know."""
    return {"name": by["name"] if place == view.place else PLACET}


def is_decided(status: StepStatus) -> bool:
    """Whether somebody said yes or no."""
    return status in (StepStatus.APPROVED, StepStatus.REJECTED)


def money_on(minor: int, link: Link) -> Json:
    """An amount of a link, in its currency."""
    return Money(minor, link.currency).as_json()


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC, to the microsecond where there is one."""
    return at.isoformat().replace("+00:00", "Z")

"""An order as a page tells of it: rendered for who looks (R2), with where that one stands in its chain."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from placet.domain import view
from placet.domain.order import Order
from placet.domain.parties import Actor, Party
from placet.domain.words import Kind, PaymentMethod

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Story:
    """All that a page may say of an order. `order` and `history` are the projection's; `place` is the
    viewer's own; `top` whether nobody stands above it. `short` is by how much, where it may know; `pays`
    how it pays its own seller for the order."""

    order: Json
    history: tuple[Json, ...]
    viewer: UUID
    kind: Kind
    place: int
    top: bool
    short: Json | None
    sold_to: Party | None
    pays: PaymentMethod | None
    under_way: bool

    @property
    def buyer(self) -> bool:
        """Whoever buys for itself: it sees no approvals (spec §13)."""
        return self.place == 0

    @property
    def customer(self) -> bool:
        """A final buyer that is no partner."""
        return self.buyer and self.kind is Kind.CUSTOMER

    @property
    def status(self) -> str:
        """The word for where the order is."""
        return str(self.order["status"])

    @property
    def label(self) -> str:
        """The words for that, as this viewer may know it; in English."""
        return str(self.order["status_label"])

    @property
    def closed(self) -> bool:
        """Nothing moves it any more."""
        return self.order["closed_at"] is not None

    @property
    def charging(self) -> bool:
        """A card payment that this viewer may know of is under way."""
        payment = self.order.get("payment") or {}
        return payment.get("status") in ("in_progress", "unknown")

    @property
    def may(self) -> frozenset[str]:
        """What this viewer may do now (spec §8)."""
        return frozenset(self.order["actions"])

    @property
    def own_step(self) -> Json | None:
        """The viewer's own yes, no or silence."""
        steps = self.order["approvals"]
        return next((step for step in steps if step["tier"] == self.place), None)

    @property
    def runs(self) -> list[list[Json]]:
        """The checks by validation run, the first one first."""
        numbers = sorted({check["run"] for check in self.order["checks"]})
        return [[check for check in self.order["checks"] if check["run"] == run] for run in numbers]

    @property
    def sells(self) -> bool:
        """Whether it is somebody's seller here."""
        return not self.buyer

    def other(self, check: Json) -> Json:
        """The other party of the link that a check looked at."""
        link = check["link"]
        other: Json = link["buyer"] if link["seller"]["id"] == str(self.viewer) else link["seller"]
        return other


def story_of(order: Order, viewer: Actor, kind: Kind, events: list[Json]) -> Story:
    """The order as this party of its chain may be told."""
    place = order.place_of(viewer.organization)
    assert place is not None, "only parties of the chain see an order"
    return Story(
        order=view.render(order, viewer),
        history=tuple(view.history(order, viewer.organization, events)),
        viewer=viewer.organization,
        kind=kind,
        place=place,
        top=place == order.top,
        short=view.shortfall(order, viewer.organization) if order.short_tiers else None,
        sold_to=view.sold_to(order, viewer.organization),
        pays=order.links[place].payment_method if place < order.top else None,
        under_way=not order.closed,
    )

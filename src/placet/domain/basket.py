"""A basket: a draft of an order, its buyer's own alone until it is submitted (R10-R12)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from placet.domain.chain import Product
from placet.domain.parties import Party
from placet.domain.placing import MOST_LINES, MOST_QUANTITY, LineRequest, OrderRequest
from placet.domain.refusals import Refusal, invalid, sentence

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SeenBuyer:
    """Whom somebody orders for (R11), as that one sees it: `place` is where it stands above the buyer itself,
    0 for its own; `top`: it buys from nobody."""

    party: Party
    place: int
    top: bool

    @property
    def shares_details(self) -> bool:
        """Whether who orders may read billing and service details of its orders (spec §13)."""
        return self.place in (0, 1) or self.top


@dataclass(frozen=True, slots=True)
class BasketLine:
    """A product, once a basket. A `removed` one is there until the next one is, so that it can come back."""

    id: UUID
    product: Product
    quantity: int
    service_details: Json | None = None
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Basket:
    """What one person wants to order for one buyer. `version` counts its changes; `order` is what it
    became."""

    id: UUID
    version: int
    lines: tuple[BasketLine, ...] = ()
    billing: Json | None = None
    note: str = ""
    order: UUID | None = None

    @property
    def wanted(self) -> tuple[BasketLine, ...]:
        """The lines that count."""
        return tuple(line for line in self.lines if not line.removed)

    @property
    def detailed(self) -> bool:
        """Whether service details were asked for, for every line."""
        return all(line.service_details is not None for line in self.wanted)

    def of(self, product: UUID) -> BasketLine | None:
        """Its line of that product, removed or not."""
        return next((line for line in self.lines if line.product.id == product), None)

    def line(self, id_: UUID) -> BasketLine | None:
        """Its line of that id, removed or not."""
        return next((line for line in self.lines if line.id == id_), None)

    def without(self, products: frozenset[UUID]) -> "Basket":
        """As far as it can be ordered."""
        lines = tuple(line for line in self.wanted if line.product.id not in products)
        return Basket(self.id, self.version, lines, self.billing, self.note, self.order)

    def request(self, buyer: UUID) -> OrderRequest:
        """As an order is asked for."""
        lines = (
            LineRequest(str(line.product.id), line.quantity, line.service_details or None)
            for line in self.wanted
        )
        return OrderRequest(tuple(lines), str(buyer), self.billing, self.note)


def with_more(basket: Basket, product: UUID, quantity: int) -> int | Refusal:
    """How many of the product the basket has, once so many are added to it (R12)."""
    line = basket.of(product)
    had = line.quantity if line and not line.removed else 0
    if not had and len(basket.wanted) >= MOST_LINES:
        return invalid(
            quantity=sentence("A basket has at most {most_lines} products.", most_lines=MOST_LINES)
        )
    return wrong_quantity(had + quantity) or had + quantity


def wrong_quantity(quantity: int) -> Refusal | None:
    """Not from 1 to 1 000 000 (R12)."""
    if 1 <= quantity <= MOST_QUANTITY:
        return None
    return invalid(quantity=sentence("A whole number from 1 to 1 000 000."))

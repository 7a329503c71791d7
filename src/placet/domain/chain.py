"""What a decision about a new order is made from: the chain of contracts, their prices and policies.

Facts, as storage loads them in one query; nothing here decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from placet.domain.order import Named
from placet.domain.parties import Party
from placet.domain.words import (
    ApprovalOrder,
    BillingType,
    Fulfilment,
    PaymentMethod,
    ProductType,
    Scope,
)


@dataclass(frozen=True, slots=True)
class Product:
    """An offer (R3)."""

    id: UUID
    ref: str | None
    name: str
    vendor: Named
    product_type: ProductType
    billing_type: BillingType
    fulfilment: Fulfilment
    trial: bool
    term_months: int | None = None
    """What is committed to at a locked price; none: a billing period."""

    @property
    def free_at_ordering(self) -> bool:
        """Usage and trials cost 0 at ordering (R3)."""
        return self.trial or self.metered

    @property
    def metered(self) -> bool:
        """Billed afterwards, by what was used (R71)."""
        return self.product_type is ProductType.USAGE or self.billing_type is BillingType.USAGE


type Steps[T] = Sequence[tuple[int, T]]
"""What holds from which quantity on, in any order; each quantity stands once."""


@dataclass(frozen=True, slots=True)
class PriceList:
    """The list of one contract, as far as this order's products need it, and as it is valid now (R4).

    `prices` are fixed unit prices in minor units by product; `markup_percent` makes the others from the
    seller's own unit cost. `discounts` are percentages by product, those of `None` for everything that
    has none of its own (R7).
    """

    currency: str
    markup_percent: Decimal | None
    prices: Mapping[UUID, Steps[int]]
    discounts: Mapping[UUID | None, Steps[Decimal]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """Which lines need the group owner's approval (R81). `covers` are those of this order's
    products that it covers; `above` is in major units of the owner's selling currency."""

    id: UUID
    scope: Scope
    covers: frozenset[UUID]
    above: Decimal | None


@dataclass(frozen=True, slots=True)
class Group:
    """A credit risk group with its policies (R80)."""

    id: UUID
    name: str
    policies: tuple[Policy, ...]


@dataclass(frozen=True, slots=True)
class Seller:
    """What of a seller decides about orders: its features and settings."""

    party: Party
    multi_tier_approval: bool
    approval_order: ApprovalOrder
    offer_days: int
    time_zone: str = "UTC"
    groups: dict[UUID, Group] = field(default_factory=dict)
    """The group of this seller that each member below it is in, by the member's id."""


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One contract in force between an order's buyer and the top seller."""

    contract: UUID
    account: UUID
    seller: Seller
    buyer: Party
    currency: str
    tax_rate: Decimal
    payment_method: PaymentMethod
    order_approval: bool
    price_list: PriceList | None


Chain = tuple[ChainLink, ...]
"""The buyer's own contract first, the top seller's last (spec §1)."""

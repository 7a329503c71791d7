"""What is asked of vendors and card gateways: plain values, made where the order is known and carried
out where the network is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One line for its vendor (R52). `key` is the line's id, the same however often it is asked: a
    vendor delivers at most once for it. `options` are the product's own for its connector."""

    key: UUID
    sku: str
    product: str
    quantity: int
    customer: str
    service_details: Mapping[str, Any] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCharge:
    """One charge attempt for a card gateway (R48). `key` is the attempt's id, the same however often it
    is asked; `token` the gateway's reference of the card; `amount` gross, in minor units."""

    key: UUID
    token: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class RefundWord:
    """What the card gateway said of one refund (R53). `unknown`: it did not answer, so ask again by the
    same key."""

    state: Literal["done", "declined", "unknown"]
    reference: str = ""
    reason: str = ""

"""What is asked of vendors and card gateways: plain values, made where the order is known and carried
out where the network is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from placet.domain.words import ChangeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One line for its vendor (R52). `key` is the line's id, the same however often it is asked: a
    vendor delivers at most once for it. `options` are the product's own for its connector.

    `does` says what is to become of a subscription that the vendor knows as `vendor_reference`: then
    `quantity` is what it is to have afterwards (R71). None: a new one.
    """

    key: UUID
    sku: str
    product: str
    quantity: int
    customer: str
    does: ChangeKind | None = None
    vendor_reference: str = ""
    service_details: Mapping[str, Any] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Merchant:
    """A seller's account at a card gateway, as it is needed to ask there. The key is at hand, or it
    stands in the environment under `variable`. At the sandbox nobody needs one."""

    gateway: str
    id: UUID | None = None
    secret: str = field(default="", repr=False)
    variable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCharge:
    """One charge attempt for a card gateway (R48). `key` is the attempt's id, the same however often it
    is asked; `token` the gateway's reference of the card; `amount` gross, in minor units. `reference` is
    what the gateway calls the charge, once it has said so; `asked_at` when it was first asked, if ever."""

    key: UUID
    token: str
    amount: int
    currency: str
    reference: str = ""
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRefund:
    """Some of a captured charge to give back (R53), in minor units of its currency. `key` is the refund's
    id; after a no, a person may have it tried again: then `attempt` is another one."""

    key: UUID
    charge: CardCharge
    amount: int
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class RefundWord:
    """What the card gateway said of one refund (R53). `unknown`: it did not answer, so ask again by the
    same key."""

    state: Literal["done", "declined", "unknown"]
    reference: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupAsk:
    """A card to be stored for a contract's buyer (R47). The same `key` begins the same setup; `customer`
    is what the gateway calls the buyer, where it knows it already."""

    key: str
    contract: UUID
    buyer: str
    customer: str = ""


@dataclass(frozen=True, slots=True)
class SetupBegun:
    """A setup at the gateway: the buyer's browser goes on with the `client_secret`, card numbers never
    come this way. `declined` says why there is none; `unknown`: the gateway did not answer."""

    state: Literal["begun", "declined", "unknown"]
    reference: str = ""
    client_secret: str = field(default="", repr=False)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SetupWord:
    """What became of a setup: `stored` as `token`, good to the end of the month `expires`; `waiting` for
    its buyer; `declined`; `unknown`: the gateway did not answer."""

    state: Literal["stored", "waiting", "declined", "unknown"]
    token: str = ""
    expires: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AccountWord:
    """Whose a key is: `known` as `account`, `declined` by the gateway, or `unknown` as it did not answer."""

    state: Literal["known", "declined", "unknown"]
    account: str = ""
    reason: str = ""

"""What events look like (R90), each type with its version: published as JSON schemas, and held by the tests
to what is really sent. A change that a receiver could stumble over is a new version."""

from functools import cache
from typing import Any, Final, Literal

from pydantic import create_model

from placet.domain import words
from placet.domain.words import EventType
from placet.entrypoints.api.shapes import (
    Day,
    Id,
    LineShape,
    MoneyShape,
    OrderShape,
    PartyShape,
    Shown,
    Time,
    WhoShape,
)

VERSION: Final = 1
Json = dict[str, Any]


class OrderTold(Shown):
    """An order as the receiver sees it, as it stood when this happened."""

    order: OrderShape


class AskedShape(Shown):
    """The receiver's own approval step: its credit risk, and where to say yes and no."""

    id: Id
    tier: int
    credit_risk_amount: MoneyShape
    approve_url: str
    reject_url: str


class ApprovalTold(OrderTold):
    """Somebody's yes is needed: the receiver's (R92)."""

    approval: AskedShape


class HeldShape(Shown):
    """A subscription as the event left it; no money."""

    id: Id
    product: PartyShape
    customer: PartyShape
    status: words.SubscriptionStatus
    quantity: int
    trial: bool
    order: Id
    started_at: Time
    renews_on: Day | None


class SubscriptionTold(OrderTold):
    """What became of a subscription, and the order that did it."""

    subscription: HeldShape


class LevelShape(Shown):
    """The credit risk of one line at the receiver's level: as it was estimated, and as it was billed."""

    estimated: MoneyShape
    final: MoneyShape


class ProvisionedTold(SubscriptionTold):
    """One line was delivered (R54)."""

    line: LineShape
    credit_risk: LevelShape


class InvoiceTold(Shown):
    """An invoice, by its id; and the order that it is of, if of any."""

    invoice: Id
    order: OrderShape = None  # type: ignore[assignment]


class LimitTold(Shown):
    """A credit limit as it was and as it is."""

    contract: Id
    credit_account: Id
    seller: PartyShape
    buyer: PartyShape
    limit: MoneyShape | Literal["unlimited"]
    previous_limit: MoneyShape | Literal["unlimited"]
    reason: str
    by: WhoShape


class AddressShape(Shown):
    """A webhook endpoint, named."""

    id: Id
    url: str


class DisabledTold(Shown):
    """Nothing is sent to an endpoint any more: its receiver is gone (410), or failed for a whole day."""

    endpoint: AddressShape
    reason: Literal["gone", "failing"]
    failing_since: Time | None


class PingTold(Shown):
    """A test that somebody asked for."""

    endpoint: AddressShape


PARTICULAR: Final[dict[EventType, type[Shown]]] = {
    EventType.ORDER_PENDING_APPROVAL: ApprovalTold,
    EventType.OFFER_PROVISIONED: ProvisionedTold,
    EventType.SUBSCRIPTION_CREATED: SubscriptionTold,
    EventType.SUBSCRIPTION_CHANGED: SubscriptionTold,
    EventType.SUBSCRIPTION_SUSPENDED: SubscriptionTold,
    EventType.SUBSCRIPTION_CANCELLED: SubscriptionTold,
    EventType.INVOICE_CREATED: InvoiceTold,
    EventType.CREDIT_LIMIT_CHANGED: LimitTold,
    EventType.ENDPOINT_DISABLED: DisabledTold,
    EventType.PING: PingTold,
}
"""The `data` of an event that tells more than an order."""


@cache
def shape_of(kind: EventType) -> type[Shown]:
    """The body of a webhook that tells of such an event."""
    told: Any = PARTICULAR.get(kind, OrderTold)
    only: Any = Literal[kind]
    name = "".join(part.capitalize() for part in kind.replace(".", "_").split("_"))
    made: type[Shown] = create_model(
        f"{name}Event",
        __base__=Shown,
        __doc__=f"`{kind}`: {told.__doc__}",
        type=(only, ...),
        timestamp=(Time, ...),
        data=(told, ...),
    )
    return made


@cache
def schemas() -> list[Json]:
    """Every type with its version and its JSON schema."""
    return [
        {"type": kind, "version": VERSION, "schema": shape_of(kind).model_json_schema(mode="serialization")}
        for kind in EventType
    ]

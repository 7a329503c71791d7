"""Reading subscriptions (R70), with what they cost on the caller's own links (R2), and what happened."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from placet.actions.browse_catalog import Wanted as WantedProducts
from placet.actions.browse_catalog import find_products
from placet.actions.list_orders import in_order
from placet.domain.held import Rate
from placet.domain.money import Money
from placet.domain.order import Order
from placet.domain.parties import Actor, Party, Permission
from placet.domain.refusals import Refusal
from placet.domain.words import BillingType, OrderStatus, ProductType
from placet.storage import organizations, subscription_lists, subscriptions
from placet.storage.db import Row
from placet.storage.order_lists import Age, organization_below
from placet.storage.subscription_lists import Wanted

__all__ = ["Age", "Paid", "Seen", "Story", "Wanted", "find", "read", "replacements", "story_of"]

MOST_TOLD: Final = 50
"""Orders, bills and usage records that are told of one subscription."""
MOST_REPLACEMENTS: Final = 100
OPEN: Final = {OrderStatus.PENDING_APPROVAL, OrderStatus.UNEXECUTED, OrderStatus.SUBMITTED}


@dataclass(frozen=True, slots=True)
class Paid:
    """What a subscription costs on one link, before tax: a unit, and all of it for a period; `None` where it
    is billed by usage."""

    unit: Money
    period: Money | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A subscription as one organization sees it: `cost` where that one buys it to sell it on, `price` where
    it sells it, or pays it as a customer."""

    row: Row
    cost: Paid | None
    price: Paid | None

    @property
    def metered(self) -> bool:
        """Whether it is billed by what was used."""
        return BillingType.USAGE in (self.row["billing_type"], self.row["product_type"])


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to a subscription, as far as the organization was in it: the orders about it, the one
    that sold it last; the open one of them; invoice lines of its own links; usage."""

    orders: list[Order]
    pending: Order | None
    bills: list[Row]
    usage: list[Row]


def find(*, by: Actor, wanted: Wanted, most: int) -> list[Seen]:
    """Subscriptions of the caller's chains; one more than `most` where there is more."""
    return [_seen(row) for row in subscription_lists.listed(by.organization, wanted, most + 1)]


def read(*, by: Actor, subscription: UUID) -> Seen | Refusal:
    """One of them; a stranger's is not there."""
    row = subscription_lists.seen(by.organization, subscription)
    return _seen(row) if row else Refusal("not_found")


def story_of(*, by: Actor, seen: Seen) -> Story:
    """What happened to it, the newest first."""
    id_ = seen.row["id"]
    ids = [*subscription_lists.orders_about(id_, MOST_TOLD), seen.row["order_id"]]
    orders = [order for order in in_order(ids) if order.place_of(by.organization) is not None]
    used = subscriptions.usage(by.organization, subscription=id_, before=None, most=MOST_TOLD)
    return Story(
        orders=orders,
        pending=next((order for order in orders if order.change and order.status in OPEN), None),
        bills=subscription_lists.billed(by.organization, id_, MOST_TOLD),
        usage=used if seen.metered else [],
    )


def replacements(*, by: Actor, seen: Seen, at: datetime) -> list[Row]:
    """Offers that may take its place, as far as the caller deals in them: of the same vendor, billed the
    same way; none for what is billed by usage."""
    if seen.metered:
        return []
    wanted = WantedProducts(str(seen.row["vendor_id"]), billing_type=BillingType(seen.row["billing_type"]))
    found = find_products(by=by, wanted=wanted, after=None, most=MOST_REPLACEMENTS, at=at)
    assert not isinstance(found, Refusal), "the vendor is there"
    products = [offer.product for offer in found]
    return [each for each in products if not each["trial"] and each["product_type"] != ProductType.USAGE]


def customer_named(*, by: Actor, customer: UUID) -> Party | None:
    """The organization of that id, if it is the caller or anywhere below it."""
    below = organization_below(by.organization, str(customer))
    return organizations.party(below) if below else None


def may_act(*, by: Actor) -> bool:
    """Whether the caller's role changes subscriptions at all."""
    return by.may(Permission.ORDER)


def _seen(row: Row) -> Seen:
    return Seen(row, _paid(row, "cost"), _paid(row, "price"))


def _paid(row: Row, side: str) -> Paid | None:
    unit, currency = row[f"{side}_minor"], row[f"{side}_currency"]
    if unit is None or currency is None:
        return None
    if BillingType.USAGE in (row["billing_type"], row["product_type"]):
        return Paid(Money(unit, currency), None)
    whole = 0 if row["trial"] else Rate(unit, row[f"{side}_discount"]).of(row["quantity"])
    return Paid(Money(unit, currency), Money(whole, currency))

"""One organization below a seller, for its page (R100): its orders, subscriptions, limit and what is late,
all of it on the caller's own links (R2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from placet.actions.list_orders import in_order
from placet.domain.buyers import Below, Overdue
from placet.domain.money import Money, percent_of
from placet.domain.order import Order
from placet.domain.parties import Actor
from placet.domain.partners import Partner
from placet.domain.terms import limit_change_json
from placet.storage import buyer_page, buyers, contracts, credit_glance, order_lists
from placet.storage.db import Row
from placet.storage.order_lists import Wanted

COUNTED: Final = 100


@dataclass(frozen=True, slots=True)
class BuyerPage:
    """What the caller and this organization have with one another. Lists are beginnings, the newest first
    (overdue invoices: the longest first); counts end at `COUNTED`. `since` is when its contract began."""

    since: datetime | None
    orders: Sequence[Order]
    orders_count: int
    waiting: int
    subscriptions: Sequence[Row]
    subscriptions_count: int
    overdue: Overdue | None
    overdue_invoices: Sequence[Row]
    limits: Sequence[Row]


def read_buyer(*, partner: Partner, by: Actor, shown: int, at: datetime) -> BuyerPage:
    """What the caller knows of an organization below it that it sees already (`partners.seen`). An order
    that stands further down its own chain is among the orders of whoever placed it."""
    id_, terms = partner.party.id, partner.terms
    contract = terms.id if terms else None
    counts = buyer_page.counts(by.organization, id_, contract, COUNTED)
    return BuyerPage(
        since=counts["since"],
        orders=_orders(by.organization, id_, shown),
        orders_count=counts["orders"],
        waiting=counts["waiting"],
        subscriptions=[_subscription(row) for row in buyer_page.subscriptions(by.organization, id_, shown)],
        subscriptions_count=counts["subscriptions"],
        overdue=credit_glance.late_on(contract, by.organization, at) if contract else None,
        overdue_invoices=_late(contract, at, shown) if contract else [],
        limits=_limits(contract, by.organization, shown) if contract else [],
    )


def _orders(viewer: UUID, buyer: UUID, shown: int) -> list[Order]:
    return in_order(order_lists.ids(organization=viewer, wanted=Wanted(buyer=buyer), most=shown))


def _subscription(row: Row) -> Row:
    """With what a period of it comes to on the caller's link, net: its locked price, as it was agreed."""
    if row["unit_minor"] is None:
        return row | {"amount": None}
    gross = row["unit_minor"] * row["quantity"]
    return row | {"amount": Money(gross - percent_of(gross, row["discount_percent"]), row["currency"])}


def _late(contract: UUID, at: datetime, shown: int) -> list[Row]:
    rows = credit_glance.late_invoices(contract, at, shown)
    return [row | {"amount": Money(row["open_minor"], row["currency"])} for row in rows]


def _limits(contract: UUID, viewer: UUID, shown: int) -> list[Row]:
    rows = contracts.limit_changes(contract, None, shown)
    return [{"id": row["id"], "at": row["at"], **limit_change_json(row["detail"], viewer)} for row in rows]


def sellers_below(*, partner: Partner, most: int) -> list[Below]:
    """Who sells below a partner that the caller sees: who they are, no money (R2)."""
    return buyers.below([partner.party.id], most)

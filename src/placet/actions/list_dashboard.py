"""The dashboard's lists of orders: a reseller's two (R104), a distributor's own (R105)."""

from collections.abc import Callable
from uuid import UUID

from placet.domain.order import Order
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.words import Kind
from placet.storage import dashboard, organizations, reading

Ids = Callable[[UUID, UUID | None, int], list[UUID]]


def unexecuted_orders(*, by: Actor, before: UUID | None, most: int) -> list[Order] | Refusal:
    """To a reseller, orders short of credit that needed no approval of its own; to a distributor, those
    that are short on a link where it sells."""
    return _listed(by, before, most, dashboard.short if _sells_first(by) else dashboard.unexecuted)


def pending_orders(*, by: Actor, before: UUID | None, most: int) -> list[Order] | Refusal:
    """Orders that wait for approval; to a reseller also those that it approved and that are short of
    credit since, so that an order stands in exactly one of its two lists."""
    first = _sells_first(by)
    return _listed(by, before, most, dashboard.pending if first else dashboard.pending_or_approved)


def manual_orders(*, by: Actor, before: UUID | None, most: int) -> list[Order] | Refusal:
    """Orders with lines that wait for the caller to execute them: a top seller's."""
    return _listed(by, before, most, dashboard.manual)


def _listed(by: Actor, before: UUID | None, most: int, ids: Ids) -> list[Order] | Refusal:
    """The newest first; one more than `most` where there is more."""
    if refusal := no_dashboard(by):
        return refusal
    return reading.several(ids(by.organization, before, most + 1))


def no_dashboard(by: Actor) -> Refusal | None:
    """Customers have none."""
    customer = organizations.party(by.organization).kind is Kind.CUSTOMER
    return Refusal("forbidden") if customer else None


def _sells_first(by: Actor) -> bool:
    """Whether it stands at the top: a distributor, or whoever buys from nobody."""
    kind = organizations.party(by.organization).kind
    return kind is Kind.DISTRIBUTOR or not dashboard.buys(by.organization)

"""The dashboard's lists of orders: a reseller's two (R104), a distributor's own (R105)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from placet.domain.order import Order
from placet.domain.parties import Actor, Party
from placet.domain.refusals import Refusal
from placet.domain.words import Kind
from placet.storage import dashboard, order_lists, organizations, reading

Ids = Callable[[UUID, UUID | None, int], list[UUID]]

COUNTED: Final = 100
"""No widget counts further."""


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


# Both or all lists at once, as a page shows their beginnings ---------------------------------


@dataclass(frozen=True, slots=True)
class Widget:
    """The beginning of a list, and how many orders stand in it: `COUNTED` at most."""

    orders: Sequence[Order]
    count: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What an organization's dashboard consists of (R102-R105). Who `buys` has figures and a product mix;
    who `sells_first` the lists of a distributor: `unexecuted`, `manual`, `approvals`; everyone else a
    reseller's: `unexecuted`, `pending`."""

    buys: bool
    sells_first: bool
    widgets: Mapping[str, Widget]


def read_dashboard(*, by: Actor, of: Party, shown: int) -> Dashboard:
    """The dashboard of the caller's organization, a seller: each list's first orders, the newest first."""
    buys = dashboard.buys(of.id)
    sells_first = of.kind is Kind.DISTRIBUTOR or not buys
    lists = DISTRIBUTORS if sells_first else RESELLERS
    found = {name: ids(by.organization, None, COUNTED) for name, ids in lists.items()}
    wanted = {id_ for ids in found.values() for id_ in ids[:shown]}
    orders = {order.id: order for order in reading.several(list(wanted))}
    widgets = {
        name: Widget([orders[id_] for id_ in ids[:shown] if id_ in orders], len(ids))
        for name, ids in found.items()
    }
    return Dashboard(buys, sells_first, widgets)


RESELLERS: Final[Mapping[str, Ids]] = {
    "unexecuted": dashboard.unexecuted,
    "pending": dashboard.pending_or_approved,
}
DISTRIBUTORS: Final[Mapping[str, Ids]] = {
    "unexecuted": dashboard.short,
    "manual": dashboard.manual,
    "approvals": order_lists.waiting_for,
}

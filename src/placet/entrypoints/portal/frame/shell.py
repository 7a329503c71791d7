"""What is around every page: the menu of this kind of organization, the switcher, the bell."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from placet.actions.attention import MOST, Attention, attention_of
from placet.actions.fill_basket import latest_basket
from placet.domain.parties import Permission
from placet.domain.words import Kind
from placet.entrypoints.portal.frame.caller import Caller, caller_of


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in the menu. `counts` tells how much waits there; pages `under` other addresses belong to it
    too."""

    name: str
    title: str | Promise
    icon: str
    counts: Callable[[Attention], int] | None = None
    under: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """Where it leads."""
        return reverse(self.name)

    def holds(self, path: str) -> bool:
        """Whether the page at that path belongs here."""
        return any(path == start or path.startswith(f"{start}/") for start in (self.address, *self.under))


ORDERING: Final = ("/catalog", "/basket", "/checkout")

DASHBOARD: Final = Entry("dashboard", _("Dashboard"), "home")
APPROVALS: Final = Entry("approvals", _("Approvals"), "checkbox", lambda waits: waits.approvals)
SUBSCRIPTIONS: Final = Entry("subscriptions", _("Subscriptions"), "refresh")
SETTINGS: Final = Entry("settings", _("Settings"), "settings")

MENUS: Final[dict[Kind, tuple[Entry, ...]]] = {
    Kind.CUSTOMER: (
        Entry("catalog", _("Catalog"), "layout-grid", under=ORDERING),
        Entry("orders", _("My orders"), "shopping-cart"),
        SUBSCRIPTIONS,
        Entry("invoices", _("Invoices"), "file-invoice", under=("/accounts",)),
        SETTINGS,
    ),
    Kind.RESELLER: (
        DASHBOARD,
        APPROVALS,
        Entry("orders", _("Orders"), "shopping-cart", lambda waits: waits.unexecuted, under=ORDERING),
        Entry("customers", _("My Customers"), "users"),
        SUBSCRIPTIONS,
        Entry("prices", _("Catalog and prices"), "tags", under=("/products",)),
        Entry("invoices", _("Invoices and payments"), "file-invoice", under=("/accounts",)),
        SETTINGS,
    ),
    Kind.DISTRIBUTOR: (
        DASHBOARD,
        APPROVALS,
        Entry(
            "orders",
            _("Orders"),
            "shopping-cart",
            lambda waits: waits.unexecuted + waits.manual,
            under=ORDERING,
        ),
        Entry("partners", _("Partners"), "sitemap"),
        SUBSCRIPTIONS,
        Entry("prices", _("Catalog and prices"), "tags", under=("/products",)),
        Entry("invoices", _("Invoices and payments"), "file-invoice", under=("/accounts",)),
        SETTINGS,
    ),
}


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that waits for somebody of this organization: a line of the bell."""

    words: str | Promise
    count: int
    address: str
    tone: str
    icon: str

    @property
    def shown(self) -> str:
        """The count, up to where counting ends."""
        return capped(self.count)


def capped(count: int) -> str:
    """`7`; `99+` where there are more than anybody counts."""
    return f"{MOST - 1}+" if count >= MOST else str(count)


def shell(request: HttpRequest) -> dict[str, Any]:
    """For templates: `caller`, and lazily `menu`, `matters`, `basket_waits`, for whole pages alone."""
    if not hasattr(request, "user"):
        return {}
    caller = caller_of(request)
    if caller is None:
        return {"caller": None}
    waits = cache(partial(attention_of, by=caller.actor))  # asked once, and only for whole pages
    return {
        "caller": caller,
        "menu": SimpleLazyObject(lambda: list(_menu(request.path, caller, waits))),
        "matters": SimpleLazyObject(lambda: list(_matters(caller, waits()))),
        "basket_waits": SimpleLazyObject(lambda: _waiting_basket(caller)),
    }


def _menu(path: str, caller: Caller, waits: Callable[[], Attention]) -> Iterable[dict[str, Any]]:
    for entry in MENUS[caller.kind]:
        count = entry.counts(waits()) if entry.counts else 0
        yield {"entry": entry, "count": capped(count) if count else "", "here": entry.holds(path)}


def _matters(caller: Caller, waits: Attention) -> Iterable[Matter]:
    orders, approvals = reverse("orders"), reverse("approvals")
    may_decide = caller.may(Permission.DECIDE)
    found = (
        Matter(_("wait for your approval"), waits.approvals if may_decide else 0, approvals, "wait", "clock"),
        Matter(
            _("are short of credit"), waits.unexecuted, f"{orders}?status=unexecuted", "stop", "alert-circle"
        ),
        Matter(
            _("wait to be executed by hand"), waits.manual, f"{orders}?status=submitted", "live", "hand-stop"
        ),
        Matter(
            _("could not be delivered"), waits.failed, f"{orders}?status=submitted", "stop", "package-off"
        ),
        Matter(_("have a problem with your card"), waits.payments, orders, "stop", "credit-card-off"),
    )
    return (matter for matter in found if matter.count)


def _waiting_basket(caller: Caller) -> dict[str, Any]:
    """For the icon on every page: whether there is one, and the basket that the person filled last."""
    if not caller.may(Permission.ORDER):
        return {"shown": False}
    found = latest_basket(user=caller.user_id, organization=caller.organization.id)
    if found is None:
        return {"shown": caller.kind is Kind.CUSTOMER}
    buyer, products, _at = found
    return {
        "shown": True,
        "buyer": buyer,
        "products": products,
        "own": buyer.id == caller.organization.id,
    }


def resolved(name: str) -> str:
    """The address of a page, or nothing where there is none of that name."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""

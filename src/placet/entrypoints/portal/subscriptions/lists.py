"""Lists of subscriptions (R70), by when they were sold."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.actions import list_subscriptions
from placet.actions.list_subscriptions import Age, Seen, Wanted
from placet.domain.words import Kind, SubscriptionStatus
from placet.entrypoints.portal.frame import keyset
from placet.entrypoints.portal.frame.answers import show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.states import looks_of
from placet.entrypoints.portal.frame.tables import MOST_EXPORTED, Column, Table
from placet.storage.facts import as_uuid

PRODUCT: Final = Column("product", _("Product"), fixed=True)
CUSTOMER: Final = Column("customer", _("Customer"))
REST: Final = (
    Column("status", _("Status")),
    Column("quantity", _("Quantity"), css="num"),
    Column("started", _("Since"), sort=True),
    Column("renews", _("Renews or ends")),
)
VENDOR, TRIAL = Column("vendor", _("Vendor"), hidden=True), Column("trial", _("Trial"), hidden=True)
PRICE: Final = Column("price", _("Price a period"), css="money")
COST: Final = Column("cost", _("Your cost a period"), css="money")


def _columns(kind: Kind) -> tuple[Column, ...]:
    """As the kind of organization needs them: a customer has no customers and no costs."""
    match kind:
        case Kind.CUSTOMER:
            return PRODUCT, *REST, VENDOR, TRIAL, PRICE
        case Kind.RESELLER:
            return PRODUCT, CUSTOMER, *REST, VENDOR, TRIAL, COST, PRICE
    hidden = Column(COST.name, COST.title, COST.css, hidden=True)
    return PRODUCT, CUSTOMER, *REST, VENDOR, TRIAL, hidden, PRICE


STATUSES: Final = [
    ("", _("Any status")),
    *((status.value, looks_of("subscription", status).label) for status in SubscriptionStatus),
]


def _search(label: Any) -> forms.CharField:  # noqa: ANN401 - a lazy text
    widget = forms.TextInput({"placeholder": label, "type": "search", "size": 14})
    return forms.CharField(label=label, required=False, max_length=200, widget=widget)


class Filter(Form):
    """Which subscriptions."""

    product = _search(_("Product"))
    status = forms.ChoiceField(label=_("Status"), required=False, choices=STATUSES)
    trial = forms.ChoiceField(
        label=_("Trials"),
        required=False,
        choices=[("", _("With trials")), ("only", _("Trials only")), ("none", _("Without trials"))],
    )


class SellersFilter(Filter):
    """Which of its customers' subscriptions."""

    customer = _search(_("Customer"))
    field_order = ("product", "customer")


@page()
def listed(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Subscriptions of the caller's chains, by when they were sold."""
    table = Table(
        request,
        _columns(caller.kind),
        default_sort="-started",
        filters=_filters(request, caller),
        name="subscriptions-table",
    )
    wanted = _wanted(table)
    if table.csv:
        rows = list_subscriptions.find(by=caller.actor, wanted=wanted, most=MOST_EXPORTED - 1)
        return table.as_csv(translated("subscriptions"), [_exported(each) for each in rows])
    found = list_subscriptions.find(by=caller.actor, wanted=wanted, most=table.limit)
    table.of_one_more(found, lambda seen: keyset.cursor_of(seen.row["started_at"], seen.row["id"]))
    return show(request, "portal/subscriptions.html", {"table": table})


def _filters(request: HttpRequest, caller: Caller) -> Filter:
    """The form of the address; a customer whose id it names is shown by name."""
    if caller.kind is Kind.CUSTOMER:
        return Filter(request.GET)
    asked = request.GET.copy()
    id_ = as_uuid(asked.get("customer", ""))
    if id_ and (party := list_subscriptions.customer_named(by=caller.actor, customer=id_)):
        asked["customer"] = party.name
    return SellersFilter(asked)


def _wanted(table: Table) -> Wanted:
    asked = table.filter_values
    status, trial = asked.get("status"), asked.get("trial")
    return Wanted(
        status=SubscriptionStatus(status) if status else None,
        product=asked.get("product", ""),
        customer=asked.get("customer", ""),
        trial=trial == "only" if trial else None,
        after=None if table.csv else _after(table.cursor),
        first=Age.NEWEST if table.descending else Age.OLDEST,
    )


def _after(cursor: str) -> tuple[datetime, UUID] | None:
    found = keyset.after_name(cursor) if cursor else None
    try:
        at = datetime.fromisoformat(found[0]) if found else None
    except ValueError:
        return None
    return (at, found[1]) if found and at and at.tzinfo else None


def _exported(seen: Seen) -> dict[str, object]:
    row = seen.row
    prices = {name: paid for name in ("price", "cost") if (paid := getattr(seen, name)) and paid.period}
    return {
        "product": row["product"]["name"],
        "customer": row["customer"]["name"],
        "status": looks_of("subscription", row["status"]).label,
        "quantity": row["quantity"],
        "started": row["started_at"].date(),
        "renews": row["renews_on"] or (row["ended_at"] and row["ended_at"].date()),
        "vendor": row["vendor"],
        "trial": translated("yes") if row["trial"] else translated("no"),
        **{name: " ".join(paid.period.as_json().values()) for name, paid in prices.items()},
    }


urls = [path("subscriptions", listed, name="subscriptions")]

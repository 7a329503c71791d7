"""Subscriptions (R70): lists of them, one with its story, and what changes it (R71), each by an order."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as said

from placet.actions import list_subscriptions
from placet.actions.change_subscription import (
    cancel_subscription,
    change_subscription,
    preview_cancel,
    preview_change,
    resume_subscription,
    suspend_subscription,
)
from placet.actions.list_subscriptions import Age, Seen, Story, Wanted
from placet.domain import view
from placet.domain.money import Money
from placet.domain.order import Order
from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal
from placet.domain.words import Kind, SubscriptionStatus
from placet.entrypoints.portal.frame import keyset
from placet.entrypoints.portal.frame.answers import done, into, now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, act, page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.refusals import kindly
from placet.entrypoints.portal.frame.states import looks_of
from placet.entrypoints.portal.frame.tables import MOST_EXPORTED, Column, Table
from placet.storage.db import Row
from placet.storage.facts import as_uuid

LONGEST_REASON: Final = 500
MOST_QUANTITY: Final = 1_000_000

# The list ------------------------------------------------------------------------------------

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


# One -----------------------------------------------------------------------------------------


@page()
def one(request: HttpRequest, caller: Caller, subscription: UUID) -> HttpResponse:
    """A subscription with its prices on the caller's links, its orders, bills and usage."""
    seen = _read(caller, subscription)
    story = list_subscriptions.story_of(by=caller.actor, seen=seen)
    context = {
        "seen": seen,
        "row": seen.row,
        "orders": [_told(order, caller.actor) for order in story.orders],
        "story": story,
        "acts": _acts(seen, story, caller),
        "organization_id": str(caller.organization.id),
        "bills": [_bill(row) for row in story.bills],
    }
    return show(request, "portal/subscription.html", context)


def _bill(row: Row) -> Row:
    """An invoice line, with its amount as money and its last day."""
    last = row["period_until"] and row["period_until"] - timedelta(days=1)
    return row | {"net": Money(row["net_minor"], row["currency"]), "last_day": last}


def _told(order: Order, by: Actor) -> dict[str, Any]:
    """An order about it, as its viewer may see it (R2)."""
    return view.render(order, by) | {"kind_words": KINDS[order.change.does if order.change else order.kind]}


KINDS: Final = {
    "new": _("Sold"),
    "renewal": said("order", "Renewal"),
    "change": said("order", "Change"),
    "cancel": _("Cancelled at once"),
    "cancel_at_end": _("Cancelled to the end of its period"),
    "suspend": said("order", "Suspended"),
    "resume": said("order", "Resumed"),
    "renew": said("order", "Renewal"),
}


def _acts(seen: Seen, story: Story, caller: Caller) -> set[str]:
    """What the caller may do with it now; nothing while another change is open (R71)."""
    if story.pending or not list_subscriptions.may_act(by=caller.actor):
        return set()
    found = ACTS[SubscriptionStatus(seen.row["status"])] - ({"change"} if seen.metered else set())
    return found if caller.kind is not Kind.CUSTOMER else found - {"suspend", "resume"}


ACTS: Final[dict[SubscriptionStatus, set[str]]] = {
    SubscriptionStatus.ACTIVE: {"change", "cancel", "suspend"},
    SubscriptionStatus.PENDING_CANCELLATION: {"cancel"},
    SubscriptionStatus.SUSPENDED: {"cancel", "resume"},
    SubscriptionStatus.CANCELLED: set(),
}


def _read(caller: Caller, subscription: UUID) -> Seen:
    seen = list_subscriptions.read(by=caller.actor, subscription=subscription)
    if isinstance(seen, Refusal):
        raise Http404
    return seen


# More, fewer, another offer ------------------------------------------------------------------


class ChangeForm(Form):
    """Another quantity, or another offer in its place."""

    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=MOST_QUANTITY)
    product = forms.ChoiceField(label=_("Offer"))

    def __init__(self, *args: Any, seen: Seen, offers: Iterable[Row], **kwargs: Any) -> None:  # noqa: ANN401
        own = seen.row["product"]
        self.own = str(own["id"])
        super().__init__(
            *args, **{"initial": {"quantity": seen.row["quantity"], "product": self.own}, **kwargs}
        )
        others = ((str(each["id"]), each["name"]) for each in offers if str(each["id"]) != self.own)
        offered = [(self.own, own["name"]), *sorted(others, key=lambda pair: pair[1])]
        self.fields["product"].choices = offered  # type: ignore[attr-defined]

    @property
    def wish(self) -> dict[str, Any]:
        """As the action takes it."""
        said_ = self.cleaned_data
        return {
            "quantity": said_["quantity"],
            "product": said_["product"] if said_["product"] != self.own else None,
        }


@page(may=Permission.ORDER)
def change(request: HttpRequest, caller: Caller, subscription: UUID) -> HttpResponse:
    """What is to be different, what that comes to, and then the order of it."""
    seen, at = _read(caller, subscription), now()
    offers = list_subscriptions.replacements(by=caller.actor, seen=seen, at=at)
    asked = request.POST if request.method == "POST" else request.GET if "quantity" in request.GET else None
    form = ChangeForm(asked, seen=seen, offers=offers)
    if request.method == "POST" and form.is_valid():
        order = change_subscription(subscription=subscription, **form.wish, by=caller.actor, at=at)
        if isinstance(order, Order):
            return _ordered(request, order, caller.actor)
        if order.code != "invalid":
            return refused(request, order, to=reverse("subscription", args=[subscription]))
        into(form, order)
    preview = _previewed(form, caller.actor, subscription, at) if asked is not None else None
    context = {"seen": seen, "row": seen.row, "form": form, "preview": preview}
    status = 422 if request.method == "POST" else 200
    return show(request, "portal/subscription_change.html", context, status=status)


def _previewed(form: ChangeForm, by: Actor, subscription: UUID, at: datetime) -> dict[str, Any]:
    if not form.is_valid():
        return {"wrong": [error for errors in form.errors.values() for error in errors]}
    order = preview_change(subscription=subscription, **form.wish, by=by, at=at)
    if isinstance(order, Refusal):
        return {"wrong": _wrong(order)}
    return view.change_preview(order, by) | {"wish": form.cleaned_data}


def _wrong(refusal: Refusal) -> list[str]:
    return list(refusal.facts.get("errors", {}).values()) or [kindly(refusal)]


def _ordered(request: HttpRequest, order: Order, by: Actor) -> HttpResponse:
    seen = view.render(order, by)
    words = translated("%(number)s placed: %(status)s.")
    status = looks_of("order", seen["status"]).label
    return done(
        request,
        words % {"number": seen["number"], "status": status},
        to=reverse("subscription", args=[seen["change"]["subscription"]]),
    )


# Its end, a pause ----------------------------------------------------------------------------


class CancelForm(Form):
    """When it is to end, and why."""

    when = forms.ChoiceField(
        label=_("When"),
        choices=[("period_end", ""), ("now", "")],
        widget=forms.RadioSelect,
        error_messages={"required": _("Please say when it is to end.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Kept with the order."),
    )


@page(may=Permission.ORDER)
def cancel(request: HttpRequest, caller: Caller, subscription: UUID) -> HttpResponse:
    """Its end: when, and what is given back; then the order of it."""
    seen, there = _read(caller, subscription), reverse("subscription", args=[subscription])
    form = CancelForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        order = _cancelled(form, subscription, caller.actor)
        if isinstance(order, Order):
            return _ordered(request, order, caller.actor)
        if order.code != "invalid":
            return refused(request, order, to=there)
        into(form, order)
    at_once, late = (_end(subscription, caller.actor, at_period_end=late) for late in (False, True))
    if isinstance(at_once, Refusal):
        return refused(request, at_once, to=there)
    context = {
        "seen": seen,
        "row": seen.row,
        "form": form,
        "at_once": at_once,
        "late": isinstance(late, dict),
    }
    return show(request, "portal/subscription_cancel.html", context, status=422 if form.errors else 200)


def _cancelled(form: CancelForm, subscription: UUID, by: Actor) -> Order | Refusal:
    said_ = form.cleaned_data
    late = said_["when"] == "period_end"
    return cancel_subscription(
        subscription=subscription, at_period_end=late, reason=said_["reason"], by=by, at=now()
    )


def _end(subscription: UUID, by: Actor, *, at_period_end: bool) -> dict[str, Any] | Refusal:
    """What is given back where, by its order."""
    order = preview_cancel(subscription=subscription, at_period_end=at_period_end, by=by, at=now())
    if isinstance(order, Refusal):
        return order
    read = view.change_preview(order, by)
    return {name: read[name] | {"amount": read[name]["amount"].lstrip("-")} for name in BACK if name in read}


BACK: Final = ("total_amount", "total_cost")


class PauseForm(Form):
    """Why it is suspended."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Everybody of the chain may read it."),
    )


@page(kinds=SELLERS, may=Permission.ORDER)
def suspend(request: HttpRequest, caller: Caller, subscription: UUID) -> HttpResponse:
    """A pause: why, and then the order of it."""
    seen = _read(caller, subscription)
    form = PauseForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        reason = form.cleaned_data["reason"]
        return _did(request, caller, subscription, lambda **who: suspend_subscription(reason=reason, **who))
    context = {"seen": seen, "row": seen.row, "form": form}
    return show(request, "portal/subscription_suspend.html", context, status=422 if form.errors else 200)


@act(kinds=SELLERS, may=Permission.ORDER)
def resume(request: HttpRequest, caller: Caller, subscription: UUID) -> HttpResponse:
    """The end of a pause."""
    return _did(request, caller, subscription, resume_subscription)


def _did(
    request: HttpRequest, caller: Caller, subscription: UUID, does: Callable[..., Order | Refusal]
) -> HttpResponse:
    order = does(subscription=subscription, by=caller.actor, at=now())
    if isinstance(order, Refusal):
        return refused(request, order, to=reverse("subscription", args=[subscription]))
    return _ordered(request, order, caller.actor)


urls = [
    path("subscriptions", listed, name="subscriptions"),
    path("subscriptions/<uuid:subscription>", one, name="subscription"),
    path("subscriptions/<uuid:subscription>/change", change, name="subscription-change"),
    path("subscriptions/<uuid:subscription>/cancel", cancel, name="subscription-cancel"),
    path("subscriptions/<uuid:subscription>/suspend", suspend, name="subscription-suspend"),
    path("subscriptions/<uuid:subscription>/resume", resume, name="subscription-resume"),
]

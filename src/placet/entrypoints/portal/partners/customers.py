"""My Customers (R100): whom a seller sells to, and order approval for several or all of them (R20-R22)."""

from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from placet.actions.change_approvals import change_approvals
from placet.actions.list_buyers import find_buyers, how_many, locked_by
from placet.domain.buyers import Buyer, BuyerFilter, BuyerSort
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.domain.words import OrganizationStatus
from placet.entrypoints.portal.frame.answers import done, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, act, page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.tables import MOST_EXPORTED, Column, Table
from placet.entrypoints.portal.partners.buyer_rows import cursor_of, exported, place_in

COUNTED: Final = 10_000
COLUMNS: Final = (
    Column("name", _("Customer"), sort=True, fixed=True),
    Column("status", _("Status"), sort=True),
    Column("external_id", _("External ID")),
    Column("country", _("Country")),
    Column("order_approval", _("Order approval")),
    Column("open_orders", _("Open orders"), css="num"),
    Column("limit", _("Credit limit"), css="money"),
    Column("available", _("Available"), css="money"),
    Column("balance", _("Balance"), css="money", hidden=True),
    Column("payment_method", _("Payment"), hidden=True),
)

STATUSES: Final = [
    ("", _("Any status")),
    (OrganizationStatus.ACTIVE.value, _("Active")),
    (OrganizationStatus.NEW.value, _("New")),
    (OrganizationStatus.SUSPENDED.value, _("Suspended")),
    (OrganizationStatus.BLOCKED.value, _("Blocked")),
]


class CustomerFilter(Form):
    """Which customers."""

    q = forms.CharField(
        label=_("Name or external ID"),
        required=False,
        max_length=200,
        widget=forms.TextInput({"placeholder": _("Name or external ID"), "type": "search"}),
    )
    status = forms.ChoiceField(label=_("Status"), required=False, choices=STATUSES)
    approval = forms.ChoiceField(
        label=_("Order approval"),
        required=False,
        choices=[("", _("Any approval")), ("on", _("Approval on")), ("off", _("Approval off"))],
    )


@page(kinds=SELLERS)
def listed(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The caller's customers, by name or status."""
    table = Table(
        request, COLUMNS, default_sort="name", filters=CustomerFilter(request.GET), name="customers-table"
    )
    wanted, sort = _wanted(table.filter_values), BuyerSort(table.sort)
    lock = locked_by(by=caller.actor)
    if table.csv:
        rows = _found(caller, wanted, table, after=None, most=MOST_EXPORTED - 1)
        return table.as_csv(translated("customers"), [exported(row, locked=bool(lock)) for row in rows])
    after = place_in(table.cursor, sort)
    table.of_one_more(_found(caller, wanted, table, after, table.limit), lambda each: cursor_of(each, sort))
    table.total = how_many(by=caller.actor, wanted=wanted, most=COUNTED + 1)
    shown = {
        "table": table,
        "locked_by": lock,
        "may_change": caller.may(Permission.ADMINISTER),
        "counted": COUNTED,
        "kept": [(name, value) for name, value in table.filter_values.items() if value],
    }
    return show(request, "portal/customers.html", shown)


def _found(
    caller: Caller, wanted: BuyerFilter, table: Table, after: list[str] | None, most: int
) -> list[Buyer]:
    return find_buyers(
        by=caller.actor,
        wanted=wanted,
        sort=BuyerSort(table.sort),
        descending=table.descending,
        after=after,
        most=most,
    )


def _wanted(said: dict[str, Any]) -> BuyerFilter:
    status, approval = said.get("status"), said.get("approval")
    return BuyerFilter(
        customers=True,
        text=said.get("q", ""),
        status=OrganizationStatus(status) if status else None,
        order_approval=approval == "on" if approval else None,
    )


class ApprovalForm(CustomerFilter):
    """Which way, and whose: the ticked ones' or all that the filter finds."""

    whose = forms.ChoiceField(choices=[("chosen", ""), ("all", "")])
    switch = forms.ChoiceField(choices=[("on", ""), ("off", "")])


@act(kinds=SELLERS, may=Permission.ADMINISTER)
def approvals(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Order approval on or off, for several or all (R21)."""
    form = ApprovalForm(request.POST)
    back = f"{reverse('customers')}{_kept(request)}"
    if not form.is_valid():
        return refused(request, Refusal("invalid"), to=back)
    chosen = _chosen(request) if form.cleaned_data["whose"] == "chosen" else None
    if chosen == []:
        return refused(request, Refusal("invalid", translated("Tick the customers first.")), to=back)
    on = form.cleaned_data["switch"] == "on"
    became = change_approvals(
        by=caller.actor, wanted=_wanted(form.cleaned_data), chosen=chosen, order_approval=on
    )
    if isinstance(became, Refusal):
        return refused(request, became, to=back)
    return done(request, _said(became.changed, became.already, on=on), to=back)


def _chosen(request: HttpRequest) -> list[UUID]:
    return [id_ for text in request.POST.getlist("chosen") if (id_ := _as_uuid(text))]


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _kept(request: HttpRequest) -> str:
    names = ("q", "status", "approval", "sort")
    asked = {name: value for name in names if (value := request.POST.get(name))}
    return f"?{urlencode(asked)}" if asked else ""


def _said(changed: int, already: int, *, on: bool) -> str:
    if not changed:
        return translated("Nothing to change: it was so already.")
    if on:
        words = ngettext(
            "Order approval is on for %(changed)d more customer.",
            "Order approval is on for %(changed)d more customers.",
            changed,
        )
    else:
        words = ngettext(
            "Order approval is off for %(changed)d more customer.",
            "Order approval is off for %(changed)d more customers.",
            changed,
        )
    was = ngettext("For %(count)d it was so already.", "For %(count)d it was so already.", already)
    said = words % {"changed": changed}
    return f"{said} {was % {'count': already}}" if already else said


urls = [
    path("customers", listed, name="customers"),
    path("customers/approvals", approvals, name="customers-approvals"),
]

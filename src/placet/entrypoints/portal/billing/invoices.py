"""Lists of invoices (R62, R63): those that one wrote and those that one got, by date."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as said

from placet.domain.money import Money
from placet.domain.words import InvoiceKind, InvoiceStatus, Kind
from placet.entrypoints.portal.billing.invoice import KINDS, status_label
from placet.entrypoints.portal.frame.answers import now, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, page
from placet.entrypoints.portal.frame.forms import DayField, Form
from placet.entrypoints.portal.frame.keyset import after_day, cursor_of
from placet.entrypoints.portal.frame.tables import MOST_EXPORTED, Column, Table
from placet.storage import invoice_lists as lists
from placet.storage.db import Row
from placet.storage.facts import as_uuid
from placet.storage.invoice_lists import InvoiceQuery, Place

STATUSES: Final = [
    ("", _("Any status")),
    ("unpaid", _("Unpaid")),
    ("overdue", _("Overdue")),
    ("paid", _("Paid")),
    ("cancelled", said("invoice", "Cancelled")),
]


def columns(partner: object) -> tuple[Column, ...]:
    """The table's columns; the partner is the buyer or the seller."""
    return (
        Column("number", _("Number"), fixed=True),
        Column("issued_on", _("Date"), sort=True, fixed=True),
        Column("due_on", _("Due")),
        Column("partner", str(partner)),
        Column("order", _("Order")),
        Column("kind", _("Kind")),
        Column("status", _("Status"), fixed=True),
        Column("net", _("Net"), css="money"),
        Column("total", _("Total"), css="money", fixed=True),
        Column("open", said("amount", "Open"), css="money"),
    )


class InvoicesForm(Form):
    """Which invoices."""

    number = forms.CharField(
        label=_("Number"),
        required=False,
        max_length=40,
        widget=forms.TextInput({"type": "search", "placeholder": _("Whole number")}),
    )
    status = forms.ChoiceField(label=_("Status"), required=False, choices=STATUSES)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("Any kind")), *KINDS.items()])
    issued_from = DayField(label=_("From"), widget=forms.DateInput({"type": "date", "title": _("From")}))
    issued_to = DayField(label=_("To"), widget=forms.DateInput({"type": "date", "title": _("To")}))


@page()
def invoices(request: HttpRequest, caller: Caller) -> HttpResponse:
    """To a seller what it wrote, to a customer what it got."""
    side = "buying" if caller.kind is Kind.CUSTOMER else "selling"
    return _listed(request, caller, side)


@page(kinds=SELLERS)
def received(request: HttpRequest, caller: Caller) -> HttpResponse:
    """What a seller itself got, from who sells to it."""
    return _listed(request, caller, "buying")


def _listed(request: HttpRequest, caller: Caller, side: str) -> HttpResponse:
    own, at = caller.organization.id, now()
    shown = columns(_("Buyer") if side == "selling" else _("Seller"))
    table = Table(request, shown, "-issued_on", InvoicesForm(request.GET), "invoices")
    if request.headers.get("HX-Target") == "invoice-sums":
        return _sums(request, caller, side)
    place = Place(after_day(table.cursor), table.descending, MOST_EXPORTED if table.csv else table.limit + 1)
    rows = lists.invoices(own, side, _query(request, table.filter_values), place, at)
    if table.csv:
        return table.as_csv(translated("invoices"), [_csv(row) for row in rows])
    table.of_one_more([invoice_row(row) for row in rows], _cursor)
    context = {"table": table, "side": side, **tabs(caller, "invoices" if side == "selling" else "received")}
    if side == "buying":  # one's own are few enough to be added up at once
        context["sums"] = [_sum(row) for row in lists.sums(own, side, at)]
    return show(request, "portal/invoices.html", context)


def tabs(caller: Caller, tab: str) -> dict[str, Any]:
    """Which lists there are for this kind of organization, and which one this is."""
    return {
        "tab": tab,
        "sells": caller.kind is not Kind.CUSTOMER,
        "buys": caller.kind is not Kind.DISTRIBUTOR,
    }


def _sums(request: HttpRequest, caller: Caller, side: str) -> HttpResponse:
    """What is open and overdue with all buyers: added up after the page is there."""
    found = lists.sums(caller.organization.id, side, now())
    return show(request, "portal/parts/invoice_sums.html", {"sums": [_sum(row) for row in found]})


def _query(request: HttpRequest, said_: Mapping[str, Any]) -> InvoiceQuery:
    status = said_.get("status", "")
    return InvoiceQuery(
        status=InvoiceStatus(status) if status and status != "overdue" else None,
        kind=InvoiceKind(said_["kind"]) if "kind" in said_ else None,
        overdue=status == "overdue",
        number=said_.get("number", "").upper(),
        issued_from=said_.get("issued_from"),
        issued_to=said_.get("issued_to"),
        partner=as_uuid(request.GET.get("partner", "")),
        order=as_uuid(request.GET.get("order", "")),
        contract=as_uuid(request.GET.get("contract", "")),
    )


def invoice_row(row: Row) -> dict[str, Any]:
    """An invoice as tables show it."""
    shown = {name: row[name] for name in ("id", "number", "issued_on", "due_on", "order_id", "order_number")}
    shown |= {name: Money(row[f"{name}_minor"], row["currency"]) for name in ("net", "total", "open")}
    return shown | {
        "partner": row["partner"],
        "credit": row["kind"] == InvoiceKind.CREDIT,
        "kind_label": KINDS[row["kind"]],
        "status": row["status"],
        "look": "overdue" if row["overdue"] else row["status"],
        "status_label": status_label(row),
    }


def _cursor(row: dict[str, Any]) -> str:
    return cursor_of(row["issued_on"].isoformat(), row["id"])


def _csv(row: Row) -> dict[str, object]:
    amounts = {name: str(Money(row[f"{name}_minor"], row["currency"])) for name in ("net", "total", "open")}
    return amounts | {
        "number": row["number"] or "",
        "issued_on": row["issued_on"].isoformat(),
        "due_on": row["due_on"].isoformat(),
        "partner": row["partner"]["name"],
        "order": row["order_number"] or "",
        "kind": row["kind"],
        "status": "overdue" if row["overdue"] else row["status"],
    }


def _sum(row: Row) -> dict[str, Any]:
    return {
        "open": Money(row["open_minor"], row["currency"]),
        "open_count": row["open"],
        "overdue": Money(row["overdue_minor"], row["currency"]),
        "overdue_count": row["overdue"],
        "next_due_on": row["next_due_on"],
    }


urls = [
    path("invoices", invoices, name="invoices"),
    path("invoices/received", received, name="invoices-received"),
]

"""Payments and refunds (R65): what came in, and what was given back."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as said

from placet.domain.money import Money
from placet.domain.words import Kind
from placet.entrypoints.portal.billing.invoices import tabs
from placet.entrypoints.portal.frame.answers import show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.keyset import after_id, cursor_of
from placet.entrypoints.portal.frame.tables import MOST_EXPORTED, Column, Table
from placet.storage import invoice_lists as lists
from placet.storage.db import Row
from placet.storage.facts import as_uuid


class MovedForm(Form):
    """Which of them."""

    what = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("Any kind")), ("payment", _("Payments")), ("refund", _("Refunds"))],
    )


def moved_columns(partner: object) -> tuple[Column, ...]:
    """The table's columns; the partner is the buyer or the seller."""
    return (
        Column("at", _("Date"), fixed=True),
        Column("what", _("Kind"), fixed=True),
        Column("partner", str(partner)),
        Column("note", _("Note")),
        Column("status", _("Status")),
        Column("left", said("amount", "Not used yet"), css="money"),
        Column("amount", _("Amount"), css="money", fixed=True),
    )


@page()
def payments(request: HttpRequest, caller: Caller) -> HttpResponse:
    """To a seller what its buyers paid, to a customer what it paid itself; and what was given back."""
    return _moved(request, caller, "buying" if caller.kind is Kind.CUSTOMER else "selling")


@page(kinds=SELLERS)
def payments_made(request: HttpRequest, caller: Caller) -> HttpResponse:
    """What a seller itself paid, and got back."""
    return _moved(request, caller, "buying")


def _moved(request: HttpRequest, caller: Caller, side: str) -> HttpResponse:
    shown = moved_columns(_("Buyer") if side == "selling" else _("Seller"))
    table = Table(request, shown, filters=MovedForm(request.GET), name="payments")
    rows = lists.moved(
        caller.organization.id,
        side,
        what=table.filter_values.get("what", ""),
        account=as_uuid(request.GET.get("account", "")),
        before=after_id(table.cursor),
        most=MOST_EXPORTED if table.csv else table.limit + 1,
    )
    found = [_moved_row(row, sells=side == "selling") for row in rows]
    if table.csv:
        return table.as_csv(translated("payments"), [_moved_csv(row) for row in found])
    table.of_one_more(found, lambda row: cursor_of(row["id"]))
    context = {"table": table, "side": side, **tabs(caller, "payments" if side == "selling" else "made")}
    return show(request, "portal/payments.html", context)


def _moved_row(row: Row, *, sells: bool) -> dict[str, Any]:
    """A payment's note and its people's names stay inside; a refund's reason is told."""
    refund = row["what"] == "refund"
    return {
        "id": row["id"],
        "at": row["at"],
        "refund": refund,
        "card": row["order_id"] is not None,
        "account": row["account_id"],
        "partner": row["partner"],
        "note": row["words"] if refund or sells else "",
        "by": row["by"]["name"] if sells and row["by"] else "",
        "invoice": row["invoice_id"],
        "invoice_number": row["invoice_number"],
        "order": row["order_id"],
        "order_number": row["order_number"],
        "status": row["status"],
        "left": Money(row["left_minor"], row["currency"]) if row["left_minor"] else None,
        "amount": Money(row["amount_minor"], row["currency"]),
    }


def _moved_csv(row: dict[str, Any]) -> dict[str, object]:
    return {
        "at": row["at"].isoformat(timespec="seconds"),
        "what": "refund" if row["refund"] else "payment",
        "partner": row["partner"]["name"],
        "note": row["note"],
        "status": row["status"],
        "left": str(row["left"] or ""),
        "amount": str(row["amount"]),
    }


urls = [
    path("payments", payments, name="payments"),
    path("payments/made", payments_made, name="payments-made"),
]

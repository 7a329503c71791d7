"""One invoice (R62, R65): its lines, what settled it, what took it back; on a page and on paper."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.domain.money import Money
from placet.domain.parties import Permission
from placet.domain.words import InvoiceKind, InvoiceStatus
from placet.entrypoints.api.replies import paper
from placet.entrypoints.documents.invoice import invoice_pdf
from placet.entrypoints.portal.frame.answers import now, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import page
from placet.entrypoints.portal.frame.forms import Form
from placet.storage import billing
from placet.storage import invoice_lists as lists
from placet.storage.db import Row


@page()
def invoice(request: HttpRequest, caller: Caller, invoice: UUID) -> HttpResponse:
    """The invoice, with its lines, what settled it, and what took it back. Its two parties' alone."""
    return invoice_page(request, caller, seen(caller, invoice), CancelForm())


def invoice_page(
    request: HttpRequest, caller: Caller, found: Row, form: Form, *, open_now: bool = False
) -> HttpResponse:
    """The page; with the dialog open where its form came back."""
    credit, currency = found["kind"] == InvoiceKind.CREDIT, found["currency"]
    settled = lists.settled(found["id"]) if credit else lists.settled_by(found["id"])
    related = lists.credited_invoices(found["id"]) if credit else lists.credit_notes(found["id"])
    uncredited = all(each["status"] == InvoiceStatus.CANCELLED for each in related)
    context = {
        **invoice_facts(caller, found),
        "lines": [_line(line, currency) for line in found["lines"] or ()],
        "settled": [each | {"amount": Money(each["amount_minor"], currency)} for each in settled],
        "related": [each | {"total": Money(each["total_minor"], currency)} for each in related],
        "credited": not credit and not uncredited,
        "beside": lists.beside(found["id"], now()),
        "form": form,
        "open_now": open_now,
    }
    return show(request, "portal/invoice.html", context, 422 if open_now else 200)


def invoice_facts(caller: Caller, found: Row) -> dict[str, Any]:
    """What every page about an invoice begins with, and what may be done with it."""
    credit, sells = found["kind"] == InvoiceKind.CREDIT, wrote(caller, found)
    alive, finance = found["status"] != InvoiceStatus.CANCELLED, caller.may(Permission.FINANCE)
    amounts = {
        name: Money(found[f"{name}_minor"], found["currency"]) for name in ("net", "tax", "total", "open")
    }
    return {
        "invoice": found,
        **amounts,
        "title": invoice_title(found),
        "credit": credit,
        "sells": sells,
        "partner": found["buyer"] if sells else found["seller"],
        "status_label": status_label(found),
        "acts": sells and alive,
        "finance": finance,
    }


def _line(line: Row, currency: str) -> dict[str, Any]:
    amounts = {name: Money(line[f"{name}_minor"], currency) for name in ("net", "tax")}
    gross = Money(line["net_minor"] + line["tax_minor"], currency)
    last = date.fromisoformat(line["until"]) - timedelta(days=1) if line["until"] else None
    return line | amounts | {"gross": gross, "last": last}


def invoice_title(found: Row) -> str:
    """What people call it; the number may follow a moment later."""
    number = found["number"] or translated("number follows")
    kind = translated("Credit invoice") if found["kind"] == InvoiceKind.CREDIT else translated("Invoice")
    return f"{kind} {number}"


KINDS: Final = {InvoiceKind.DEBIT: _("Invoice"), InvoiceKind.CREDIT: _("Credit invoice")}


def status_label(row: Row) -> str:
    """A credit invoice is not paid but used."""
    if row["kind"] != InvoiceKind.CREDIT or row["status"] == InvoiceStatus.CANCELLED:
        return ""
    return translated("Not used up") if row["status"] == InvoiceStatus.UNPAID else translated("Used")


def seen(caller: Caller, invoice: UUID) -> Row:
    """The invoice, to its two parties; to others it is not there."""
    found = billing.invoice_seen(invoice, caller.organization.id)
    if found is None:
        raise Http404
    return found


def wrote(caller: Caller, found: Row) -> bool:
    """Whether the caller is its seller."""
    return bool(found["seller"]["id"] == str(caller.organization.id))


@page()
def printed(_request: HttpRequest, caller: Caller, invoice: UUID) -> HttpResponse:
    """The same on paper."""
    found = seen(caller, invoice)
    return paper(invoice_pdf(found, now()), found["number"] or str(found["id"]))


class CancelForm(Form):
    """Why it ought never to have been."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=4000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("The buyer reads it, on the invoice's paper too."),
    )


urls = [
    path("invoices/<uuid:invoice>", invoice, name="invoice"),
    path("invoices/<uuid:invoice>/pdf", printed, name="invoice-pdf"),
]

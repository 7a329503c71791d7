"""Invoices (R62, R63, R65): those that one wrote and those that one got, by date; each with its lines and
what settled it; what its seller does with it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as said

from placet.actions.cancel_invoice import cancel_invoice
from placet.actions.credit_invoice import credit_invoice
from placet.domain.crediting import BilledLine, CreditWish
from placet.domain.money import Money
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.domain.words import InvoiceKind, InvoiceStatus, Kind
from placet.entrypoints.api.replies import paper
from placet.entrypoints.documents.invoice import invoice_pdf
from placet.entrypoints.portal.frame.amounts import AmountField, typed
from placet.entrypoints.portal.frame.answers import done, now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, page
from placet.entrypoints.portal.frame.forms import DayField, Form
from placet.entrypoints.portal.frame.keyset import after_day, cursor_of
from placet.entrypoints.portal.frame.money import money_text
from placet.entrypoints.portal.frame.refusals import in_language
from placet.entrypoints.portal.frame.tables import MOST_EXPORTED, Column, Table
from placet.storage import billing
from placet.storage import invoice_lists as lists
from placet.storage.db import Row
from placet.storage.facts import as_uuid
from placet.storage.invoice_lists import InvoiceQuery, Place

KINDS: Final = {InvoiceKind.DEBIT: _("Invoice"), InvoiceKind.CREDIT: _("Credit invoice")}
STATUSES: Final = [
    ("", _("Any status")),
    ("unpaid", _("Unpaid")),
    ("overdue", _("Overdue")),
    ("paid", _("Paid")),
    ("cancelled", said("invoice", "Cancelled")),
]


SMALL: Final = "form-control form-control-sm text-end tnum"
TYPED: Final = {"inputmode": "decimal", "autocomplete": "off", "class": SMALL}


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


# Lists --------------------------------------------------------------------------------------


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
        "status_label": _status_label(row),
    }


def _status_label(row: Row) -> str:
    """A credit invoice is not paid but used."""
    if row["kind"] != InvoiceKind.CREDIT or row["status"] == InvoiceStatus.CANCELLED:
        return ""
    return translated("Not used up") if row["status"] == InvoiceStatus.UNPAID else translated("Used")


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


# One invoice --------------------------------------------------------------------------------


@page()
def invoice(request: HttpRequest, caller: Caller, invoice: UUID) -> HttpResponse:
    """The invoice, with its lines, what settled it, and what took it back. Its two parties' alone."""
    return _shown(request, caller, _seen(caller, invoice), CancelForm())


def _shown(
    request: HttpRequest, caller: Caller, found: Row, form: Form, *, open_now: bool = False
) -> HttpResponse:
    credit, currency = found["kind"] == InvoiceKind.CREDIT, found["currency"]
    settled = lists.settled(found["id"]) if credit else lists.settled_by(found["id"])
    related = lists.credited_invoices(found["id"]) if credit else lists.credit_notes(found["id"])
    uncredited = all(each["status"] == InvoiceStatus.CANCELLED for each in related)
    context = {
        **_facts(caller, found),
        "lines": [_line(line, currency) for line in found["lines"] or ()],
        "settled": [each | {"amount": Money(each["amount_minor"], currency)} for each in settled],
        "related": [each | {"total": Money(each["total_minor"], currency)} for each in related],
        "credited": not credit and not uncredited,
        "beside": lists.beside(found["id"], now()),
        "form": form,
        "open_now": open_now,
    }
    return show(request, "portal/invoice.html", context, 422 if open_now else 200)


def _facts(caller: Caller, found: Row) -> dict[str, Any]:
    """What every page about an invoice begins with, and what may be done with it."""
    credit, sells = found["kind"] == InvoiceKind.CREDIT, _sells(caller, found)
    alive, finance = found["status"] != InvoiceStatus.CANCELLED, caller.may(Permission.FINANCE)
    amounts = {
        name: Money(found[f"{name}_minor"], found["currency"]) for name in ("net", "tax", "total", "open")
    }
    return {
        "invoice": found,
        **amounts,
        "title": _title(found),
        "credit": credit,
        "sells": sells,
        "partner": found["buyer"] if sells else found["seller"],
        "status_label": _status_label(found),
        "acts": sells and alive,
        "finance": finance,
    }


def _line(line: Row, currency: str) -> dict[str, Any]:
    amounts = {name: Money(line[f"{name}_minor"], currency) for name in ("net", "tax")}
    gross = Money(line["net_minor"] + line["tax_minor"], currency)
    last = date.fromisoformat(line["until"]) - timedelta(days=1) if line["until"] else None
    return line | amounts | {"gross": gross, "last": last}


def _title(found: Row) -> str:
    """What people call it; the number may follow a moment later."""
    number = found["number"] or translated("number follows")
    kind = translated("Credit invoice") if found["kind"] == InvoiceKind.CREDIT else translated("Invoice")
    return f"{kind} {number}"


def _seen(caller: Caller, invoice: UUID) -> Row:
    found = billing.invoice_seen(invoice, caller.organization.id)
    if found is None:
        raise Http404
    return found


def _sells(caller: Caller, found: Row) -> bool:
    return bool(found["seller"]["id"] == str(caller.organization.id))


@page()
def printed(_request: HttpRequest, caller: Caller, invoice: UUID) -> HttpResponse:
    """The same on paper."""
    found = _seen(caller, invoice)
    return paper(invoice_pdf(found, now()), found["number"] or str(found["id"]))


# What its seller does with it -----------------------------------------------------------------


class CancelForm(Form):
    """Why it ought never to have been."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=4000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("The buyer reads it, on the invoice's paper too."),
    )


@page(kinds=SELLERS, may=Permission.FINANCE)
def cancel(request: HttpRequest, caller: Caller, invoice: UUID) -> HttpResponse:
    """The invoice cancelled: it keeps its number and counts no more."""
    found = _own(caller, invoice)
    form = CancelForm(request.POST or None)
    if request.method != "POST":
        return show(request, "portal/invoice_cancel.html", {**_facts(caller, found), "form": form})
    if not form.is_valid():
        return _shown(request, caller, found, form, open_now=True)
    became = cancel_invoice(invoice=invoice, reason=form.cleaned_data["reason"], by=caller.actor, at=now())
    to = reverse("invoice", args=[invoice])
    if isinstance(became, Refusal):
        return refused(request, became, to)
    return done(request, translated("%(title)s was cancelled.") % {"title": _title(found)}, to)


def _own(caller: Caller, invoice: UUID) -> Row:
    """The invoice, to its seller; its buyer has no such page."""
    found = _seen(caller, invoice)
    if not _sells(caller, found):
        raise Http404
    return found


class CreditForm(Form):
    """What of an invoice is taken back: all that is left, or of chosen lines all, so many, or so much."""

    whole = forms.ChoiceField(
        label=_("What to credit"),
        choices=[("all", _("All that is left of it")), ("lines", _("Chosen lines"))],
        initial="all",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=4000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("The buyer reads it, on the credit invoice's paper too."),
    )

    lines: tuple[BilledLine, ...] = ()

    def clean(self) -> dict[str, Any]:
        """Lines are chosen, each by one of quantity and amount at most."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("whole") != "lines":
            return given
        if not self.errors and not self.chosen:
            self.add_error("whole", translated("Please choose at least one line."))
        for line in self.chosen:
            if given.get(f"quantity-{line.id}") and given.get(f"net-{line.id}"):
                self.add_error(f"net-{line.id}", translated("A quantity or an amount, not both."))
        return given

    @property
    def chosen(self) -> list[BilledLine]:
        """The ticked lines."""
        return [line for line in self.lines if self.cleaned_data.get(f"line-{line.id}")]

    def wishes(self) -> list[CreditWish] | None:
        """As the action takes them."""
        if self.cleaned_data["whole"] == "all":
            return None
        return [
            CreditWish(
                str(line.id),
                self.cleaned_data[f"quantity-{line.id}"],
                self.cleaned_data[f"net-{line.id}"] or None,
            )
            for line in self.chosen
        ]


def credit_form(lines: list[BilledLine], data: Any) -> CreditForm:  # noqa: ANN401 - Django's
    """The form for the lines of which something is left."""
    left = tuple(line for line in lines if line.left)
    fields: dict[str, Any] = {"lines": left}
    for line in left:
        box, number = forms.CheckboxInput(), forms.NumberInput({"max": line.quantity_left, "class": SMALL})
        fields[f"line-{line.id}"] = forms.BooleanField(required=False, widget=box)
        fields[f"quantity-{line.id}"] = forms.IntegerField(required=False, min_value=1, widget=number)
        fields[f"net-{line.id}"] = AmountField(required=False, widget=forms.TextInput(TYPED))
    made: CreditForm = type("CreditLinesForm", (CreditForm,), fields)(data)
    return made


@page(kinds=SELLERS, may=Permission.FINANCE)
def credit(request: HttpRequest, caller: Caller, invoice: UUID) -> HttpResponse:
    """The invoice, or a part of it, taken back by a credit invoice."""
    found = _own(caller, invoice)
    if found["kind"] != InvoiceKind.DEBIT:
        raise Http404
    form = credit_form(billing.billed_lines(invoice), request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _credit_form(request, caller, found, form)
    made = credit_invoice(
        invoice=invoice,
        lines=form.wishes(),
        reason=form.cleaned_data["reason"],
        by=caller.actor,
        at=now(),
    )
    if isinstance(made, Refusal):
        if made.code != "invalid":
            return refused(request, made, reverse("invoice", args=[invoice]))
        _beside_lines(form, made)
        return _credit_form(request, caller, found, form)
    amount = money_text(Money(made["total_minor"], made["currency"]))
    words = translated("%(amount)s credited. It is settled at once.") % {"amount": amount}
    return done(request, words, reverse("invoice", args=[made["id"]]))


def _beside_lines(form: CreditForm, refusal: Refusal) -> None:
    """What the action says of a line stands beside what was typed for it."""
    for place, words in refusal.facts.get("errors", {}).items():
        number = place.rpartition(".")[2]
        if not number.isdecimal():
            form.add_error("whole", in_language(words))
            continue
        line = form.chosen[int(number)]
        by_quantity = form.cleaned_data.get(f"quantity-{line.id}")
        form.add_error(f"quantity-{line.id}" if by_quantity else f"net-{line.id}", in_language(words))


def _credit_form(request: HttpRequest, caller: Caller, found: Row, form: CreditForm) -> HttpResponse:
    names = {line["id"]: line for line in found["lines"] or ()}
    currency = found["currency"]
    left = sum(line.net_left + line.tax_left for line in form.lines)
    context = {
        **_facts(caller, found),
        "form": form,
        "left": Money(left, currency),
        "rows": [_credit_row(line, names[str(line.id)], form, currency) for line in form.lines],
    }
    return show(request, "portal/invoice_credit.html", context, 422 if request.method == "POST" else 200)


def _credit_row(line: BilledLine, shown: Row, form: CreditForm, currency: str) -> dict[str, Any]:
    return {
        "id": line.id,
        "product": shown["product"]["name"],
        "description": shown["description"],
        "quantity_left": line.quantity_left,
        "net_left": Money(line.net_left, currency),
        "net_typed": typed(line.net_left, currency),
        "ticked": form[f"line-{line.id}"],
        "quantity": form[f"quantity-{line.id}"],
        "net": form[f"net-{line.id}"],
    }


urls = [
    path("invoices", invoices, name="invoices"),
    path("invoices/received", received, name="invoices-received"),
    path("invoices/<uuid:invoice>", invoice, name="invoice"),
    path("invoices/<uuid:invoice>/pdf", printed, name="invoice-pdf"),
    path("invoices/<uuid:invoice>/cancel", cancel, name="invoice-cancel"),
    path("invoices/<uuid:invoice>/credit", credit, name="invoice-credit"),
]

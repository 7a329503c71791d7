"""What its seller does with an invoice (R65): cancels it, or takes back some of it by a credit invoice."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.actions.cancel_invoice import cancel_invoice
from placet.actions.credit_invoice import credit_invoice
from placet.domain.crediting import BilledLine, CreditWish
from placet.domain.money import Money
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.domain.words import InvoiceKind
from placet.entrypoints.portal.billing.invoice import (
    CancelForm,
    invoice_facts,
    invoice_page,
    invoice_title,
    seen,
    wrote,
)
from placet.entrypoints.portal.frame.amounts import AmountField, typed
from placet.entrypoints.portal.frame.answers import done, now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.money import money_text
from placet.entrypoints.portal.frame.refusals import in_language
from placet.storage import billing
from placet.storage.db import Row


@page(kinds=SELLERS, may=Permission.FINANCE)
def cancel(request: HttpRequest, caller: Caller, invoice: UUID) -> HttpResponse:
    """The invoice cancelled: it keeps its number and counts no more."""
    found = _own(caller, invoice)
    form = CancelForm(request.POST or None)
    if request.method != "POST":
        return show(request, "portal/invoice_cancel.html", {**invoice_facts(caller, found), "form": form})
    if not form.is_valid():
        return invoice_page(request, caller, found, form, open_now=True)
    became = cancel_invoice(invoice=invoice, reason=form.cleaned_data["reason"], by=caller.actor, at=now())
    to = reverse("invoice", args=[invoice])
    if isinstance(became, Refusal):
        return refused(request, became, to)
    return done(request, translated("%(title)s was cancelled.") % {"title": invoice_title(found)}, to)


def _own(caller: Caller, invoice: UUID) -> Row:
    """The invoice, to its seller; its buyer has no such page."""
    found = seen(caller, invoice)
    if not wrote(caller, found):
        raise Http404
    return found


SMALL: Final = "form-control form-control-sm text-end tnum"
TYPED: Final = {"inputmode": "decimal", "autocomplete": "off", "class": SMALL}


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
        **invoice_facts(caller, found),
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
    path("invoices/<uuid:invoice>/cancel", cancel, name="invoice-cancel"),
    path("invoices/<uuid:invoice>/credit", credit, name="invoice-credit"),
]

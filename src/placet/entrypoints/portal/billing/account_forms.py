"""What a seller fills in about an account: a payment, a refund. All its forms stand on one page."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.entrypoints.portal.billing.account_seen import Viewed
from placet.entrypoints.portal.billing.limit_form import limit_form
from placet.entrypoints.portal.frame.amounts import AmountField
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.money import money_text
from placet.entrypoints.portal.frame.times import day_text
from placet.storage import invoice_lists as lists
from placet.storage.billing import refundable
from placet.storage.db import Row

LONGEST_LIST: Final = 100
"""Invoices and payments that a form offers by name; others are settled and given back in their order."""
PAYMENT_ID, REFUND_ID = "payment-%s", "refund-%s"
"""Three forms stand on one page: the ids of their fields must differ."""


class PaymentForm(Form):
    """Money that came in."""

    amount = AmountField(label=_("Amount"))
    invoice = forms.CharField(
        label=_("Invoice"),
        required=False,
        max_length=40,
        widget=forms.Select,
        help_text=_("It is settled first, then the oldest; what is over stays as credit."),
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=500, help_text=_("For your own people alone.")
    )


class RefundForm(Form):
    """Money to give back."""

    amount = AmountField(label=_("Amount"))
    payment = forms.CharField(
        label=_("Of which payment"),
        required=False,
        max_length=40,
        widget=forms.Select,
        help_text=_("What a card paid goes back to the card: name its payment."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=4000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("The buyer reads it."),
    )


def dialogs(viewed: Viewed, forms_: dict[str, Form]) -> dict[str, Any]:
    """The forms of its seller, as they came back or empty."""
    return {
        "payment_form": payable(forms_.get("payment") or PaymentForm(auto_id=PAYMENT_ID), viewed),
        "refund_form": offered_payments(forms_.get("refund") or RefundForm(auto_id=REFUND_ID), viewed),
        "limit_form": forms_.get("limit") or limit_form(viewed.terms),
        "most": viewed.money(refundable(viewed.id, None) or 0),
    }


def payable(form: Form, viewed: Viewed) -> Form:
    """With the unpaid invoices to choose from."""
    rows = lists.unpaid(viewed.terms.id, LONGEST_LIST)
    named = [(str(row["id"]), _unpaid_label(row, viewed)) for row in rows]
    form.fields["invoice"].widget.choices = [("", _("The oldest first")), *named]
    return form


def _unpaid_label(row: Row, viewed: Viewed) -> str:
    number = row["number"] or day_text(row["issued_on"])
    return f"{number} · {money_text(viewed.money(row['open_minor']))} · {day_text(row['due_on'])}"


def offered_payments(form: Form, viewed: Viewed) -> Form:
    """With the payments to choose from that can be given back."""
    rows = lists.refundable_payments(viewed.id, LONGEST_LIST)
    named = [(str(row["id"]), _payment_label(row, viewed)) for row in rows]
    none = translated("None in particular: what was paid by hand")
    form.fields["payment"].widget.choices = [("", none), *named]
    return form


def _payment_label(row: Row, viewed: Viewed) -> str:
    amount, on = money_text(viewed.money(row["amount_minor"])), day_text(row["at"])
    if not row["order_id"]:
        return f"{on} · {amount}"
    return translated("%(on)s · %(amount)s · card, order %(order)s") % {
        "on": on,
        "amount": amount,
        "order": row["order_number"],
    }

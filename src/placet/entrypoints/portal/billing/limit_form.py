"""The credit limit of one buyer as its seller fills it in (R61), on the account's page and on the buyer's."""

from typing import Any

from django import forms
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.domain.credit import Limit
from placet.domain.terms import Terms
from placet.domain.words import LimitSource
from placet.entrypoints.portal.frame.amounts import AmountField, typed
from placet.entrypoints.portal.frame.money import currency_sign
from placet.entrypoints.portal.frame.standing import StandingForm


class LimitForm(StandingForm):
    """What the buyer may owe and have reserved: so much, without end, or what its group grants; and why."""

    kind = forms.ChoiceField(
        label=_("Credit limit"),
        choices=[
            ("amount", _("This amount")),
            ("unlimited", _("Unlimited")),
            ("default", _("None of its own: what its credit risk group grants, else 0")),
        ],
        widget=forms.RadioSelect,
    )
    credit_limit = AmountField(error_messages={"required": _("Please write an amount.")})
    reason = forms.CharField(
        label=_("Reason"),
        max_length=4000,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Kept with the change: both of you read it in the history."),
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*args, **kwargs)
        self.fields["credit_limit"].label = translated("Amount in %(sign)s") % {
            "sign": currency_sign(currency)
        }

    def clean(self) -> dict[str, Any]:
        """An amount is asked for only where one is meant."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("kind") != "amount":
            self.errors.pop("credit_limit", None)
        return given

    @property
    def wish(self) -> str | None:
        """As the action takes it."""
        given = self.cleaned_data
        return {"amount": given.get("credit_limit"), "unlimited": "unlimited"}.get(given["kind"])


def limit_form(terms: Terms, sent: Any = None) -> LimitForm:  # noqa: ANN401 - Django's
    """The form with what holds now, or as it was sent."""
    return LimitForm(sent, initial=_standing(terms), currency=terms.currency, auto_id="limit-%s")


def _standing(terms: Terms) -> dict[str, str]:
    account = terms.account
    if account.source is LimitSource.DEFAULT:
        return {"kind": "default"}
    if not isinstance(account.standing.limit, Limit):
        return {"kind": "unlimited"}
    return {"kind": "amount", "credit_limit": typed(account.standing.limit.minor, terms.currency)}

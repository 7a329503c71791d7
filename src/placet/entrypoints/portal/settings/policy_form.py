"""The drawer in which a policy is made (R81): which offers, always or above an amount, and, before anything
is saved, a sentence that says what it will do."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from babel.lists import format_list
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from placet.domain.credit_risk import PolicyWish
from placet.domain.order import Named
from placet.domain.words import Scope
from placet.entrypoints.portal.frame.amounts import AmountField, of_each
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.money import currency_sign, locale
from placet.storage import credit_limit_lists as lists
from placet.storage.facts import as_uuid

MOST_VENDORS: Final = 500
MOST_OFFERS: Final = 20
"""Offers that are shown at once; the others are found by name."""
NAMED: Final = 3
"""Offers that the sentence names; the others are counted."""


class Ids(forms.MultipleChoiceField):
    """Ids of whatever there is: whether they fit is the action's to say."""

    def valid_value(self, value: str) -> bool:
        """Only that it is one."""
        return as_uuid(value) is not None


class PolicyForm(Form):
    """Which offers need approval, and when."""

    vendors = forms.ChoiceField(
        label=_("Vendor"),
        choices=[("all", _("All vendors")), ("one", _("One vendor"))],
        initial="all",
        widget=forms.RadioSelect,
    )
    vendor = forms.UUIDField(required=False, error_messages={"invalid": _("There is no such vendor.")})
    which = forms.ChoiceField(choices=[("all", ""), ("chosen", "")], required=False)
    offers = Ids(required=False)
    find = forms.CharField(required=False, max_length=100)
    when = forms.ChoiceField(
        label=_("Needs your approval"),
        choices=[("always", _("Always")), ("above", _("Above an amount"))],
        initial="always",
        widget=forms.RadioSelect,
    )
    above = AmountField(required=False, label=_("Amount"))

    def clean(self) -> dict[str, Any]:
        """What belongs together must all be there."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if self.scope is not Scope.ALL and not said.get("vendor") and "vendor" not in self.errors:
            self.add_error("vendor", translated("Please choose a vendor."))
        elif self.scope is Scope.OFFERS and not said.get("offers"):
            self.add_error("offers", translated("Please choose at least one offer."))
        if said.get("when") == "above" and not said.get("above") and "above" not in self.errors:
            self.add_error("above", translated("Please write an amount."))
        return said

    @property
    def scope(self) -> Scope:
        """How much of the catalog is meant."""
        said = self.cleaned_data if self.is_bound else {}
        if said.get("vendors") != "one":
            return Scope.ALL
        return Scope.OFFERS if said.get("which") == "chosen" else Scope.VENDOR

    @property
    def above_amount(self) -> Decimal | None:
        """Above which approval is needed; always where there is none."""
        said = self.cleaned_data if self.is_bound else {}
        return Decimal(said["above"]) if said.get("when") == "above" and said.get("above") else None

    def wish(self) -> PolicyWish:
        """As the action takes it."""
        said, scope = self.cleaned_data, self.scope
        vendor = str(said["vendor"]) if scope is not Scope.ALL else None
        offers = tuple(said["offers"]) if scope is Scope.OFFERS else ()
        return PolicyWish(scope, vendor, offers, self.above_amount)


@dataclass(frozen=True, slots=True)
class Choice:
    """An offer that can be ticked."""

    offer: Named
    ticked: bool


@dataclass(frozen=True, slots=True)
class Drawer:
    """All that the drawer shows."""

    form: PolicyForm
    vendors: Sequence[tuple[Named, int]]
    vendor: Named | None
    count: int
    choices: Sequence[Choice]
    more: bool
    sentence: str
    unit: str


def drawer(form: PolicyForm, *, owner: UUID, group: str, members: int) -> Drawer:
    """The drawer as it stands with what the form says by now."""
    valid = form.is_bound and form.is_valid()
    said = form.cleaned_data if form.is_bound else {}
    vendors, currencies = lists.vendors(MOST_VENDORS), lists.selling_currencies(owner)
    vendor, count = next((pair for pair in vendors if pair[0].id == said.get("vendor")), (None, 0))
    chosen = _chosen(vendor, said.get("offers", ()))
    found = lists.offers(vendor.id, said.get("find", ""), MOST_OFFERS + 1) if vendor else []
    incomplete = form.is_bound and not valid and _missing(form)
    return Drawer(
        form=form,
        vendors=vendors,
        vendor=vendor,
        count=count,
        choices=_choices(chosen, found[:MOST_OFFERS]),
        more=len(found) > MOST_OFFERS,
        sentence=incomplete or sentence(form, group, members, vendor, chosen, currencies),
        unit=currency_sign(currencies[0]) if len(currencies) == 1 else "",
    )


def bound_or_not(kind: type[PolicyForm], request: HttpRequest) -> PolicyForm:
    """The form as the address has it: without JavaScript, looking for an offer reloads the page with all that
    was chosen by then."""
    said = request.GET if "vendors" in request.GET else None
    return kind(said, initial={"vendors": "all", "when": "always"})


def _chosen(vendor: Named | None, offers: Sequence[str]) -> list[Named]:
    ids = [id_ for text in offers if (id_ := as_uuid(text))]
    return lists.offers_named(vendor.id, ids) if vendor else []


def _choices(chosen: Sequence[Named], found: Sequence[Named]) -> list[Choice]:
    """What is ticked comes first and stays, whatever is looked for."""
    ticked = {offer.id for offer in chosen}
    rest = [Choice(offer, ticked=False) for offer in found if offer.id not in ticked]
    return [*(Choice(offer, ticked=True) for offer in chosen), *rest]


# What it will do ----------------------------------------------------------------------------


def _missing(form: PolicyForm) -> str:
    """What must still be said before there is anything to say."""
    if "vendor" in form.errors:
        return translated("Choose a vendor to see what this policy will do.")
    if "offers" in form.errors:
        return translated("Choose offers to see what this policy will do.")
    if "above" in form.errors:
        return translated("Write an amount to see what this policy will do.")
    return ""


def sentence(  # noqa: PLR0913, PLR0917 - what it is made of
    form: PolicyForm,
    group: str,
    members: int,
    vendor: Named | None,
    chosen: Sequence[Named],
    currencies: list[str],
) -> str:
    """In plain words: whose orders, with what, from when on."""
    above = form.above_amount
    parts = {
        "whose": _whose(group, members),
        "vendor": vendor.name if vendor else "",
        "offers": _or(chosen),
        "amount": of_each(above, currencies) if above is not None else "",
    }
    return _words(form.scope, always=above is None) % parts


def _words(scope: Scope, *, always: bool) -> str:
    # Translators: %(whose)s is like "the 14 organizations in Baltics", %(offers)s like "Backup or Files".
    match scope, always:
        case Scope.ALL, True:
            return translated("All orders of %(whose)s need your approval.")
        case Scope.ALL, False:
            return translated("Orders of %(whose)s need your approval above %(amount)s.")
        case Scope.VENDOR, True:
            return translated("Orders of %(whose)s with any offer of %(vendor)s need your approval.")
        case Scope.VENDOR, False:
            return translated(
                "Orders of %(whose)s with offers of %(vendor)s need your approval above %(amount)s."
            )
        case _, True:
            return translated("Orders of %(whose)s with %(offers)s need your approval.")
        case _:
            return translated("Orders of %(whose)s with %(offers)s need your approval above %(amount)s.")


def _whose(group: str, members: int) -> str:
    if not members:
        # Translators: stands after "Orders of", as all of these.
        return translated("organizations that join %(group)s") % {"group": group or translated("this group")}
    text = ngettext(
        "the %(count)s organization in %(group)s", "the %(count)s organizations in %(group)s", members
    )
    return text % {"count": members, "group": group}


def _or(chosen: Sequence[Named]) -> str:
    names = [offer.name for offer in chosen[:NAMED]]
    if more := len(chosen) - len(names):
        names.append(ngettext("%(count)s more offer", "%(count)s more offers", more) % {"count": more})
    return format_list(names, style="or", locale=locale()) if names else ""

"""Discounts of a price list (R7)."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.actions import edit_catalog
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.domain.validity import begins, ends
from placet.entrypoints.portal.frame.answers import done, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, act, page
from placet.entrypoints.portal.frame.forms import DayField, Form
from placet.entrypoints.portal.selling.open_list import (
    MOST_QUANTITY,
    into_form,
    list_address,
    opened_list,
    resolved,
)


class DiscountForm(Form):
    """A percentage off a line (R7)."""

    percent = forms.DecimalField(
        label=_("Percent off"), min_value=0, max_value=100, max_digits=7, decimal_places=4
    )
    min_quantity = forms.IntegerField(
        label=_("From quantity"), min_value=1, max_value=MOST_QUANTITY, initial=1
    )
    product = forms.CharField(
        label=_("Product"),
        required=False,
        max_length=300,
        help_text=_("Its name, SKU or ref. Empty: everything that has no discount of its own."),
    )
    first_day = DayField(label=_("Valid from"))
    last_day = DayField(label=_("Last day"))


@page(kinds=SELLERS, may=Permission.ADMINISTER)
def discount(request: HttpRequest, caller: Caller, price_list: UUID) -> HttpResponse:
    """A discount to add."""
    opened = opened_list(caller, price_list)
    form = DiscountForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and (wanted := _new_discount(form, caller)):
        added = edit_catalog.add_discount(by=caller.actor, price_list=str(price_list), new=wanted)
        if not isinstance(added, Refusal):
            return done(request, translated("The discount is there."), to=list_address(price_list))
        into_form(form, added)
    context = {"row": opened.row, "form": form}
    return show(request, "portal/discount.html", context, status=422 if form.errors else 200)


def _new_discount(form: DiscountForm, caller: Caller) -> edit_catalog.NewDiscount | None:
    said, zone = {**form.cleaned_data}, caller.membership.time_zone
    product = resolved(form) if said["product"] else None
    if said["percent"] <= 0:
        form.add_error("percent", translated("More than 0."))
    if form.errors:
        return None
    first, last = begins(said["first_day"], zone), ends(said["last_day"], zone)
    return edit_catalog.NewDiscount(product, said["percent"], said["min_quantity"], first, last)


@act(kinds=SELLERS, may=Permission.ADMINISTER)
def remove_discount(request: HttpRequest, caller: Caller, price_list: UUID, discount: UUID) -> HttpResponse:
    """A discount less."""
    refusal = edit_catalog.remove_discount(
        by=caller.actor, price_list=str(price_list), discount=str(discount)
    )
    if refusal:
        return refused(request, refusal, to=list_address(price_list))
    return done(
        request,
        translated("The discount was removed. Orders placed before keep it."),
        to=list_address(price_list),
    )


urls = [
    path("prices/<uuid:price_list>/discount", discount, name="discount"),
    path(
        "prices/<uuid:price_list>/discounts/<uuid:discount>/remove", remove_discount, name="discount-remove"
    ),
]

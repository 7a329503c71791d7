"""What the pages of one order in the making share: who orders for whom, and the way from one to the next."""

from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as said

from placet.actions.fill_basket import Drafter, drafter
from placet.domain.parties import Permission
from placet.domain.placing import MOST_QUANTITY
from placet.domain.refusals import Refusal
from placet.domain.words import BillingType, ProductType
from placet.entrypoints.portal.frame.caller import Caller
from placet.storage.db import Row

LONGEST_NAME: Final = 100

PRODUCT_TYPES: Final[dict[str, Promise]] = {
    ProductType.SOFTWARE_SUBSCRIPTION: _("Software subscription"),
    ProductType.RESERVED_INSTANCE: _("Reserved instance"),
    ProductType.ESD: _("Electronic licence"),
    ProductType.USAGE: said("product type", "Usage"),
    ProductType.SERVICE: said("product type", "Service"),
}
BILLING_TYPES: Final[dict[str, Promise]] = {
    BillingType.ONE_TIME: said("billing", "One time"),
    BillingType.MONTHLY: said("billing", "Monthly"),
    BillingType.ANNUAL: said("billing", "Annual"),
    BillingType.USAGE: said("billing", "By usage"),
}


def ordering(request: HttpRequest, caller: Caller) -> Drafter:
    """Who orders, and for whom: for itself, or for the `customer` that the address or the form names; who is
    not below the caller is not there."""
    named = request.POST.get("customer") or request.GET.get("customer", "")
    who = drafter(user=caller.user_id, by=caller.actor, customer=named[:LONGEST_NAME].replace("\0", "?"))
    if isinstance(who, Refusal):
        raise Http404
    return who


def customer_of(who: Drafter) -> str:
    """What an address calls the buyer; nothing for who orders for itself."""
    return str(who.buyer.party.id) if who.buyer.place else ""


def to(name: str, who: Drafter, *args: object, **more: str) -> str:
    """The address of a page about this buyer's order."""
    asked = {"customer": customer_of(who), **more}
    kept = urlencode({key: value for key, value in asked.items() if value})
    return reverse(name, args=args) + (f"?{kept}" if kept else "")


def around(who: Drafter, **more: Any) -> Row:  # noqa: ANN401 - whatever a template says
    """What templates of these pages know."""
    customer = customer_of(who)
    return {
        "who": who,
        "buyer": who.buyer.party,
        "customer": customer,
        "asked": f"?customer={customer}" if customer else "",
        "may_order": who.by.may(Permission.ORDER),
        **more,
    }


class QuantityField(forms.IntegerField):
    """From 1 to 1 000 000 (R12)."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(label=_("Quantity"), min_value=1, max_value=MOST_QUANTITY, **options)

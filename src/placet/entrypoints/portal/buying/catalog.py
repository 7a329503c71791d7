"""The catalog (R2, R4): what can be ordered, at the prices that the viewer may know; for whom (R11)."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.actions.fill_basket import Drafter, add_product, read_basket
from placet.actions.find_buyers import find_buyers, recent_buyers
from placet.actions.offer_products import Shelf, Wanted, offer_product, offer_products
from placet.domain.offering import Chosen, Facets, Sort
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.entrypoints.portal.buying.ordering import (
    BILLING_TYPES,
    PRODUCT_TYPES,
    QuantityField,
    around,
    ordering,
    to,
)
from placet.entrypoints.portal.frame.answers import back, done, forbidden, now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, page
from placet.entrypoints.portal.frame.forms import Form
from placet.storage.db import Row

PAGE: Final = 24
MOST_PAGES: Final = 10_000
LONGEST_TEXT: Final = 200
MOST_BOXES: Final = 100
MOST_FOUND: Final = 20

SORTS: Final = (
    (Sort.ORDERED.value, _("Most ordered first")),
    (Sort.NAME.value, _("Name")),
    (Sort.PRICE.value, _("Price")),
)


@page()
def listed(request: HttpRequest, caller: Caller) -> HttpResponse:
    """What can be ordered for this buyer."""
    who = ordering(request, caller)
    wanted = _wanted(request)
    shelf = offer_products(by=who.by, buyer=who.buyer, wanted=wanted, at=now())
    if isinstance(shelf, Refusal):
        raise Http404
    shown = {
        "shelf": shelf,
        "facets": _facets(shelf.facets),
        "product_types": PRODUCT_TYPES,
        "wanted": wanted,
        "sorts": SORTS,
        "filtered": bool(wanted.text or wanted.chosen != Chosen()),
        "pages": _pages(wanted, shelf),
        **_basket(who),
    }
    return show(request, "portal/catalog.html", around(who, **shown))


def _wanted(request: HttpRequest) -> Wanted:
    """Words that nobody knows are passed over: an old link still works."""
    asked = request.GET
    sort, place = asked.get("sort", ""), asked.get("page", "")
    chosen = Chosen(
        frozenset(asked.getlist("vendor")[:MOST_BOXES]),
        frozenset(asked.getlist("type")) & frozenset(PRODUCT_TYPES),
        frozenset(asked.getlist("billing")) & frozenset(BILLING_TYPES),
    )
    number = int(place) if place.isascii() and place.isdecimal() and len(place) < len(str(MOST_PAGES)) else 1
    text = asked.get("q", "").strip()[:LONGEST_TEXT].replace("\x00", "")
    return Wanted(text, chosen, Sort(sort) if sort in Sort else Sort.ORDERED, max(number, 1) - 1, PAGE)


def _facets(facets: Facets) -> list[Row]:
    """The boxes as they are drawn."""
    return [
        {"title": _("Vendor"), "name": "vendor", "boxes": facets.vendors, "words": {}},
        {"title": _("Product type"), "name": "type", "boxes": facets.product_types, "words": PRODUCT_TYPES},
        {"title": _("Billing"), "name": "billing", "boxes": facets.billing_types, "words": BILLING_TYPES},
    ]


def _pages(wanted: Wanted, shelf: Shelf) -> Row:
    last = max(-(-shelf.total // wanted.most), 1)
    number = wanted.page + 1
    return {
        "number": number,
        "last": last,
        "before": number - 1 if number > 1 else None,
        "after": number + 1 if number < last else None,
    }


def _basket(who: Drafter) -> Row:
    """What is in the basket already."""
    basket = read_basket(who) if who.by.may(Permission.ORDER) else None
    lines = basket.wanted if basket else ()
    return {"products": len(lines), "had": {line.product.id: line.quantity for line in lines}}


class AddForm(Form):
    """How many to put into the basket."""

    quantity = QuantityField()


@page()
def product(request: HttpRequest, caller: Caller, product_id: UUID) -> HttpResponse:
    """One product, its prices by quantity; sent with a quantity, so many more are in the basket."""
    who = ordering(request, caller)
    return (
        _added(request, who, product_id)
        if request.method == "POST"
        else _product_page(request, who, product_id)
    )


def _added(request: HttpRequest, who: Drafter, product_id: UUID) -> HttpResponse:
    if not who.by.may(Permission.ORDER):
        return forbidden(request)
    form = AddForm(request.POST)
    if not form.is_valid():
        return _product_page(request, who, product_id, form)
    became = add_product(who, product=product_id, quantity=form.cleaned_data["quantity"], at=now())
    if isinstance(became, Refusal):
        return refused(request, _worded(became), to=back(request))
    line = became.of(product_id)
    assert line, "it was just added"
    words = translated("In the basket: %(product)s, %(quantity)d.")
    return done(request, words % {"product": line.product.name, "quantity": line.quantity}, to=back(request))


def _worded(refusal: Refusal) -> Refusal:
    """A basket's limits, in the reader's language."""
    if refusal.code != "invalid":
        return refusal
    words = translated("A basket holds up to 500 products, of each 1 to 1 000 000. Nothing was added.")
    return Refusal("invalid", words)


def _product_page(
    request: HttpRequest, who: Drafter, product_id: UUID, form: AddForm | None = None
) -> HttpResponse:
    """Its page; with a form that was wrong, as it was filled in."""
    shelf = offer_product(by=who.by, buyer=who.buyer, product=product_id, at=now())
    if isinstance(shelf, Refusal):
        raise Http404
    offer = shelf.offers[0]
    first = offer.first.quantity if offer.first else 1
    shown = {
        "shelf": shelf,
        "offer": offer,
        "form": form or AddForm(initial={"quantity": first}),
        "product_type": PRODUCT_TYPES[offer.product.product_type],
        "billing_type": BILLING_TYPES[offer.product.billing_type],
        "off": any(step.price.discount for step in offer.steps),
        **_basket(who),
    }
    shown["in_basket"] = shown["had"].get(product_id)
    return show(request, "portal/product.html", around(who, **shown), status=422 if form else 200)


class WhomForm(Form):
    """For whom."""

    q = forms.CharField(
        label=_("Name or reference"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.TextInput({"type": "search", "placeholder": _("Name or reference")}),
    )


@page(kinds=SELLERS, may=Permission.ORDER)
def new_order(request: HttpRequest, caller: Caller) -> HttpResponse:
    """For whom to order: for the caller itself, or anybody below it. Who comes with a customer in mind goes
    on to the catalog."""
    if request.GET.get("customer"):
        return HttpResponseRedirect(to("catalog", ordering(request, caller)))
    form = WhomForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    shown: dict[str, Any] = {"form": form, "text": text, "most": MOST_FOUND}
    found = find_buyers(by=caller.actor, text=text, most=MOST_FOUND + 1)
    shown |= {"found": found[:MOST_FOUND], "more": len(found) > MOST_FOUND}
    if not text:
        shown["recent"] = recent_buyers(user=caller.user_id, by=caller.actor)
    return show(request, "portal/order_new.html", shown)


urls = [
    path("catalog", listed, name="catalog"),
    path("catalog/<uuid:product_id>", product, name="catalog-product"),
    path("orders/new", new_order, name="order-new"),
]

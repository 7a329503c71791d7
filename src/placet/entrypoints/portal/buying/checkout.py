"""Checkout: billing information, service details, summary; and what comes after it (R10, R11)."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.actions.doors import order_seen
from placet.actions.fill_basket import (
    Drafter,
    Review,
    given_last,
    keep_billing,
    keep_details,
    read_basket,
    review_basket,
)
from placet.actions.submit_basket import Read, submit_basket
from placet.domain import view
from placet.domain.basket import Basket
from placet.domain.order import Named
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.domain.words import Kind
from placet.entrypoints.portal.buying.basket import rows, sums
from placet.entrypoints.portal.buying.ordering import around, ordering, to
from placet.entrypoints.portal.buying.status_page import status_part
from placet.entrypoints.portal.frame import countries
from placet.entrypoints.portal.frame.answers import now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.refusals import kindly
from placet.storage.db import Row

LONGEST_NOTE: Final = 1000

# Billing information -------------------------------------------------------------------------


def _text(label: Any, autocomplete: str, longest: int = 200, **more: Any) -> forms.CharField:  # noqa: ANN401
    widget = forms.TextInput({"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=longest, widget=widget, **{"required": False, **more})


class BillingForm(Form):
    """Who is billed, and where."""

    company = _text(_("Company"), "organization", required=True)
    contact = _text(_("For the attention of"), "name")
    street = _text(_("Street and number"), "street-address")
    postal_code = _text(_("Postal code"), "postal-code", 20)
    city = _text(_("City"), "address-level2", 100)
    country = forms.ChoiceField(label=_("Country"), choices=countries.one)
    vat_number = _text(_("VAT number"), "off", 40)
    email = forms.EmailField(
        label=_("E-mail for invoices"),
        max_length=254,
        required=False,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )


@page(may=Permission.ORDER)
def billing(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The first step."""
    who = ordering(request, caller)
    basket = read_basket(who)
    if basket is None or not basket.wanted:
        return _emptied(request, who)
    if request.method != "POST":
        known = basket.billing or given_last(who).billing
        return _billing_page(request, who, basket, BillingForm(initial=_of_fields(BillingForm, known)))
    form = BillingForm(request.POST)
    if not form.is_valid():
        return _billing_page(request, who, basket, form)
    given = {name: value for name, value in form.cleaned_data.items() if value}
    became = keep_billing(who, billing=given, at=now())
    if isinstance(became, Refusal):
        return _emptied(request, who)
    return _next(to("checkout-services" if not became.detailed else "checkout", who))


def _billing_page(request: HttpRequest, who: Drafter, basket: Basket, form: BillingForm) -> HttpResponse:
    shown = {"form": form, "basket": basket, "steps": steps(basket, "billing")}
    return show(
        request, "portal/checkout_billing.html", around(who, **shown), status=422 if form.is_bound else 200
    )


def _of_fields(form: type[Form], known: Row) -> Row:
    """What of it the form has fields for: an order by API may say anything."""
    return {name: str(known[name]) for name in form.base_fields if isinstance(known.get(name), str | int)}


# Service details -----------------------------------------------------------------------------


class DetailsForm(Form):
    """What a vendor needs to deliver."""

    account = forms.CharField(label=_("Account or tenant"), required=False, max_length=200)
    administrator = forms.EmailField(label=_("Administrator's e-mail"), required=False, max_length=254)
    remarks = forms.CharField(
        label=_("Remarks"), required=False, max_length=1000, widget=forms.Textarea({"rows": 2})
    )


@page(may=Permission.ORDER)
def services(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The second step: a form for each vendor."""
    who = ordering(request, caller)
    basket = read_basket(who)
    if basket is None or not basket.wanted:
        return _emptied(request, who)
    vendors = _vendors(basket)
    if request.method != "POST":
        return _services_page(request, who, basket, _forms(vendors, None, _known_details(who, basket)))
    filled = _forms(vendors, request, {})
    if not all([form.is_valid() for _vendor, form in filled]):  # noqa: C419 - each says what is wrong
        return _services_page(request, who, basket, filled)
    given = {vendor.id: _said_by(form) for vendor, form in filled}
    became = keep_details(who, by_vendor=given, at=now())
    return _emptied(request, who) if isinstance(became, Refusal) else _next(to("checkout", who))


def _vendors(basket: Basket) -> dict[Named, list[str]]:
    """The vendors of what is in it, each with its products, in their order."""
    found: dict[Named, list[str]] = {}
    for line in basket.wanted:
        found.setdefault(line.product.vendor, []).append(line.product.name)
    return found


def _known_details(who: Drafter, basket: Basket) -> dict[UUID, Row]:
    """What was given for this basket, else with the buyer's last order."""
    given = {line.product.vendor.id: line.service_details for line in basket.wanted if line.service_details}
    return {**given_last(who).details, **given} if not basket.detailed else given


def _forms(
    vendors: Iterable[Named], request: HttpRequest | None, known: dict[UUID, Row]
) -> list[tuple[Named, DetailsForm]]:
    return [
        (
            vendor,
            DetailsForm(
                request.POST if request else None,
                prefix=str(vendor.id),
                initial=_of_fields(DetailsForm, known.get(vendor.id, {})),
            ),
        )
        for vendor in vendors
    ]


def _said_by(form: DetailsForm) -> Row:
    return {name: value for name, value in form.cleaned_data.items() if value}


def _services_page(
    request: HttpRequest, who: Drafter, basket: Basket, filled: list[tuple[Named, DetailsForm]]
) -> HttpResponse:
    products = _vendors(basket)
    shown = {
        "vendors": [(vendor, products[vendor], form) for vendor, form in filled],
        "basket": basket,
        "steps": steps(basket, "services"),
    }
    wrong = any(form.is_bound for _vendor, form in filled)
    return show(request, "portal/checkout_services.html", around(who, **shown), status=422 if wrong else 200)


def in_words(given: Row | None) -> list[tuple[Any, object]]:
    """Billing information or service details as they are read: by the names that the forms give them. An
    order by API may say anything, under names of its own."""
    labels = {
        name: field.label for form in (BillingForm, DetailsForm) for name, field in form.base_fields.items()
    }
    return [(labels.get(name, name), _readable(name, value)) for name, value in (given or {}).items()]


def _readable(name: str, value: object) -> object:
    return countries.country_name(value) if name == "country" and isinstance(value, str) else value


# Summary -------------------------------------------------------------------------------------


class PlaceForm(Form):
    """The last word; `version` and `total` are what was read."""

    note = forms.CharField(
        label=_("Note"), required=False, max_length=LONGEST_NOTE, widget=forms.Textarea({"rows": 2})
    )
    basket = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)
    amount = forms.CharField(max_length=40, widget=forms.HiddenInput)
    currency = forms.CharField(max_length=3, widget=forms.HiddenInput)


@page(may=Permission.ORDER)
def checkout(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The third step, to read once more; and the last word."""
    who = ordering(request, caller)
    return _placed(request, who) if request.method == "POST" else _summary(request, who)


def _summary(
    request: HttpRequest,
    who: Drafter,
    *,
    note: str | None = None,
    why: str = "",
    form: PlaceForm | None = None,
) -> HttpResponse:
    """The page as things are now; `why` says why an order was not placed."""
    review = review_basket(who, at=now())
    if review is None or not review.basket.wanted:
        return _emptied(request, who)
    if review.basket.billing is None:
        return _next(to("checkout-billing", who))
    shown = {
        "review": review,
        "rows": rows(review, {}),
        "sums": sums(review),
        "steps": steps(review.basket, "summary"),
        "details": _shown_details(review.basket),
        "billing": _of_fields(BillingForm, review.basket.billing),
        "form": form or _to_place(review, note),
        "approval": _approval(who, review),
        "why": why,
        "why_not": kindly(review.refusal) if review.refusal else "",
    }
    return show(request, "portal/checkout.html", around(who, **shown), status=422 if why or form else 200)


def _to_place(review: Review, note: str | None) -> PlaceForm:
    total = review.summary["total_amount"] if review.summary else {}
    read = {"basket": review.basket.id, "version": review.basket.version, **total}
    return PlaceForm(initial={"note": review.basket.note if note is None else note, **read})


def _shown_details(basket: Basket) -> list[tuple[Named, Row]]:
    """Service details by vendor."""
    found = {line.product.vendor: line.service_details or {} for line in basket.wanted}
    return [(vendor, _of_fields(DetailsForm, details)) for vendor, details in found.items()]


def _approval(who: Drafter, review: Review) -> str:
    """Who says yes before it starts, as far as who orders may know: of tiers above yes or no alone."""
    summary = review.summary
    if summary is None or not summary["approval_needed"]:
        return translated("No approval is needed: it goes straight to the checks.")
    if summary["own_approval_needed"]:
        return translated("Somebody of your organization who may approve has to approve it before it starts.")
    if who.buyer.place == 0 and who.buyer.party.kind is Kind.CUSTOMER:
        seller = {"seller": summary["seller"]["name"]}
        return translated("%(seller)s approves this order before it starts.") % seller
    if who.buyer.place == 0:
        return translated("It needs approval further up before it starts.")
    return translated("You approve it by placing it; it needs another approval before it starts.")


def _placed(request: HttpRequest, who: Drafter) -> HttpResponse:
    """Places it, once; a second click, tab or replay is led to the same order: the basket remembers it."""
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return _summary(request, who, form=form)
    said = form.cleaned_data
    read = Read(said["version"], {"amount": said["amount"], "currency": said["currency"]})
    became = submit_basket(who, basket=said["basket"], note=said["note"], read=read, at=now())
    if not isinstance(became, Refusal):
        return HttpResponseRedirect(reverse("order-placed", args=[became.id]), status=303)
    if became.code == "not_found":
        return _emptied(request, who)
    return _summary(request, who, note=said["note"], why=kindly(became))


def steps(basket: Basket, here: str) -> list[Row]:
    """The track: what is done, where one is, what is to come."""
    known = (
        ("billing", _("Billing information"), "checkout-billing", basket.billing is not None),
        ("services", _("Service details"), "checkout-services", basket.detailed),
        ("summary", _("Summary"), "checkout", False),
    )
    return [
        {
            "name": name,
            "title": title,
            "address": address,
            "done": ready,
            "here": name == here,
            "number": number,
        }
        for number, (name, title, address, ready) in enumerate(known, start=1)
    ]


def _emptied(request: HttpRequest, who: Drafter) -> HttpResponse:
    """Nothing to check out: another tab placed or discarded it."""
    words = translated("The basket is empty: it was placed or discarded elsewhere, or has nothing in it yet.")
    return refused(request, Refusal("wrong_status", words), to=to("basket", who))


def _next(address: str) -> HttpResponse:
    return HttpResponseRedirect(address, status=303)


# After it ------------------------------------------------------------------------------------


@page()
def placed(request: HttpRequest, caller: Caller, order_id: UUID) -> HttpResponse:
    """The number, what happens next, and where it can be followed: to its buyer and who placed it."""
    order = order_seen(order_id, caller.actor)
    if isinstance(order, Refusal):
        raise Http404
    followed = status_part(request, order, caller)
    if followed is None:
        return _next(reverse("order", args=[order_id]))
    shown = {
        "order": view.render(order, caller.actor),
        "status_part": followed,
        "own": order.parties[0].id == caller.organization.id,
        "buyer": order.parties[0],
    }
    return show(request, "portal/order_placed.html", shown)


urls = [
    path("checkout/billing", billing, name="checkout-billing"),
    path("checkout/services", services, name="checkout-services"),
    path("checkout", checkout, name="checkout"),
    path("orders/<uuid:order_id>/placed", placed, name="order-placed"),
]

"""A new customer or partner, with its contract (R72)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.text import slugify
from django.utils.translation import gettext as _

from placet.actions.add_organization import add_organization
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.domain.words import Kind
from placet.entrypoints.portal.frame.answers import done, into, now, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, page
from placet.entrypoints.portal.partners.buyer_forms import NewBuyerForm
from placet.entrypoints.portal.partners.places import CUSTOMERS, PARTNERS, Place, price_lists
from placet.storage import catalog, db


@page(kinds=SELLERS, may=Permission.ADMINISTER)
def add_customer(request: HttpRequest, caller: Caller) -> HttpResponse:
    """A new customer, with its contract."""
    return _added(request, caller, CUSTOMERS)


@page(kinds=SELLERS, may=Permission.ADMINISTER)
def add_partner(request: HttpRequest, caller: Caller) -> HttpResponse:
    """A new partner that sells on, with its contract."""
    return _added(request, caller, PARTNERS)


def _added(request: HttpRequest, caller: Caller, place: Place) -> HttpResponse:
    lists = price_lists(caller)
    typed = request.POST if request.method == "POST" else None
    initial = {"time_zone": caller.membership.time_zone}
    form = NewBuyerForm(typed, initial=initial, customer=place is CUSTOMERS, lists=lists)
    if form.is_bound and form.is_valid():
        became = add_organization(stated=_stated(form.cleaned_data, caller, place), by=caller.actor, at=now())
        if not isinstance(became, Refusal):
            said = _("%(name)s is added.") % {"name": became.party.name}
            return done(request, said, to=place.address(became.party.id))
        into(form, _in_words(became))
    context = {"form": form, "place": place, "no_lists": not lists, "customer": place is CUSTOMERS}
    return show(request, "portal/buyer_add.html", context, status=422 if form.is_bound else 200)


def _in_words(refusal: Refusal) -> Refusal:
    """What a world file's author reads about a number that is taken, a person reads as this."""
    errors = dict(refusal.facts.get("errors", {}))
    if "external_id" not in errors:
        return refusal
    return Refusal(
        refusal.code,
        facts={"errors": errors | {"external_id": _("It is the number of another of your buyers.")}},
    )


def _stated(said: dict[str, Any], caller: Caller, place: Place) -> dict[str, Any]:
    """As an entry of a world file would say it."""
    listed = catalog.price_list(caller.organization.id, said["price_list"])
    id_ = db.new_id()
    limits = {"default": None, "unlimited": "unlimited", "amount": said["credit_limit"]}
    contract = {
        "seller": str(caller.organization.id),
        "currency": listed["currency"] if listed else "",
        "price_list": said["price_list"],
        "payment_method": said["payment_method"],
        "tax_rate": said["tax_rate"],
        "payment_days": said["payment_days"],
        "order_approval": said["order_approval"],
    }
    if limits[said["limit"]] is not None:
        contract["credit_limit"] = limits[said["limit"]]
    stated: dict[str, Any] = {
        "ref": f"{slugify(said['name'])[:60] or place.name}-{id_.hex[-8:]}",
        "name": said["name"],
        "kind": said.get("kind") or Kind.CUSTOMER.value,
        "contract": contract,
        "multi_tier_approval": bool(said.get("multi_tier_approval")),
        "time_zone": said.get("time_zone") or caller.membership.time_zone,
    }
    optional = {"country": said["country"], "external_id": said["external_id"]}
    stated |= {name: value for name, value in optional.items() if value}
    if said["contact_name"]:
        roles = ["primary", "bill_to"]
        stated["contacts"] = [{"name": said["contact_name"], "email": said["contact_email"], "roles": roles}]
    return stated


urls = [
    path("customers/add", add_customer, name="customer-add"),
    path("partners/add", add_partner, name="partner-add"),
]

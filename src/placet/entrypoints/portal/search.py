"""Search from any page: orders by number, organizations below by name; products, for a customer."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import path

from placet.actions.offer_products import Shelf, Wanted, offer_products
from placet.actions.search import find
from placet.domain.basket import SeenBuyer
from placet.domain.words import Kind
from placet.entrypoints.portal.frame.answers import now, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import page
from placet.entrypoints.portal.orders.lists import row_in_list

MOST: Final = 8
LONGEST: Final = 200


@page()
def found(request: HttpRequest, caller: Caller) -> HttpResponse:
    """What a few letters may mean; nothing typed, nothing found."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    matches = find(text, by=caller.actor, most=MOST)
    shelf = _shelf(caller, text) if text and caller.kind is Kind.CUSTOMER else None
    context = {
        "q": text,
        "rows": [row_in_list(order, caller) for order in matches.orders],
        "organizations": matches.organizations,
        "offers": shelf.offers if shelf else (),
        "customer": caller.kind is Kind.CUSTOMER,
        "nothing": bool(text) and not (matches.orders or matches.organizations or (shelf and shelf.offers)),
    }
    return show(request, "portal/search.html", context)


def _shelf(caller: Caller, text: str) -> Shelf | None:
    """What the caller is offered itself."""
    own = SeenBuyer(caller.organization, 0, top=False)
    shelf = offer_products(by=caller.actor, buyer=own, wanted=Wanted(text=text, most=MOST), at=now())
    return shelf if isinstance(shelf, Shelf) else None


urls = [path("search", found, name="search")]

"""Where people come in."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse

from placet.domain.words import Kind
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import page


@page()
def home(_request: HttpRequest, caller: Caller) -> HttpResponse:
    """To what this kind of organization does first."""
    return HttpResponseRedirect(reverse("catalog" if caller.kind is Kind.CUSTOMER else "dashboard"))


urls = [path("", home, name="home")]

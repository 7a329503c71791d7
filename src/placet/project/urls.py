"""Addresses: what answers where."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from placet.entrypoints.api import docs
from placet.entrypoints.api.site import api, no_such_call, our_mistake
from placet.entrypoints.portal.frame import answers
from placet.project import health

urlpatterns = [
    *health.urls,
    path("api/v1/docs.css", docs.stylesheet),
    path("api/v1/", api.urls),
    path("api/<path:_call>", no_such_call),
    path("", include("placet.entrypoints.portal.urls")),
]


def mistake(request: HttpRequest) -> HttpResponse:
    """What nobody foresaw, said to a program or to a person."""
    return (our_mistake if request.path.startswith("/api/") else answers.our_mistake)(request)


handler400 = answers.unreadable
handler404 = answers.not_found
handler500 = mistake

"""Addresses: what answers where."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_safe

from placet.entrypoints.api import docs
from placet.entrypoints.api.site import api, no_such_call, our_mistake
from placet.entrypoints.portal.frame import answers


@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 when this process can serve: the database answers. 503 when it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        # Django replaces a broken connection only after a request that saw it break; this one did.
        return HttpResponse("database unreachable\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns = [
    path("healthz", healthz),
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

"""Addresses: what answers where."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from placet.entrypoints.api import docs
from placet.entrypoints.api.site import api, no_such_call, our_mistake


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
]

handler500 = our_mistake

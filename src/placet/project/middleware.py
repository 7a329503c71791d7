"""What every answer gets on its way out, and what only pages get."""

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.module_loading import import_string

from placet.entrypoints.api.problems import problem_of


def content_length(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Says how long an answer is, so that the server need not send it in chunks."""

    def measured(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        if not response.streaming:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response

    return measured


def wrong_method(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Says it as a problem, where the API has the address but not the method: ninja says it as a page."""

    def worded(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        if isinstance(response, HttpResponseNotAllowed) and request.path.startswith("/api/"):
            allowed = response.headers["Allow"]
            return problem_of("method_not_allowed", f"This address knows {allowed}.", {"Allow": allowed})
        return response

    return worded


PROBES: Final = ("/healthz", "/readyz")
"""What watchers ask, who know us by our address alone."""

PROGRAMS: Final = ("/api/", *PROBES)
"""Where programs call, not browsers."""


def known_host(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Serves whoever calls us by a name of ours (`PLACET_ALLOWED_HOSTS`, contract §1), and probes by any."""

    def served(request: HttpRequest) -> HttpResponse:
        try:
            known = request.path_info.startswith(PROBES) or request.get_host()
        except DisallowedHost:
            known = ""
        return answer(request) if known else _unknown_host(request)

    return served


def _unknown_host(request: HttpRequest) -> HttpResponse:
    words = "This host name is not served here: PLACET_ALLOWED_HOSTS says which are."
    if request.path_info.startswith("/api/"):
        return problem_of("malformed", words)
    return HttpResponse(f"{words}\n", status=400, content_type="text/plain")


class Pages:
    """Puts `PAGE_MIDDLEWARE` around pages alone: sessions, forms and languages cost the API nothing."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = self._page = answer
        self._views: list[Callable[..., HttpResponse | None]] = []
        for name in reversed(settings.PAGE_MIDDLEWARE):
            layer = import_string(name)(self._page)
            if hasattr(layer, "process_view"):
                self._views.insert(0, layer.process_view)
            self._page = convert_exception_to_response(layer)  # type: ignore[assignment] # all are synchronous

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, through all layers where a browser asks."""
        return self._answer(request) if _by_program(request) else self._page(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """What a layer says instead of the view (a missing CSRF token)."""
        if _by_program(request):
            return None
        said = (layer(request, view, args, kwargs) for layer in self._views)
        return next(filter(None, said), None)


def _by_program(request: HttpRequest) -> bool:
    return request.path_info.startswith(PROGRAMS)

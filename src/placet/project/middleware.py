"""What every answer gets on its way out."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

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

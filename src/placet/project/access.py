"""Every request has an id, one line in the log, and counts (docs/logs.md, docs/metrics.md)."""

import re
from collections.abc import Callable
from time import perf_counter
from typing import Any, Final

import structlog
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bind_contextvars, clear_contextvars

from placet.entrypoints import metrics
from placet.storage import tally
from placet.storage.db import new_id
from placet.storage.tally import Work

HEADER: Final = "X-Request-ID"
WELL_FORMED: Final = re.compile(r"[A-Za-z0-9._-]{8,100}")
"""An id that somebody before us gave the request; another one would say anything at all in our log."""

PROBES: Final = frozenset({"healthz", "readyz", "static"})
"""Routes whose lines are of interest only to who debugs."""

OUR_MISTAKE: Final = 500

log = structlog.get_logger()


class Access:
    """The outermost layer: whatever is logged inside of it carries the request's id."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, with the id in its header."""
        began_at, work = perf_counter(), tally.begin()
        id_ = request_id(request)
        clear_contextvars()  # the thread has had other requests
        bind_contextvars(request_id=id_)
        response = self._answer(request)
        response.headers[HEADER] = id_
        _tell(request, response, work, perf_counter() - began_at)
        clear_contextvars()
        return response

    def process_view(
        self,
        _request: HttpRequest,
        _view: Callable[..., Any],
        _args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        """The order in the address, before anything is logged about it."""
        order = str(kwargs.get("order_id", ""))
        if WELL_FORMED.fullmatch(order):
            bind_contextvars(order=order)


def request_id(request: HttpRequest) -> str:
    """The one that came with it, if it is well-formed; else a new one."""
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    return given if WELL_FORMED.fullmatch(given) else str(new_id())


def route_of(request: HttpRequest) -> str:
    """The address as a pattern: there are few of them, and no secret stands in any."""
    if request.resolver_match:
        return request.resolver_match.route or "/"
    return "static" if request.path_info.startswith("/static/") else "none"


def _tell(request: HttpRequest, response: HttpResponse, work: Work, seconds: float) -> None:
    method, route, status = request.method or "", route_of(request), response.status_code
    metrics.answered(method, route, status, seconds)
    if status < OUR_MISTAKE:
        metrics.recorded(work)
    say = log.debug if route in PROBES else log.info
    say(
        "request",
        method=method,
        route=route,
        status=status,
        ms=round(seconds * 1000, 1),
        statements=work.statements,
        **_orders(work),
    )


def _orders(work: Work) -> dict[str, str | int]:
    """The order that was written down; of several, how many."""
    if len(work.orders) == 1:
        return {"order": str(next(iter(work.orders)))}
    return {"orders": len(work.orders)} if work.orders else {}

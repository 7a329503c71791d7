"""A no, as RFC 9457 `application/problem+json` with a stable `code` (contract §3)."""

from typing import Final

from django.http import HttpResponse
from ninja import Schema
from pydantic import ConfigDict
from pydantic_core import to_json

from placet.domain.refusals import Refusal

STATUS: Final = {
    "malformed": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_large": 413,
    "invalid": 422,
    "not_for_sale": 422,
    "unknown_product": 422,
    "unknown_organization": 422,
    "too_many_requests": 429,
}
"""Every other code is a 409: the request was fine, the state of things was not."""

TITLES: Final = {
    400: "Malformed request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Not possible now",
    413: "Too large",
    422: "Not valid",
    429: "Too many requests",
    500: "Our mistake",
}


class Problem(Schema):
    """What went wrong: `code` is stable, `detail` is for people, `errors` says it by field."""

    model_config = ConfigDict(extra="allow")

    title: str
    status: int
    detail: str
    code: str


def problem(refusal: Refusal, **headers: str) -> HttpResponse:
    """The refusal as an HTTP answer."""
    return problem_of(refusal.code, refusal.words, headers, **refusal.facts)


def problem_of(
    code: str, detail: str, headers: dict[str, str] | None = None, status: int = 0, **facts: object
) -> HttpResponse:
    """A problem in words of its own."""
    status = status or STATUS.get(code, 409)
    body = {"title": TITLES[status], "status": status, "detail": detail, "code": code, **facts}
    return HttpResponse(
        to_json(body), status=status, content_type="application/problem+json", headers=headers or {}
    )

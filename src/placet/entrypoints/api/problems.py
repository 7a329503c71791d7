"""A no, as RFC 9457 `application/problem+json` with a stable `code` (contract §3)."""

from collections.abc import Mapping
from typing import Annotated, Final

from django.http import HttpResponse
from ninja import Schema
from pydantic import ConfigDict, Field
from pydantic_core import to_json

from placet.domain.refusals import DETAILS, Refusal
from placet.entrypoints import metrics

STATUS: Final[Mapping[str, int]] = {
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

CODES: Final = sorted({*STATUS, *DETAILS})
"""All codes that a program may meet, but for `internal` with a 500 and `unavailable` with a 503."""

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
    503: "Not available",
}


class Problem(Schema):
    """What went wrong: `code` is stable, `detail` is for people, `errors` says it by field."""

    model_config = ConfigDict(extra="allow")

    title: str
    status: int
    detail: str
    code: Annotated[str, Field(json_schema_extra={"enum": list(CODES)})]


def problem(refusal: Refusal, **headers: str) -> HttpResponse:
    """The refusal as an HTTP answer."""
    metrics.refused(refusal.code)
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

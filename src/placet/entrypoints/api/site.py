"""The API as one thing: its routers, and what every unforeseen request is told."""

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from psycopg import DataError
from psycopg import OperationalError as Lost

from placet.domain.refusals import Refusal
from placet.entrypoints.api import (
    api_keys,
    approvals,
    billing,
    cards,
    catalog,
    contracts,
    credit_accounts,
    credit_risk_groups,
    dashboard,
    docs,
    events,
    exchange,
    exchange_schedules,
    exports,
    me,
    orders,
    organizations,
    price_files,
    price_lists,
    subscriptions,
    webhook_deliveries,
    webhooks,
)
from placet.entrypoints.api.bodies import JsonParser, invalid_of
from placet.entrypoints.api.description import ABOUT, Api
from placet.entrypoints.api.keys import Key
from placet.entrypoints.api.limits import Allowance, RateLimit
from placet.entrypoints.api.problems import problem, problem_of

log = structlog.get_logger()


def answer_head(router: Router) -> None:
    """HEAD is answered wherever GET is, as HTTP asks (RFC 9110)."""
    for view in router.path_operations.values():
        for operation in view.operations:
            if "GET" in operation.methods:
                operation.methods.append("HEAD")


api = Api(
    title="Placet",
    version="1",
    description=ABOUT,
    auth=Key(),
    throttle=RateLimit(Allowance()),
    parser=JsonParser(),
    docs=docs.Page(),
    urls_namespace="api",
)
ROUTERS = (
    me,
    orders,
    approvals,
    organizations,
    contracts,
    cards,
    credit_accounts,
    credit_risk_groups,
    dashboard,
    catalog,
    price_lists,
    price_files,
    billing,
    subscriptions,
    webhooks,
    webhook_deliveries,
    events,
    exchange,
    exchange_schedules,
    exports,
    api_keys,
)
for module in ROUTERS:
    answer_head(module.router)
    api.add_router("", module.router)


@api.exception_handler(AuthenticationError)
def unauthenticated(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    """No key, or none of ours."""
    return problem_of("unauthenticated", "A valid API key is needed.", {"WWW-Authenticate": "Bearer"})


@api.exception_handler(ValidationError)
def invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A parameter of the path or the query is wrong."""
    rows = [{**row, "loc": row["loc"][-1:]} for row in error.errors]
    return problem(invalid_of(rows))


@api.exception_handler(HttpError)
def malformed(_request: HttpRequest, error: HttpError) -> HttpResponse:
    """The body is no JSON."""
    if error.status_code == 400:  # noqa: PLR2004
        return problem_of("malformed", "The body is not valid JSON.")
    return problem_of("invalid", str(error), status=error.status_code)


@api.exception_handler(Throttled)
def too_many_requests(_request: HttpRequest, _error: Throttled) -> HttpResponse:
    """The key has used up its minute; ninja says for how long in `Retry-After`."""
    return problem_of("too_many_requests", "This key has made too many requests; wait a little.")


@api.exception_handler(RequestDataTooBig)
def too_large(_request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
    """More than 1 MB."""
    return problem_of("too_large", "A body may have up to 1 MB.")


@api.exception_handler(Http404)
def not_found(_request: HttpRequest, _error: Http404) -> HttpResponse:
    """No such thing, or a stranger's."""
    return problem(Refusal("not_found"))


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
@api.exception_handler(Lost)
def database_away(_request: HttpRequest, error: Exception) -> HttpResponse:
    """The database does not answer, or another one takes its place just now."""
    log.error("database.away", error=type(error).__name__, words=str(error).strip())
    words = "The database does not answer just now. Send the same again, with the same Idempotency-Key."
    return problem_of("unavailable", words, {"Retry-After": "1"}, status=503)


@api.exception_handler(DataError)
def unstorable(_request: HttpRequest, _error: DataError) -> HttpResponse:
    """A value that no column can hold (a NUL character, a number beyond all bounds)."""
    return problem_of("invalid", "A value cannot be stored.", errors={"body": "A value cannot be stored."})


def no_such_call(_request: HttpRequest, _call: str) -> HttpResponse:
    """Whatever else is asked for under `/api/`."""
    return problem(Refusal("not_found", "There is no such call."))


def our_mistake(_request: HttpRequest) -> HttpResponse:
    """What nobody foresaw: a problem too, for a program cannot read a page. The log has the rest."""
    return problem_of("internal", "Something went wrong here; it is in the log.", status=500)

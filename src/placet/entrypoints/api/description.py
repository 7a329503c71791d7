"""The API's own description (OpenAPI 3.1): what ninja makes of the views, in the words of the contract."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from pydantic.json_schema import models_json_schema

from placet.domain.words import EventType
from placet.entrypoints.api.event_shapes import shape_of

Json = dict[str, Any]

ABOUT: Final = """\
Decides which orders of a contract chain go through: every partner of the chain says yes, and the credit
of every link holds.

Wherever an organization, a product, a vendor or a price list is named, its id or its `ref` serves. Money
is `{"amount": "120.00", "currency": "EUR"}`. Times are RFC 3339 in UTC. What the caller may not see is
absent, not null. Lists take `limit` and `cursor`, and answer `{"items": […], "next_cursor": …}`. Whatever
is answered to a GET is answered to a HEAD too, without its body.

Any POST may be sent again under the same `Idempotency-Key`, for 7 days: it does its work once, and answers
the same. What `GET` shows with an `ETag` is changed under `If-Match` only as long as it is still so.

Where the operator limits requests, `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds
until all are back) come with each answer.

A problem is RFC 9457 `application/problem+json` with a stable `code`. Problems are looked for in this
order: 401, 400, 404, 403, 422, 409.
"""

TAGS: Final = {
    "Me": "Who the key stands for.",
    "Orders": "Placing orders, deciding them, and reading them as the caller may see them.",
    "Approvals": "What waits for the caller's yes or no.",
    "Dashboard": "What needs somebody's attention.",
    "Organizations": "The caller and the partners below it.",
    "Contracts": "The terms between a seller and its buyer, and the buyer's cards.",
    "Cards": "Where a seller takes cards, how a buyer stores one, and refunds that failed.",
    "Credit accounts": "What a buyer owes its seller, and what it may still spend.",
    "Credit risk groups": "Whose orders need the owner's approval, and of which offers.",
    "Catalog": "Vendors, products, and the prices that the caller buys and sells at.",
    "Billing": "Invoices, payments and refunds of the caller's own links.",
    "Subscriptions": "What customers have, and what becomes of it.",
    "Webhooks": "Where the caller is told of events, and what was told.",
    "Events": "Everything that happened, in order.",
    "ERP exchange": "Files in and out: what an ERP hands over and takes, with a report by line.",
    "API keys": "Keys of the caller's organization.",
}

PROBLEMS: Final = {
    "400": "`malformed`: the body is not JSON.",
    "401": "`unauthenticated`: no valid key.",
    "403": "`forbidden`: not for this role, or not for this party.",
    "404": "`not_found`: there is no such thing, or it is a stranger's.",
    "409": "The request is fine, the state of things is not: `code` says what.",
    "413": "`too_large`: a body may have up to 1 MB.",
    "422": "`invalid`, with `errors` by field; or a `code` of its own for what is named and not there.",
    "429": "`too_many_requests`: wait for as long as `Retry-After` says.",
}

IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same request again, within 7 days, gets the first answer and does nothing.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
IF_MATCH: Final = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of what was read: changed since, it is `stale_version`.",
    "schema": {"type": "string"},
}
IF_VERSION: Final = IF_MATCH | {
    "description": 'The order\'s `version` that is decided on, in quotes: `"3"`. Not that: `stale_version`.'
}
ETAG: Final = {"description": "Which state this is, for `If-Match`.", "schema": {"type": "string"}}
RATE_LIMITS: Final = {
    "RateLimit-Limit": "Requests a minute that the key may make; where there is no limit, it is not said.",
    "RateLimit-Remaining": "How many of them it may make at once now.",
    "RateLimit-Reset": "Seconds until it has all of them back.",
}
RETRY_AFTER: Final = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}

AS_CSV: Final = frozenset({"export_prices"})
DECISIONS: Final = frozenset({"approve_order", "reject_order"})
READ: Final = frozenset(
    f"read_{thing}"
    for thing in ("order", "organization", "contract", "price_list", "group", "webhook_endpoint")
)
"""Calls whose answer has an `ETag` …"""
CHANGES: Final = frozenset(
    {
        "change_organization",
        "change_contract",
        "change_price_list",
        "change_group",
        "remove_group",
        "remove_policy",
        "add_member",
        "remove_member",
        "change_webhook_endpoint",
        "remove_webhook_endpoint",
    }
)
"""… and those that take one."""


class Api(NinjaAPI):
    """The API, with its description made once."""

    def get_openapi_schema(
        self,
        *,
        path_prefix: str | None = None,  # noqa: ARG002 - ninja's
        path_params: Json | None = None,  # noqa: ARG002 - ninja's
    ) -> OpenAPISchema:
        """The whole description."""
        return self._described

    @cached_property
    def _described(self) -> OpenAPISchema:
        made = super().get_openapi_schema(path_prefix="/api/v1/")
        for methods in made["paths"].values():
            methods.pop("head", None)  # said once, of all of them
        _tell(made)
        _rename(made)
        for method, operation in _operations(made):
            _describe(method, operation)
        made["components"]["securitySchemes"]["Key"]["description"] = "`Authorization: Bearer KEY`"
        made["components"]["headers"] = {
            name: {"description": words, "schema": {"type": "integer", "minimum": 0}}
            for name, words in RATE_LIMITS.items()
        }
        made["tags"] = [{"name": name, "description": words} for name, words in TAGS.items()]
        made["servers"] = [{"url": "/"}]
        return made


def _tell(made: Json) -> None:
    """What is sent to webhook endpoints, by the type of the event."""
    shapes = [shape_of(kind) for kind in EventType]
    refs, found = models_json_schema(
        [(shape, "serialization") for shape in shapes], ref_template=f"{REF}{{model}}"
    )
    made["components"]["schemas"] = found["$defs"] | made["components"]["schemas"]
    made["webhooks"] = {
        kind.value: {"post": _told(kind, refs[shape, "serialization"])}
        for kind, shape in zip(EventType, shapes, strict=True)
    }


def _told(kind: EventType, body: Json) -> Json:
    return {
        "operationId": f"told_{kind.replace('.', '_')}",
        "tags": ["Webhooks"],
        "summary": kind.value,
        "description": (shape_of(kind).__doc__ or "").strip(),
        "requestBody": {"content": {"application/json": {"schema": body}}, "required": True},
        "responses": {
            "2XX": {"description": "Received. Anything else is tried again; 410 ends the endpoint."}
        },
    }


def _operations(made: Json) -> Iterator[tuple[str, Json]]:
    for methods in made["paths"].values():
        yield from methods.items()


def _describe(method: str, operation: Json) -> None:
    operation["summary"] = operation["operationId"].replace("_", " ").capitalize()
    operation["responses"] = {str(status): each for status, each in sorted(operation["responses"].items())}
    for status, response in operation["responses"].items():
        if status in PROBLEMS:
            response["description"] = PROBLEMS[status]
            response["content"] = {"application/problem+json": response["content"]["application/json"]}
    if operation["operationId"] in AS_CSV:
        operation["responses"]["200"]["content"] = {"text/csv": {"schema": {"type": "string"}}}
    for status, response in operation["responses"].items():
        if status in {*GOOD, "429"}:
            response["headers"] = {name: {"$ref": HEADER + name} for name in RATE_LIMITS}
    operation["responses"]["429"]["headers"]["Retry-After"] = RETRY_AFTER
    if method == "post":
        operation["parameters"].append(IDEMPOTENCY_KEY)
    if operation["operationId"] in DECISIONS:
        operation["parameters"].append(IF_VERSION)
    if operation["operationId"] in CHANGES:
        operation["parameters"].append(IF_MATCH)
    if operation["operationId"] in READ | CHANGES:
        operation["responses"]["200"]["headers"]["ETag"] = ETAG


GOOD: Final = ("200", "201")
REF: Final = "#/components/schemas/"
HEADER: Final = "#/components/headers/"


def _rename(made: Json) -> None:
    """Schemas by the plain names of things: `Order`, not `OrderShape`; and only those that are used."""
    schemas = made["components"]["schemas"]
    plain = {name: name.removesuffix("Shape") for name in schemas}
    names = {name: short if short == name or short not in schemas else name for name, short in plain.items()}
    _tidy(made, names)
    renamed = {names[name]: each for name, each in schemas.items()}
    used: set[str] = set()
    _gather([made["paths"], made["webhooks"]], renamed, used)
    made["components"]["schemas"] = {name: renamed[name] for name in sorted(used)}


def _tidy(node: Any, names: Mapping[str, str]) -> None:  # noqa: ANN401 - any JSON
    """References follow the names, and titles that only repeat a name go."""
    for child in _children(node):
        _tidy(child, names)
    if isinstance(node, dict):
        if isinstance(node.get("title"), str) and not node.keys().isdisjoint({"type", "anyOf", "allOf"}):
            del node["title"]
        if isinstance(node.get("$ref"), str):
            node["$ref"] = REF + names[node["$ref"].removeprefix(REF)]


def _gather(node: Any, schemas: Mapping[str, Any], used: set[str]) -> None:  # noqa: ANN401 - any JSON
    """Adds the schemas that are referred to from here, and from those."""
    for child in _children(node):
        _gather(child, schemas, used)
    if isinstance(node, dict) and isinstance(node.get("$ref"), str):
        name = node["$ref"].removeprefix(REF)
        if name not in used:
            used.add(name)
            _gather(schemas[name], schemas, used)


def _children(node: Any) -> Iterable[Any]:  # noqa: ANN401 - any JSON
    return node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()

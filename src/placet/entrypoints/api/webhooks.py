"""Webhook endpoints of the caller's organization, and what was sent to them (R91)."""

import base64
import secrets
from datetime import timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Final, Literal
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import AfterValidator, AwareDatetime, Field

from placet.actions import webhook_endpoints
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.view import timestamp
from placet.domain.words import SUBSCRIBABLE, DeliveryStatus, EndpointStatus, EventType
from placet.entrypoints.api import shapes
from placet.entrypoints.api.bodies import BODY, Body, Nothing, Shape, given
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.paging import PAGE, Page, after_id, listing_of
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import done, idempotent, now, reply, reply_once
from placet.entrypoints.api.shapes import Id, Shown, Time
from placet.entrypoints.api.versions import if_unchanged, tagged
from placet.entrypoints.api.webhook_deliveries import DeliveryShape, delivery_json
from placet.storage import webhooks
from placet.storage.catalog import FIRST
from placet.storage.db import Row
from placet.storage.facts import as_uuid

router = Router(tags=["Webhooks"])

SECRET_BYTES: Final = 32
SIGNS: Final = range(24, 65)
"""Bytes of a secret that can sign, by Standard Webhooks."""


def callable_url(url: str) -> str:
    """An http or https address; a public one by https, unless the operator allows others (R91). What a
    name leads to is looked at whenever something is sent."""
    parts = urlsplit(url)
    if not url.isprintable() or " " in url or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http or https address")
    if settings.CONFIG.webhook_allow_private:
        return url
    if parts.scheme != "https" or _is_private(parts.hostname):
        raise ValueError("must be a public https address")
    return url


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


if TYPE_CHECKING:
    Subscribed = EventType
else:
    Subscribed = Literal[SUBSCRIBABLE]


def _each_once(events: list[EventType]) -> list[EventType]:
    return list(dict.fromkeys(events))


def _signing(secret: str) -> str:
    try:
        signs = len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) in SIGNS
    except ValueError:
        signs = False
    if not signs or not secret.startswith("whsec_"):
        raise ValueError("must be whsec_ and base64 of 24 to 64 bytes")
    return secret


Url = Annotated[str, Field(max_length=2000), AfterValidator(callable_url)]
Secret = Annotated[str, Field(max_length=200, examples=["whsec_…"]), AfterValidator(_signing)]
Events = Annotated[list[Subscribed], Field(min_length=1, max_length=100), AfterValidator(_each_once)]


class EndpointShape(Shown):
    """An endpoint. `ended`: its receiver answered 410; `disabled`: nothing got through to it for a day.
    `failing_since` is null unless its last answers were failures."""

    id: Id
    url: str
    events: list[EventType]
    status: Literal["active", "paused", "ended", "disabled"]
    failing_since: Time | None
    created_at: Time


class NewEndpointShape(EndpointShape):
    """An endpoint with its new secret, in this answer alone: not in a replay of it either."""

    secret: str = None  # type: ignore[assignment]


class RotatedShape(NewEndpointShape):
    """An endpoint with its new secret, and until when those before it sign beside it."""

    former_secrets_end_at: Time


class ReplayedShape(Shown):
    """How many deliveries are due again."""

    deliveries: int


class EndpointsShape(Shown):
    """A page of endpoints."""

    items: list[EndpointShape]
    next_cursor: str | None


class NewEndpoint(Shape):
    """Where to tell the caller's organization, and what of. Without `secret` one is made."""

    url: Url
    events: Events
    secret: Secret | None = None


class Rotation(Shape):
    """Without `secret` one is made. `keep_hours`: how long those before it sign beside it; 0 if one has
    leaked."""

    secret: Secret | None = None
    keep_hours: Annotated[int, Field(ge=0, le=168)] = 24


class Replay(Shape):
    """Which deliveries to send again: of events from then until then (now, where it is left out). `missed`:
    events that there is no delivery of, because the endpoint was not there yet, ended or disabled."""

    since: Annotated[AwareDatetime, Field(alias="from")]
    until: Annotated[AwareDatetime | None, Field(alias="to")] = None
    status: Literal["failed", "delivered", "missed"] = "failed"


class EndpointChange(Shape):
    """What to change of an endpoint."""

    url: Url | None = None
    events: Events | None = None
    status: Literal[EndpointStatus.ACTIVE, EndpointStatus.PAUSED] | None = None


@router.get(
    "/webhook-endpoints", response=shapes.reads(EndpointsShape), operation_id="list_webhook_endpoints"
)
def endpoints(request: HttpRequest, page: Page = PAGE) -> HttpResponse:
    """The endpoints of the caller's organization, the oldest first."""
    start = after_id(page)
    if isinstance(start, Refusal):
        return problem(start)
    found = webhook_endpoints.find_endpoints(by=actor_of(request), after=start, most=page.limit)
    return reply(listing_of(found, page, _endpoint))


@router.post(
    "/webhook-endpoints", response=shapes.acts(NewEndpointShape, 201), operation_id="add_webhook_endpoint"
)
@idempotent
def add(request: HttpRequest, body: Body[NewEndpoint] = BODY) -> HttpResponse:
    """Adds an endpoint, active at once; its signing secret is shown this once."""
    by, said = actor_of(request), given(body, NewEndpoint).checked()
    if isinstance(said, Refusal):
        return problem(webhook_endpoints.may_administer(by) or said)
    secret = said.secret or new_secret()
    added = webhook_endpoints.add_endpoint(by=by, url=said.url, events=said.events, secret=secret)
    return problem(added) if isinstance(added, Refusal) else reply_once(_endpoint(added), 201, secret=secret)


@router.get(
    "/webhook-endpoints/{endpoint}",
    response=shapes.reads(EndpointShape),
    operation_id="read_webhook_endpoint",
)
@tagged
def read(request: HttpRequest, endpoint: str) -> HttpResponse:
    """One of the endpoints of the caller's organization."""
    id_ = as_uuid(endpoint)
    found = webhook_endpoints.read_endpoint(by=actor_of(request), endpoint=id_) if id_ else None
    return reply(_endpoint(found)) if found else problem(Refusal("not_found"))


def _held(request: HttpRequest, endpoint: str) -> None:
    """Whoever else changes that endpoint waits."""
    if id_ := as_uuid(endpoint):
        webhooks.locked_endpoint(actor_of(request).organization, id_)


@router.patch(
    "/webhook-endpoints/{endpoint}",
    response=shapes.acts(EndpointShape),
    operation_id="change_webhook_endpoint",
)
@if_unchanged(read, "endpoint", hold=_held)
def change(request: HttpRequest, endpoint: str, body: Body[EndpointChange] = BODY) -> HttpResponse:
    """Changes an endpoint. What happens while it is `paused` waits; `active` sends it, and brings back one
    that had ended or was disabled."""
    by, id_, said = _asked(request, endpoint, given(body, EndpointChange))
    if isinstance(said, Refusal):
        return problem(said)
    changed = webhook_endpoints.change_endpoint(
        by=by, endpoint=id_, url=said.url, events=said.events, status=said.status
    )
    return problem(changed) if isinstance(changed, Refusal) else reply(_endpoint(changed))


@router.delete(
    "/webhook-endpoints/{endpoint}", response=shapes.acts(shapes.Done), operation_id="remove_webhook_endpoint"
)
@if_unchanged(read, "endpoint", hold=_held)
def remove(request: HttpRequest, endpoint: str) -> HttpResponse:
    """Removes an endpoint: nothing is sent there any more, nor tried again."""
    id_ = as_uuid(endpoint)
    if id_ is None:
        return problem(Refusal("not_found"))
    return done(webhook_endpoints.remove_endpoint(by=actor_of(request), endpoint=id_))


@router.post(
    "/webhook-endpoints/{endpoint}/rotate-secret",
    response=shapes.acts(RotatedShape),
    operation_id="rotate_webhook_secret",
)
@idempotent
def rotate(request: HttpRequest, endpoint: str, body: Body[Rotation] = BODY) -> HttpResponse:
    """A new signing secret, shown this once. Those before it sign beside it for `keep_hours`, so that the
    receiver can change over without a gap."""
    by, id_, said = _asked(request, endpoint, given(body, Rotation))
    if isinstance(said, Refusal):
        return problem(said)
    at, keep_for, secret = now(), timedelta(hours=said.keep_hours), said.secret or new_secret()
    rotated = webhook_endpoints.rotate_secret(by=by, endpoint=id_, secret=secret, keep_for=keep_for, at=at)
    if isinstance(rotated, Refusal):
        return problem(rotated)
    ends = {"former_secrets_end_at": timestamp(at + keep_for)}
    return reply_once(_endpoint(rotated) | ends, 200, secret=secret)


@router.post(
    "/webhook-endpoints/{endpoint}/test",
    response=shapes.acts(DeliveryShape, 201),
    operation_id="test_webhook_endpoint",
)
@idempotent
def ping(request: HttpRequest, endpoint: str, body: Body[Nothing] = BODY) -> HttpResponse:
    """Sends a `ping` to this endpoint alone, once; `GET /webhook-deliveries/{id}` says what came of it."""
    by, id_, said = _asked(request, endpoint, given(body, Nothing))
    if isinstance(said, Refusal):
        return problem(said)
    sent = webhook_endpoints.ping_endpoint(by=by, endpoint=id_, at=now())
    return problem(sent) if isinstance(sent, Refusal) else reply(delivery_json(sent), 201)


@router.post(
    "/webhook-endpoints/{endpoint}/replay",
    response=shapes.acts(ReplayedShape),
    operation_id="replay_webhook_deliveries",
)
@idempotent
def replay_several(request: HttpRequest, endpoint: str, body: Body[Replay] = BODY) -> HttpResponse:
    """Sends what an endpoint did not get, or lost, of a time: the oldest first, up to 10 000 at a time."""
    by, id_, said = _asked(request, endpoint, given(body, Replay))
    if isinstance(said, Refusal):
        return problem(said)
    status, at = None if said.status == "missed" else DeliveryStatus(said.status), now()
    count = webhook_endpoints.replay_deliveries(
        by=by, endpoint=id_, status=status, since=said.since, until=said.until or at, at=at
    )
    return problem(count) if isinstance(count, Refusal) else reply({"deliveries": count})


def _asked[S: Shape](request: HttpRequest, endpoint: str, body: Body[S]) -> tuple[Actor, UUID, S | Refusal]:
    """Who wants what of which endpoint. Whose it is and what the role allows is said before what is wrong
    with the body."""
    by, id_, said = actor_of(request), as_uuid(endpoint), body.checked()
    if id_ is None:
        return by, FIRST, Refusal("not_found")
    if isinstance(said, Refusal):
        found = webhook_endpoints.endpoint_to_change(by=by, endpoint=id_)
        return by, id_, found if isinstance(found, Refusal) else said
    return by, id_, said


def new_secret() -> str:
    """A secret as Standard Webhooks wants it."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def _endpoint(row: Row) -> Row:
    since = row["failing_since"]
    return row | {
        "created_at": timestamp(row["created_at"]),
        "failing_since": timestamp(since) if since else None,
    }

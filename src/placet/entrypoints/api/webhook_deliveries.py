"""What was sent to webhook endpoints of the caller's organization, and sending it again (R91)."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from placet.actions import webhook_endpoints
from placet.domain.refusals import Refusal
from placet.domain.view import timestamp
from placet.domain.words import DeliveryStatus, EventType
from placet.entrypoints.api import shapes
from placet.entrypoints.api.bodies import BODY, Body, Nothing, given
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.paging import PAGE, Page, after, listing, no_cursor
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import idempotent, now, reply
from placet.entrypoints.api.shapes import Id, Shown, Time
from placet.storage.db import Row
from placet.storage.facts import as_uuid

router = Router(tags=["Webhooks"])


class AttemptShape(Shown):
    """One try: what came back, and after how long."""

    at: Time
    milliseconds: int
    status_code: int | None
    answer: str


class EventNameShape(Shown):
    """An event by its id and type."""

    id: Id
    type: EventType


class DeliveryShape(Shown):
    """One event on its way to one endpoint; its id is the `webhook-id`. `next_attempt_at` is null once
    it is delivered or given up."""

    id: Id
    endpoint: Id
    event: EventNameShape
    status: DeliveryStatus
    created_at: Time
    next_attempt_at: Time | None
    attempts: list[AttemptShape]


class DeliveriesShape(Shown):
    """A page of deliveries."""

    items: list[DeliveryShape]
    next_cursor: str | None


class DeliveryQuery(Page):
    """Which deliveries."""

    endpoint: UUID | None = None
    status: DeliveryStatus | None = None


@router.get(
    "/webhook-deliveries", response=shapes.reads(DeliveriesShape), operation_id="list_webhook_deliveries"
)
def deliveries(request: HttpRequest, page: DeliveryQuery = PAGE) -> HttpResponse:
    """What was sent to the caller's endpoints, with every attempt and its answer; the newest first."""
    before = _before(page)
    if isinstance(before, Refusal):
        return problem(before)
    found = webhook_endpoints.find_deliveries(
        by=actor_of(request), endpoint=page.endpoint, status=page.status, before=before, most=page.limit
    )
    last = found[page.limit - 1] if len(found) > page.limit else None
    cursor = f"{last['created_at'].isoformat()} {last['id']}" if last else None
    return reply(listing([delivery_json(row) for row in found[: page.limit]], page, cursor))


@router.get(
    "/webhook-deliveries/{delivery}",
    response=shapes.reads(DeliveryShape),
    operation_id="read_webhook_delivery",
)
def read(request: HttpRequest, delivery: str) -> HttpResponse:
    """One delivery, with every attempt and its answer."""
    id_ = as_uuid(delivery)
    found = webhook_endpoints.find_delivery(by=actor_of(request), delivery=id_) if id_ else None
    if found is None or isinstance(found, Refusal):
        return problem(found or Refusal("not_found"))
    return reply(delivery_json(found))


@router.post(
    "/webhook-deliveries/{delivery}/replay",
    response=shapes.acts(DeliveryShape),
    operation_id="replay_webhook_delivery",
)
@idempotent
def replay(request: HttpRequest, delivery: str, body: Body[Nothing] = BODY) -> HttpResponse:
    """Sends it again, under the same `webhook-id`, whatever came of it so far."""
    id_, said = as_uuid(delivery), given(body, Nothing).checked()
    if id_ is None:
        return problem(Refusal("not_found"))
    if isinstance(said, Refusal):
        found = webhook_endpoints.delivery_to_replay(by=actor_of(request), delivery=id_)
        return problem(found if isinstance(found, Refusal) else said)
    sent = webhook_endpoints.replay_delivery(by=actor_of(request), delivery=id_, at=now())
    return problem(sent) if isinstance(sent, Refusal) else reply(delivery_json(sent))


def _before(page: Page) -> tuple[datetime, UUID] | Refusal | None:
    start = after(page)
    if not isinstance(start, str):
        return start
    at, _, id_ = start.partition(" ")
    try:
        return datetime.fromisoformat(at), UUID(id_)
    except ValueError:
        return no_cursor()


def delivery_json(row: Row) -> Row:
    """A delivery as its endpoint's owner reads it."""
    return {
        "id": row["id"],
        "endpoint": row["endpoint_id"],
        "event": {"id": row["event_id"], "type": row["type"]},
        "status": row["status"],
        "created_at": timestamp(row["created_at"]),
        "next_attempt_at": timestamp(row["due_at"]) if row["due_at"] else None,
        "attempts": [
            attempt | {"at": timestamp(datetime.fromisoformat(attempt["at"]))}
            for attempt in row["attempts"] or ()
        ],
    }

"""Facts, in the order they happened (R90)."""

from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from placet.actions.follow_events import follow_events
from placet.domain.refusals import Refusal, invalid
from placet.domain.words import EventType
from placet.entrypoints.api import shapes
from placet.entrypoints.api.event_shapes import schemas
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.paging import PAGE, Page, after, after_id, listing, listing_of, no_cursor
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import reply
from placet.entrypoints.api.shapes import Id, Shown, Time
from placet.storage.facts import as_uuid

router = Router(tags=["Events"])


class EventShape(Shown):
    """One fact: what a webhook's body holds, its id, and the version of what its type looks like."""

    id: Id
    type: EventType
    version: int
    timestamp: Time
    data: dict[str, Any]


class EventsShape(Shown):
    """A page of facts."""

    items: list[EventShape]
    next_cursor: str | None


class SchemaShape(Shown):
    """What webhooks of a type hold, as JSON schema (draft 2020-12)."""

    type: EventType
    version: int
    schema_: Annotated[dict[str, Any], Field(alias="schema")]


class SchemasShape(Shown):
    """All types."""

    items: list[SchemaShape]
    next_cursor: str | None


class EventQuery(Page):
    """From where on, and what of."""

    type: Annotated[tuple[EventType, ...], Field(max_length=100, description="Of these types")] = ()
    order: Annotated[UUID | None, Field(description="Of this order")] = None

    after: Annotated[str, Field(max_length=100, description="The id of the last event that was read")] = ""


@router.get(
    "/events/schemas",
    response=shapes.reads(SchemasShape),
    operation_id="list_event_schemas",
    by_alias=True,
)
def list_schemas(request: HttpRequest, page: Page = PAGE) -> HttpResponse:  # noqa: ARG001 - the same for everybody
    """What the body of a webhook holds, by type."""
    start = after(page)
    if isinstance(start, Refusal):
        return problem(start)
    known = [each["type"] for each in schemas()]
    if start is not None and start not in known:
        return problem(no_cursor())
    rest = schemas()[known.index(start) + 1 if start else 0 :]
    last = str(rest[page.limit - 1]["type"]) if len(rest) > page.limit else None
    return reply(listing(rest, page, last))


@router.get("/events", response=shapes.reads(EventsShape), operation_id="list_events")
def events(request: HttpRequest, page: EventQuery = PAGE) -> HttpResponse:
    """Facts that the caller may see, each as a webhook would tell it; the oldest first. To follow them,
    ask again `after` the last one that was read: none ever appears before it."""
    start = after_id(page)
    if isinstance(start, Refusal):
        return problem(start)
    after = as_uuid(page.after) if page.after else None
    if page.after and after is None:
        return problem(invalid(after="Not an event of yours."))
    found = follow_events(
        by=actor_of(request),
        after=start or after,
        types=page.type,
        order=page.order,
        most=page.limit,
        address=settings.PUBLIC_URL,
    )
    return problem(found) if isinstance(found, Refusal) else reply(listing_of(found, page, lambda row: row))

"""Where an organization wants to be told, and telling it again (R91): its admins' business."""

from datetime import datetime
from uuid import UUID

from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal
from placet.domain.words import DeliveryStatus, EndpointStatus, EventType
from placet.storage import db, webhooks
from placet.storage.db import Row


def may_administer(by: Actor) -> Refusal | None:
    """Whether the role allows to change endpoints."""
    return None if by.may(Permission.ADMINISTER) else Refusal("forbidden")


def find_endpoints(*, by: Actor, after: UUID | None, most: int) -> list[Row]:
    """The caller's endpoints, the oldest first; one more than `most` where there is more."""
    return webhooks.endpoints(by.organization, after, most + 1)


def endpoint_to_change(*, by: Actor, endpoint: UUID) -> Row | Refusal:
    """One of the caller's endpoints; a stranger's is not there, a role that may not change it learns so."""
    found = webhooks.endpoint(by.organization, endpoint)
    return (may_administer(by) or found) if found else Refusal("not_found")


@db.transaction
def add_endpoint(*, by: Actor, url: str, events: list[EventType], secret: str) -> Row | Refusal:
    """The endpoint as it reads, without its secret."""
    if refusal := may_administer(by):
        return refusal
    return webhooks.add_endpoint(
        id_=db.new_id(), owner=by.organization, url=url, secret=secret, events=events
    )


@db.transaction
def change_endpoint(
    *,
    by: Actor,
    endpoint: UUID,
    url: str | None,
    events: list[EventType] | None,
    status: EndpointStatus | None,
) -> Row | Refusal:
    """The endpoint as it became. `active` also brings back one that its receiver had ended."""
    found = endpoint_to_change(by=by, endpoint=endpoint)
    if isinstance(found, Refusal):
        return found
    changed = webhooks.change_endpoint(
        owner=by.organization, id_=endpoint, url=url, events=events, status=status
    )
    return changed or Refusal("not_found")


@db.transaction
def remove_endpoint(*, by: Actor, endpoint: UUID) -> Refusal | None:
    """Nothing is sent there any more, nor tried again."""
    found = endpoint_to_change(by=by, endpoint=endpoint)
    if isinstance(found, Refusal):
        return found
    return None if webhooks.remove_endpoint(by.organization, endpoint) else Refusal("not_found")


def find_deliveries(
    *,
    by: Actor,
    endpoint: UUID | None,
    status: DeliveryStatus | None,
    before: tuple[datetime, UUID] | None,
    most: int,
) -> list[Row]:
    """What was sent to the caller's endpoints, the newest first; one more than `most` where there is more."""
    return webhooks.deliveries(
        by.organization, endpoint=endpoint, status=status, before=before, most=most + 1
    )


def delivery_to_replay(*, by: Actor, delivery: UUID) -> Row | Refusal:
    """A delivery to one of the caller's endpoints; a role that may not replay it learns so."""
    found = webhooks.delivery(by.organization, delivery)
    return (may_administer(by) or found) if found else Refusal("not_found")


@db.transaction
def replay_delivery(*, by: Actor, delivery: UUID, at: datetime) -> Row | Refusal:
    """The delivery as it became: due at once, under the same `webhook-id`."""
    found = delivery_to_replay(by=by, delivery=delivery)
    if isinstance(found, Refusal):
        return found
    if not webhooks.send_again(delivery, at):
        return Refusal("wrong_status", "The endpoint is not active.")
    return webhooks.delivery(by.organization, delivery) or Refusal("not_found")

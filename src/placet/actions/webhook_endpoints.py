"""Where an organization wants to be told, and telling it again (R91): its admins' business."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal, sentence
from placet.domain.words import DeliveryStatus, EndpointStatus, EventType
from placet.storage import db, webhooks
from placet.storage.db import Row

MOST_AGAIN: Final = 10_000
"""How many are sent again by one call."""


def may_administer(by: Actor) -> Refusal | None:
    """Whether the role allows to change endpoints."""
    return None if by.may(Permission.ADMINISTER) else Refusal("forbidden")


def find_endpoints(*, by: Actor, after: UUID | None, most: int) -> list[Row]:
    """The caller's endpoints, the oldest first; one more than `most` where there is more."""
    return webhooks.endpoints(by.organization, after, most + 1)


def read_endpoint(*, by: Actor, endpoint: UUID) -> Row | None:
    """One of the caller's endpoints, to look at."""
    return webhooks.endpoint(by.organization, endpoint)


def endpoint_to_change(*, by: Actor, endpoint: UUID) -> Row | Refusal:
    """One of the caller's endpoints; a stranger's is not there, a role that may not change it learns so."""
    found = webhooks.endpoint(by.organization, endpoint)
    return (may_administer(by) or found) if found else Refusal("not_found")


def _locked(by: Actor, endpoint: UUID) -> Row | Refusal:
    found = webhooks.locked_endpoint(by.organization, endpoint)
    return (may_administer(by) or found) if found else Refusal("not_found")


def _locked_and_active(by: Actor, endpoint: UUID) -> Row | Refusal:
    found = _locked(by, endpoint)
    if isinstance(found, Refusal) or found["status"] == EndpointStatus.ACTIVE:
        return found
    return Refusal("wrong_status", sentence("The endpoint is not active."))


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
    """The endpoint as it became. What happens while it is paused waits; `active` sends it, and also brings
    back one that its receiver had ended, or that was disabled."""
    found = _locked(by, endpoint)
    if isinstance(found, Refusal):
        return found
    return webhooks.change_endpoint(id_=endpoint, url=url, events=events, status=status)


@db.transaction
def rotate_secret(
    *, by: Actor, endpoint: UUID, secret: str, keep_for: timedelta, at: datetime
) -> Row | Refusal:
    """The endpoint, signed with the new secret from now on. Those before it sign beside it for so long, so
    that its receiver may change over at leisure; for no time at all where one has leaked (R91)."""
    found = _locked(by, endpoint)
    if isinstance(found, Refusal):
        return found
    webhooks.rotate_secret(endpoint, secret, at + keep_for)
    return found


@db.transaction
def remove_endpoint(*, by: Actor, endpoint: UUID) -> Refusal | None:
    """Nothing is sent there any more, nor tried again."""
    found = _locked(by, endpoint)
    if isinstance(found, Refusal):
        return found
    webhooks.remove_endpoint(endpoint)
    return None


@db.transaction
def ping_endpoint(*, by: Actor, endpoint: UUID, at: datetime) -> Row | Refusal:
    """A delivery of a `ping` to that endpoint alone, tried once: what came of it can be read where all
    deliveries are."""
    found = _locked_and_active(by, endpoint)
    if isinstance(found, Refusal):
        return found
    webhooks.ping(endpoint, ping := db.new_id(), by.as_json(), at)
    return webhooks.delivery(by.organization, ping) or Refusal("not_found")


def find_delivery(*, by: Actor, delivery: UUID) -> Row | Refusal:
    """One delivery to one of the caller's endpoints."""
    return webhooks.delivery(by.organization, delivery) or Refusal("not_found")


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
    endpoint = _locked_and_active(by, found["endpoint_id"])
    if isinstance(endpoint, Refusal):
        return endpoint
    webhooks.send_again(delivery, at)
    return webhooks.delivery(by.organization, delivery) or Refusal("not_found")


@db.transaction
def replay_deliveries(  # noqa: PLR0913 - what is wanted, by whom
    *,
    by: Actor,
    endpoint: UUID,
    status: DeliveryStatus | None,
    since: datetime,
    until: datetime,
    at: datetime,
) -> int | Refusal:
    """How many of the endpoint's deliveries of events of that time are due again, of those that ended so;
    without a status those that never were, because the endpoint was none yet, ended or disabled. At most
    `MOST_AGAIN`, the oldest first: whoever wants more asks again."""
    found = _locked_and_active(by, endpoint)
    if isinstance(found, Refusal):
        return found
    if status is None:
        return webhooks.send_missed(endpoint, since, until, at, MOST_AGAIN)
    return webhooks.send_several_again(endpoint, status, since, until, at, MOST_AGAIN)

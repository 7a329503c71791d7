"""Webhook deliveries (R91): take some with their bodies, and keep what the receivers answered."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from pydantic_core import to_json

from placet.domain.delivering import Tried
from placet.domain.order import Event, Order
from placet.domain.parties import Actor
from placet.domain.telling import Telling, body
from placet.domain.words import EndpointStatus, EventType, Role
from placet.storage import db, deliveries, event_log
from placet.storage.db import Row
from placet.storage.sealing import opened

LEASE: Final = timedelta(minutes=1)
"""Four times as long as a try may take."""

SIDE_BY_SIDE: Final = 8
"""How many messages are on the way to one endpoint at once, by all workers together."""
SIDE_BY_SIDE_IN_DOUBT: Final = 2


@dataclass(frozen=True, slots=True)
class Parcel:
    """One event for one endpoint, ready to be signed and sent. `id` is the `webhook-id`; `secrets` those
    in force, the newest first. `at` is when the fact was, `order` what it is of, if of any. `in_doubt`: the
    endpoint failed last, or was slow."""

    id: UUID
    endpoint: UUID
    url: str
    secrets: tuple[str, ...]
    type: EventType
    schema: int
    body: bytes
    tries: int
    at: datetime
    order: UUID | None
    in_doubt: bool


@db.transaction
def take_deliveries(*, quick: int, in_doubt: int, at: datetime, address: str) -> list[Parcel]:
    """Deliveries that are due, leased to the caller, each as its receiver may see it: so many to endpoints
    that answer well, and so many to those in doubt, which so never stand in the way of the others. The
    next of an order goes to an endpoint when the one before it is done."""
    well = _taken(quick, SIDE_BY_SIDE, at, in_doubt=False)
    doubtful = _taken(in_doubt, SIDE_BY_SIDE_IN_DOUBT, at, in_doubt=True)
    orders = event_log.orders_of([*well, *doubtful])
    return [
        _parcel(row, orders.get(row["order_id"]), address, in_doubt=rows is doubtful)
        for rows in (well, doubtful)
        for row in rows
    ]


def _taken(slots: int, most: int, at: datetime, *, in_doubt: bool) -> list[Row]:
    endpoints = deliveries.lock_endpoints_due(at, in_doubt=in_doubt, most=most) if slots > 0 else []
    return deliveries.take(endpoints, at, at + LEASE, most=most, slots=slots) if endpoints else []


def _parcel(row: Row, order: Order | None, address: str, *, in_doubt: bool) -> Parcel:
    receiver = Actor(row["owner_id"], "webhook", "system", Role.ADMIN)
    kind = EventType(row["type"])
    return Parcel(
        id=row["id"],
        endpoint=row["endpoint_id"],
        url=row["url"],
        secrets=tuple(secret for sealed in row["sealed"] or () if (secret := opened(sealed))),
        type=kind,
        schema=row["schema"],
        body=to_json(body(Telling(kind, row["at"], row["detail"], receiver, address), order)),
        tries=row["tries"],
        at=row["at"],
        order=row["order_id"],
        in_doubt=in_doubt,
    )


@db.transaction
def record_answers(*, tries: Sequence[Tried], at: datetime) -> None:
    """Keeps every attempt, and what it means: for the delivery, for the next one of the same order, and for
    the endpoint. One that comes to its end so is told to its owner's other endpoints."""
    by_endpoint: dict[UUID, list[Tried]] = defaultdict(list)
    for tried in tries:
        by_endpoint[tried.endpoint].append(tried)
    endpoints = deliveries.lock_endpoints(list(by_endpoint))
    deliveries.settle(tries, at)
    ended = [_felt(row, by_endpoint[row["id"]], at) for row in endpoints]
    event_log.record([event for event in ended if event])


def _felt(row: Row, tries: Sequence[Tried], at: datetime) -> Event | None:
    """Keeps how the endpoint is; the fact that it has come to an end, if so."""
    before = deliveries.health_of(row)
    health = before.after(tries)
    if health != before:
        deliveries.feel(row["id"], health)
    if health.status is before.status:
        return None
    detail = {
        "endpoint": {"id": str(row["id"]), "url": row["url"]},
        "reason": WHY[health.status],
        "failing_since": health.failing_since,
    }
    return Event(db.new_id(), EventType.ENDPOINT_DISABLED, at, (row["owner_id"],), None, detail)


WHY: Final = {EndpointStatus.ENDED: "gone", EndpointStatus.DISABLED: "failing"}

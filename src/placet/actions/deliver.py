"""Webhook deliveries (R91): take a batch with its bodies, and keep what the receivers answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from pydantic_core import to_json

from placet.domain.order import Order
from placet.domain.parties import Actor
from placet.domain.telling import Telling, body
from placet.domain.words import EventType, Role
from placet.storage import db, errands, event_log
from placet.storage.db import Row

LEASE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One event for one endpoint, ready to be signed and sent. `id` is the `webhook-id`."""

    id: UUID
    endpoint: UUID
    url: str
    secret: str
    body: bytes
    tries: int


@db.transaction
def take_deliveries(*, most: int, at: datetime, address: str) -> list[Parcel]:
    """Deliveries that are due, leased to the caller, each as its receiver may see it."""
    rows = errands.take_deliveries(at, at + LEASE, most)
    orders = event_log.orders_of(rows)
    return [_parcel(row, orders.get(row["order_id"]), address) for row in rows]


@db.transaction
def record_answers(*, answers: Sequence[dict[str, Any]]) -> None:
    """Keeps every attempt; see `errands.record_answers` for the fields."""
    errands.record_answers(answers)


def _parcel(row: Row, order: Order | None, address: str) -> Parcel:
    receiver = Actor(row["owner_id"], "webhook", "system", Role.ADMIN)
    told = Telling(EventType(row["type"]), row["at"], row["detail"], receiver, address)
    return Parcel(
        row["id"], row["endpoint_id"], row["url"], row["secret"], to_json(body(told, order)), row["tries"]
    )

"""What the worker does with webhooks, at once and in this process."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.utils.timezone import now

from placet.actions.deliver import Parcel, record_answers, take_deliveries
from placet.domain.delivering import Sent, Tried
from tests.api.callers import Caller


def taken(owner: Caller, at: datetime | None = None) -> list[Parcel]:
    """What is due for one organization's endpoints. Whatever else is due is taken with it, and left."""
    mine = {endpoint["id"] for endpoint in owner.items("/webhook-endpoints")}
    parcels = take_deliveries(quick=1000, in_doubt=1000, at=at or now(), address="https://placet.example")
    return [parcel for parcel in parcels if str(parcel.endpoint) in mine]


def answered(
    parcels: Sequence[Parcel],
    status_code: int | None = 200,
    at: datetime | None = None,
    milliseconds: int = 7,
) -> None:
    """What their receivers say."""
    at = at or now()
    record_answers(
        tries=[
            Tried(
                parcel.id,
                parcel.endpoint,
                parcel.type,
                parcel.tries,
                at,
                Sent(status_code, "thanks", milliseconds),
            )
            for parcel in parcels
        ],
        at=at,
    )


def falls_due(owner: Caller) -> None:
    """Time passes: what waits for its next try, or for a worker that died, is due."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE delivery d SET due_at = now() - interval '1 second' FROM webhook_endpoint w
            JOIN organization o ON o.id = w.owner_id
            WHERE d.endpoint_id = w.id AND d.due_at IS NOT NULL AND o.ref = %s""",
            [owner.ref],
        )

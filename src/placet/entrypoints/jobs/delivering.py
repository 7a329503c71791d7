"""Webhooks (R91): a batch is taken, sent side by side, and every answer kept."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Final

from placet.actions.deliver import Parcel, record_answers, take_deliveries
from placet.domain.delivering import Outgoing, Sent, next_try_at
from placet.gateways.webhooks import WebhookSender
from placet.storage.db import new_id

BATCH: Final = 16
"""How many deliveries to one endpoint are taken at once."""
SIDE_BY_SIDE: Final = 16

Row = dict[str, Any]


class Deliverer:
    """Sends what is due, several at a time."""

    def __init__(self, sender: WebhookSender, address: str) -> None:
        self._sender, self._address = sender, address
        self._pool = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="webhook")

    def deliver(self, at: datetime) -> int:
        """One batch; answers how many there were."""
        parcels = take_deliveries(most=BATCH, at=at, address=self._address)
        self._keep(self._pool.map(self._sent, parcels))
        return len(parcels)

    def close(self) -> None:
        """Lets go of the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _keep(self, answers: Iterable[Row]) -> None:
        rows = list(answers)
        if rows:
            record_answers(answers=rows)

    def _sent(self, parcel: Parcel) -> Row:
        now = datetime.now(UTC)
        message = Outgoing(
            id=str(parcel.id), url=parcel.url, secrets=(parcel.secret,), body=parcel.body, now=now
        )
        return _row(parcel, self._sender.send(message), now)


def _row(parcel: Parcel, sent: Sent, at: datetime) -> Row:
    due_at = next_try_at(parcel.tries, at) if sent.verdict == "retry" else None
    status = "delivered" if sent.verdict == "delivered" else "pending" if due_at else "failed"
    return {
        "id": parcel.id,
        "attempt": new_id(),
        "status": status,
        "due_at": due_at,
        "at": at,
        "milliseconds": sent.milliseconds,
        "status_code": sent.status_code,
        "answer": sent.answer,
        "ends": sent.verdict == "ended",
    }

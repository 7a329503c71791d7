"""How much there is of what, and since when it waits: for whoever watches over a Placet.

Read every few seconds, however many orders are stored: from the indexes of what is rare, never from whole
tables. Executed orders are all the others, of which the database's own statistics know about how many.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from placet.storage import db


@dataclass(frozen=True, slots=True)
class Queue:
    """Errands of one kind: how many are due, and since when the oldest is, if any."""

    kind: str
    due: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Orders by status, queues of the worker, and what waits for its turn or its next try."""

    orders: dict[str, int]
    queues: tuple[Queue, ...]
    mails_waiting: int
    deliveries_waiting: int
    endpoints: dict[str, int]


def read(now: datetime) -> Figures:
    """As they are now."""
    waiting = db.fetch(WAITING)[0]
    return Figures(
        orders={row["status"]: row["many"] for row in db.fetch(ORDERS)},
        queues=tuple(Queue(**row) for row in db.fetch(QUEUES, {"now": now})),
        mails_waiting=waiting["mails"],
        deliveries_waiting=waiting["deliveries"],
        endpoints={row["status"]: row["many"] for row in db.fetch(ENDPOINTS)},
    )


def limit_time(milliseconds: int) -> None:
    """No statement of the transaction that is open takes longer."""
    db.fetch(f"SET LOCAL statement_timeout = {milliseconds}")


ORDERS: Final = """
WITH counted AS (
  SELECT 'unexecuted' AS status, count(*) AS many FROM orders WHERE status = 'unexecuted'
  UNION ALL SELECT 'submitted', count(*) FROM orders WHERE status = 'submitted'
  UNION ALL SELECT 'pending_approval', count(*) - (SELECT count(*) FROM orders WHERE status = 'unexecuted')
    FROM orders WHERE status IN ('pending_approval', 'unexecuted')
  UNION ALL SELECT word.status, count(o.status)
    FROM unnest(ARRAY['draft', 'rejected', 'cancelled', 'expired']) AS word(status)
    LEFT JOIN (SELECT status FROM orders WHERE status IN ('draft', 'rejected', 'cancelled', 'expired')) o
      ON o.status = word.status
    GROUP BY word.status
)
SELECT status, many FROM counted
UNION ALL SELECT 'executed', greatest(0, (SELECT reltuples::int8 FROM pg_class WHERE oid = 'orders'::regclass)
  - (SELECT sum(many) FROM counted)::int8)"""

BY_DUE_AT: Final = {
    "sub_order": "sub_order",
    "charge": "charge_attempt",
    "refund": "charge_refund",
    "notice": "notice",
    "mail": "mail",
    "import": "exchange_run",
    "exchange": "exchange_schedule",
}
"""Queues in whose table an index leads to what is due first."""

# Hops from endpoint to endpoint, as the worker does: those that nothing is sent to count for nothing.
DELIVERIES: Final = """
SELECT 'delivery' AS kind, coalesce(sum(first.due), 0)::int8 AS due, min(first.due_at) AS oldest_at
FROM webhook_endpoint w CROSS JOIN LATERAL (SELECT count(*) AS due, min(d.due_at) AS due_at FROM (
  SELECT due_at FROM delivery WHERE endpoint_id = w.id AND due_at <= %(now)s ORDER BY due_at LIMIT 1000) d
) first WHERE w.status = 'active'"""

QUEUES: Final = " UNION ALL ".join(
    [
        DELIVERIES,
        *(
            f"SELECT '{kind}', count(*), min(due_at) FROM {table} WHERE due_at <= %(now)s"
            for kind, table in BY_DUE_AT.items()
        ),
        "SELECT 'retry', count(*), min(retry_due_at) FROM credit_account WHERE retry_due_at <= %(now)s",
        "SELECT 'number', count(*), min(issued_at) FROM invoice WHERE number IS NULL",
        """SELECT 'expire', count(*), min(expires_at) FROM orders
            WHERE status IN ('pending_approval', 'unexecuted') AND expires_at <= %(now)s""",
    ]
)

WAITING: Final = """
SELECT (SELECT count(*) FROM mail WHERE due_at IS NOT NULL) AS mails,
  (SELECT count(*) FROM (SELECT 1 FROM delivery WHERE due_at IS NOT NULL LIMIT 100000) d) AS deliveries"""

ENDPOINTS: Final = "SELECT status, count(*) AS many FROM webhook_endpoint GROUP BY status"

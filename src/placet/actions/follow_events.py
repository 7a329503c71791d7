"""Facts, each as the one who follows them may see it (R90)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from placet.domain.parties import Actor
from placet.domain.refusals import Refusal, invalid, sentence
from placet.domain.telling import Telling, body
from placet.domain.words import EventType
from placet.storage import event_feed, event_log
from placet.storage.db import Row


def follow_events(  # noqa: PLR0913 - what is wanted, by whom
    *, by: Actor, after: UUID | None, types: Sequence[EventType], order: UUID | None, most: int, address: str
) -> list[dict[str, Any]] | Refusal:
    """Facts after that one, the oldest first, of these types (all, where none is named) and of that order, if
    one is; one more than `most` where there is more.

    A fact is named by its id, never by its number among all: the gaps would tell of others' business.
    """
    seq = event_feed.place_of(by.organization, after) if after else 0
    if seq is None:
        return invalid(after=sentence("Not an event of yours."))
    rows = event_feed.after(by.organization, seq, types, order, most + 1)
    orders = event_log.orders_of(rows)
    return [
        {
            "id": row["id"],
            "version": row["schema"],
            **body(_telling(row, by, address), orders.get(row["order_id"])),
        }
        for row in rows
    ]


def _telling(row: Row, by: Actor, address: str) -> Telling:
    return Telling(EventType(row["type"]), row["at"], row["detail"], by, address)

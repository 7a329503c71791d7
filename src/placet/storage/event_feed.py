"""Facts in the order they happened, for whoever follows them (R90)."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from placet.domain.words import EventType
from placet.storage import db
from placet.storage.db import Row

# A number is drawn before its transaction commits, so a smaller one may still appear after a greater.
# Nothing older than the oldest transaction under way can: that is as far as anybody may read.
SETTLED: Final = "e.xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"

AFTER: Final = f"""
SELECT e.id, e.type, e.schema, e.at, e.order_id, e.detail::json FROM event e
WHERE e.seq > %(after)s AND e.seen_by @> ARRAY[%(organization)s::uuid] AND {SETTLED} AND e.type <> 'ping'"""
OF_TYPES: Final = " AND e.type = ANY(%(types)s)"
OF_ORDER: Final = " AND e.order_id = %(order)s"
FIRST: Final = " ORDER BY e.seq LIMIT %(most)s"


def after(
    organization: UUID, seq: int, types: Sequence[EventType], order: UUID | None, most: int
) -> list[Row]:
    """Facts that the organization may know of, the oldest first, none of which can be overtaken; of these
    types and of that order, where any are named.

    Planned anew each time: whoever knows of most facts reads on by their numbers, whoever knows of few has
    them looked up.
    """
    filters = f"{OF_TYPES if types else ''}{OF_ORDER if order else ''}"
    asked = {"organization": organization, "after": seq, "types": list(types), "order": order, "most": most}
    return db.fetch_planned(f"{AFTER}{filters}{FIRST}", asked)


SEQ: Final = "SELECT seq FROM event WHERE id = %(id)s AND %(organization)s = ANY(seen_by)"


def place_of(organization: UUID, event: UUID) -> int | None:
    """Where a fact stands in the order of all; `None` for one that the organization may not know of."""
    row = db.fetch_one(SEQ, {"organization": organization, "id": event})
    return row["seq"] if row else None

"""Finding an organization below somebody to order for (R11): quick however many there are.

Who has few below it walks down to all of them; who has many (a distributor) walks the index of names and
asks of each that fits whether it is below. Which of the two it is, the first statement finds out.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from placet.domain.parties import Party
from placet.storage import db
from placet.storage.db import Row
from placet.storage.facts import DEEPEST
from placet.storage.order_lists import literally
from placet.storage.reading import PARTY, party

FEW: Final = 2000
"""So many are looked through from above."""

FOUND: Final = f"""
SELECT {PARTY.format("g")} AS party, g.country, g.place, (SELECT c.external_id FROM contract c
    WHERE c.buyer_id = g.id AND c.seller_id = %(viewer)s AND c.ended_at IS NULL LIMIT 1) AS external_id,
  (SELECT json_build_array(s.id, s.ref, s.name, s.kind, s.status) FROM contract c
    JOIN organization s ON s.id = c.seller_id
    WHERE c.buyer_id = g.id AND c.ended_at IS NULL LIMIT 1) AS seller
FROM g ORDER BY g.name, g.id"""

FITS: Final = "(%(text)s::text IS NULL OR g.name ILIKE %(text)s::text OR g.ref ILIKE %(text)s::text)"

FROM_ABOVE: Final = f"""
WITH RECURSIVE walked AS (
  SELECT c.buyer_id AS id, 1 AS place FROM contract c
  WHERE c.seller_id = %(viewer)s AND c.ended_at IS NULL
  UNION ALL
  SELECT c.buyer_id, w.place + 1 FROM walked w JOIN contract c ON c.seller_id = w.id AND c.ended_at IS NULL
  WHERE w.place < {DEEPEST}
), few AS MATERIALIZED (
  SELECT id, place FROM walked LIMIT {FEW + 1}
), g AS MATERIALIZED (
  SELECT g.*, few.place FROM few JOIN organization g ON g.id = few.id
  WHERE (SELECT count(*) FROM few) <= {FEW} AND {FITS} ORDER BY g.name, g.id LIMIT %(most)s
)
SELECT *, 0 AS below FROM ({FOUND}) found
UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, (SELECT count(*)::int FROM few)"""

BY_NAME: Final = f"""
WITH g AS MATERIALIZED (
  SELECT g.*, up.place FROM organization g CROSS JOIN LATERAL (
    WITH RECURSIVE up AS (
      SELECT c.seller_id, 1 AS place FROM contract c WHERE c.buyer_id = g.id AND c.ended_at IS NULL
      UNION ALL
      SELECT c.seller_id, up.place + 1 FROM up
      JOIN contract c ON c.buyer_id = up.seller_id AND c.ended_at IS NULL WHERE up.place < {DEEPEST}
    ) SELECT place FROM up WHERE seller_id = %(viewer)s LIMIT 1
  ) up
  WHERE {FITS} ORDER BY g.name, g.id LIMIT %(most)s
)
{FOUND}"""


@dataclass(frozen=True, slots=True)
class Below:
    """An organization below the viewer: `place` 1 buys from the viewer itself; `external_id` is what the
    viewer calls it, where it does; `seller` is whom it buys from."""

    party: Party
    country: str
    place: int
    external_id: str | None
    seller: Party


def find(viewer: UUID, text: str, most: int) -> list[Below]:
    """Organizations anywhere below the viewer, by name; those with that part of a name or ref."""
    asked = {"viewer": viewer, "text": f"%{literally(text)}%" if text else None, "most": most}
    *rows, counted = db.fetch_planned(FROM_ABOVE, asked)
    if counted["below"] > FEW:
        rows = db.fetch_planned(BY_NAME, asked)
    return [_below(row) for row in rows]


def _below(row: Row) -> Below:
    return Below(party(row["party"]), row["country"], row["place"], row["external_id"], party(row["seller"]))

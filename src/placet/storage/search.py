"""Finding orders and organizations by a few letters, from any page: quick however many there are."""

import re
from typing import Final
from uuid import UUID

from placet.domain.parties import Party
from placet.storage import db
from placet.storage.order_lists import PARTY as IS_PARTY
from placet.storage.order_lists import literally, number_of
from placet.storage.reading import PARTY
from placet.storage.reading import party as as_party

LOOKED_AT: Final = 2000
"""So many numbers that begin so are looked at, and so many names: more letters find the rest."""

ORDERS: Final = f"""
SELECT o.id FROM (
  SELECT id, number, buyer_id FROM orders WHERE number LIKE %(number)s ORDER BY number LIMIT {LOOKED_AT}
) o WHERE {IS_PARTY} ORDER BY o.number LIMIT %(most)s"""


def orders(organization: UUID, text: str, most: int) -> list[UUID]:
    """Orders of the organization by number: the very one by its digits, or all that begin so."""
    number = number_of(text)
    if number is None:
        return []
    beginning = text.strip().upper() if re.fullmatch(r"(?i)pl-\d+", text.strip()) else number
    patterns = dict.fromkeys([number, f"{literally(beginning)}%"])
    found: dict[UUID, None] = {}
    for pattern in patterns:
        asked = {"organization": organization, "number": pattern, "most": most}
        found |= dict.fromkeys(row["id"] for row in db.fetch_planned(ORDERS, asked))
    return list(found)[:most]


DIRECT: Final = """
SELECT g.id FROM contract c JOIN organization g ON g.id = c.buyer_id
WHERE c.seller_id = %(viewer)s AND c.ended_at IS NULL
  AND (g.name ILIKE %(text)s OR g.ref ILIKE %(text)s OR c.external_id ILIKE %(text)s)
ORDER BY g.name, g.id LIMIT %(most)s"""
FURTHER: Final = f"""
WITH RECURSIVE named AS (
  SELECT id FROM organization WHERE name ILIKE %(text)s ORDER BY name LIMIT {LOOKED_AT}
), up AS (
  SELECT n.id, n.id AS above FROM named n
  UNION
  SELECT up.id, c.seller_id FROM up JOIN contract c ON c.buyer_id = up.above AND c.ended_at IS NULL
)
SELECT id FROM up WHERE above = %(viewer)s AND id <> %(viewer)s"""
FOUND: Final = f"""
SELECT {PARTY.format("g")} AS party FROM organization g WHERE g.id = ANY(%(ids)s)
ORDER BY g.name, g.id LIMIT %(most)s"""


def organizations_below(viewer: UUID, text: str, most: int) -> list[Party]:
    """Who buys from the viewer, and everyone further below it, by part of a name, a ref or its own number."""
    asked = {"viewer": viewer, "text": f"%{literally(text)}%", "most": most}
    direct = [row["id"] for row in db.fetch_planned(DIRECT, asked)]
    further = [row["id"] for row in db.fetch_planned(FURTHER, asked)] if len(direct) < most else []
    rows = db.fetch(FOUND, {"ids": [*direct, *further], "most": most})
    return [as_party(row["party"]) for row in rows]

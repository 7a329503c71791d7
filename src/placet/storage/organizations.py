"""Organizations, as read models."""

from typing import Final
from uuid import UUID

from placet.domain.basket import SeenBuyer
from placet.domain.parties import Party
from placet.storage import db
from placet.storage.facts import DEEPEST, as_uuid
from placet.storage.reading import PARTY
from placet.storage.reading import party as as_party

ONE: Final = f"SELECT {PARTY.format('g')} AS party FROM organization g WHERE g.id = %(id)s"


def party(organization: UUID) -> Party:
    """One organization that is known to exist."""
    row = db.fetch_one(ONE, {"id": organization})
    assert row is not None, "a key has its organization"
    return as_party(row["party"])


NAMED: Final = (
    f"SELECT {PARTY.format('g')} AS party FROM organization g WHERE g.id = %(id)s OR g.ref = %(ref)s"
)


def named(name: str) -> Party | None:
    """The organization of that id or ref, anybody's: for whoever runs Placet."""
    row = db.fetch_one(NAMED, {"id": as_uuid(name), "ref": name})
    return as_party(row["party"]) if row else None


BELOW: Final = f"""
WITH RECURSIVE up AS (
  SELECT g.id AS start, g.id, 0 AS tier FROM organization g WHERE g.id = %(id)s OR g.ref = %(ref)s
  UNION ALL
  SELECT up.start, c.seller_id, up.tier + 1 FROM up
  JOIN contract c ON c.buyer_id = up.id AND c.ended_at IS NULL WHERE up.tier < {DEEPEST}
)
SELECT {PARTY.format("g")} AS party, up.tier, NOT EXISTS (SELECT FROM contract c
    WHERE c.buyer_id = up.id AND c.ended_at IS NULL) AS top
FROM up JOIN organization g ON g.id = up.start WHERE up.id = %(viewer)s ORDER BY up.tier LIMIT 1"""


def buyer_below(viewer: UUID, name: str) -> SeenBuyer | None:
    """The organization of that id or ref, where it is the viewer itself or anywhere below it (R11)."""
    row = db.fetch_one(BELOW, {"id": as_uuid(name), "ref": name, "viewer": viewer})
    return SeenBuyer(as_party(row["party"]), row["tier"], row["top"]) if row else None

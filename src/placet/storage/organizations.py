"""Organizations, as read models."""

from typing import Final
from uuid import UUID

from placet.domain.parties import Party
from placet.storage import db
from placet.storage.reading import PARTY
from placet.storage.reading import party as as_party

ONE: Final = f"SELECT {PARTY.format('g')} AS party FROM organization g WHERE g.id = %(id)s"


def party(organization: UUID) -> Party:
    """One organization that is known to exist."""
    row = db.fetch_one(ONE, {"id": organization})
    assert row is not None, "a key has its organization"
    return as_party(row["party"])

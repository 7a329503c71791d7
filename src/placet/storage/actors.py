"""Who a key or a session stands for."""

from typing import Final

from placet.domain.parties import Actor
from placet.domain.words import Role
from placet.storage import db

BY_KEY: Final = """
SELECT k.id, k.organization_id, k.name, k.role
FROM api_key k JOIN organization g ON g.id = k.organization_id
WHERE k.digest = %(digest)s AND k.revoked_at IS NULL AND g.status <> 'blocked'"""


def by_key(digest: bytes) -> Actor | None:
    """The actor behind an API key, unless it is revoked or its organization is blocked."""
    row = db.fetch_one(BY_KEY, {"digest": digest})
    if not row:
        return None
    return Actor(row["organization_id"], row["name"], "api_key", Role(row["role"]), row["id"])

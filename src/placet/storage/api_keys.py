"""An organization's API keys, as it may read them: never the key, which nobody keeps."""

from datetime import datetime
from typing import Final
from uuid import UUID

from placet.domain.words import Role
from placet.storage import db
from placet.storage.catalog import FIRST
from placet.storage.db import Row

COLUMNS: Final = "id, name, role, hint, created_at"

IN_FORCE: Final = f"""
SELECT {COLUMNS} FROM api_key
WHERE organization_id = %(organization)s AND revoked_at IS NULL AND id > %(after)s
ORDER BY id LIMIT %(most)s"""


def in_force(organization: UUID, after: UUID | None, most: int) -> list[Row]:
    """The keys that still open something, the oldest first."""
    return db.fetch(IN_FORCE, {"organization": organization, "after": after or FIRST, "most": most})


NEW: Final = f"""
INSERT INTO api_key (id, organization_id, name, role, digest, hint, created_at)
VALUES (%(id)s, %(organization)s, %(name)s, %(role)s, %(digest)s, %(hint)s, %(at)s) RETURNING {COLUMNS}"""


def add(  # noqa: PLR0913 - the columns
    *, id_: UUID, organization: UUID, name: str, role: Role, digest: bytes, hint: str, at: datetime
) -> Row:
    """A new key, by its digest."""
    row = db.fetch_one(
        NEW,
        {
            "id": id_,
            "organization": organization,
            "name": name,
            "role": role,
            "digest": digest,
            "hint": hint,
            "at": at,
        },
    )
    assert row is not None, "an insert answers its row"
    return row


REVOKE: Final = """
UPDATE api_key SET revoked_at = %(at)s
WHERE id = %(id)s AND organization_id = %(organization)s AND revoked_at IS NULL RETURNING id"""


def revoke(organization: UUID, id_: UUID, at: datetime) -> bool:
    """Ends a key at once; `False` where there is none in force."""
    return db.fetch_one(REVOKE, {"organization": organization, "id": id_, "at": at}) is not None

"""People to write to, one at a time (R6): each keeps its id, whatever is changed of it, so that the oldest
stays the oldest (R13)."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from placet.domain.partners import Contact
from placet.domain.world.shape import ContactRole
from placet.storage import db
from placet.storage.db import Row


@dataclass(frozen=True, slots=True)
class KnownContact:
    """A contact and its id."""

    id: UUID
    contact: Contact


OF: Final = """
SELECT id, name, email, is_bill_to, is_primary, active FROM contact WHERE organization_id = %(organization)s
ORDER BY created_at, id"""


def of(organization: UUID) -> list[KnownContact]:
    """An organization's contacts, the oldest first."""
    return [KnownContact(row["id"], _contact(row)) for row in db.fetch(OF, {"organization": organization})]


def _contact(row: Row) -> Contact:
    held = {ContactRole.BILL_TO: row["is_bill_to"], ContactRole.PRIMARY: row["is_primary"]}
    roles = tuple(role for role, holds in held.items() if holds)
    return Contact(row["name"], row["email"], roles, row["active"])


TAKE_ROLES: Final = """
UPDATE contact SET is_primary = is_primary AND NOT %(primary)s, is_bill_to = is_bill_to AND NOT %(bill_to)s
WHERE organization_id = %(organization)s AND id <> %(id)s
  AND (is_primary AND %(primary)s OR is_bill_to AND %(bill_to)s)"""

SAVE: Final = """
INSERT INTO contact (id, organization_id, name, email, is_primary, is_bill_to, active)
VALUES (%(id)s, %(organization)s, %(name)s, %(email)s, %(primary)s, %(bill_to)s, %(active)s)
ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name, email = EXCLUDED.email,
  is_primary = EXCLUDED.is_primary, is_bill_to = EXCLUDED.is_bill_to, active = EXCLUDED.active
WHERE contact.organization_id = EXCLUDED.organization_id"""


def save(organization: UUID, known: KnownContact) -> None:
    """One contact, new or as it became. A role that it takes is nobody else's there any more."""
    contact = known.contact
    row: Row = {
        "id": known.id,
        "organization": organization,
        "name": contact.name,
        "email": contact.email,
        "primary": ContactRole.PRIMARY in contact.roles,
        "bill_to": ContactRole.BILL_TO in contact.roles,
        "active": contact.active,
    }
    db.fetch(TAKE_ROLES, {name: row[name] for name in ("id", "organization", "primary", "bill_to")})
    db.fetch(SAVE, row)

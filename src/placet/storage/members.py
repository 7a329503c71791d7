"""Who works for an organization, and who is asked to."""

from datetime import datetime
from typing import Final
from uuid import UUID

from placet.domain.parties import Actor
from placet.domain.words import Role
from placet.storage import db
from placet.storage.catalog import FIRST
from placet.storage.db import Row

MEMBERS: Final = """
SELECT u.id, u.name, u.email, u.is_active, u.last_login, m.role,
  EXISTS (SELECT FROM mfa_authenticator a WHERE a.user_id = u.id AND a.type = 'totp') AS second_factor
FROM membership m JOIN user_account u ON u.id = m.user_id
WHERE m.organization_id = %(organization)s"""

SOME: Final = f"""{MEMBERS} AND strpos(lower(u.name || ' ' || u.email), lower(%(q)s)) > 0
  AND (u.name, u.id) > (%(name)s, %(id)s) ORDER BY u.name, u.id LIMIT %(most)s"""


def some(organization: UUID, q: str, after: tuple[str, UUID] | None, most: int) -> list[Row]:
    """The organization's people who have this in their name or address, by name."""
    name, id_ = after or ("", FIRST)
    return db.fetch(SOME, {"organization": organization, "q": q, "name": name, "id": id_, "most": most})


def one(organization: UUID, user: UUID) -> Row | None:
    """One of its people."""
    return db.fetch_one(f"{MEMBERS} AND u.id = %(user)s", {"organization": organization, "user": user})


LOCK: Final = "SELECT id FROM organization WHERE id = %(organization)s FOR NO KEY UPDATE"


def lock(organization: UUID) -> None:
    """Who works there is changed by one at a time."""
    db.fetch(LOCK, {"organization": organization})


ADMINS: Final = """
SELECT m.user_id FROM membership m JOIN user_account u ON u.id = m.user_id
WHERE m.organization_id = %(organization)s AND m.role = 'admin' AND u.is_active"""


def admins(organization: UUID) -> set[UUID]:
    """Those who can let others in."""
    return {row["user_id"] for row in db.fetch(ADMINS, {"organization": organization})}


CHANGE: Final = """
UPDATE membership SET role = %(role)s WHERE organization_id = %(organization)s AND user_id = %(user)s"""


def change(organization: UUID, user: UUID, role: Role) -> None:
    """Another role."""
    db.fetch(CHANGE, {"organization": organization, "user": user, "role": role})


REMOVE: Final = "DELETE FROM membership WHERE organization_id = %(organization)s AND user_id = %(user)s"


def remove(organization: UUID, user: UUID) -> None:
    """Works there no more."""
    db.fetch(REMOVE, {"organization": organization, "user": user})


JOIN: Final = """
INSERT INTO membership (organization_id, user_id, role) VALUES (%(organization)s, %(user)s, %(role)s)
ON CONFLICT DO NOTHING"""


def join(organization: UUID, user: UUID, role: Role) -> None:
    """Works there; who did already keeps its role."""
    db.fetch(JOIN, {"organization": organization, "user": user, "role": role})


BELOW: Final = """
SELECT 1 FROM contract WHERE seller_id = %(seller)s AND buyer_id = %(buyer)s AND ended_at IS NULL"""


def buys_from(buyer: UUID, seller: UUID) -> bool:
    """Whether there is a contract between them now."""
    return db.fetch_one(BELOW, {"buyer": buyer, "seller": seller}) is not None


# Invitations --------------------------------------------------------------------------------

OPEN: Final = "i.accepted_at IS NULL AND i.revoked_at IS NULL"
INVITATION: Final = f"""
SELECT i.id, i.organization_id, g.name AS organization, g.status, i.email, i.role, i.by::json, i.created_at,
  i.expires_at FROM invitation i JOIN organization g ON g.id = i.organization_id WHERE {OPEN}"""

PENDING: Final = f"""{INVITATION} AND i.organization_id = %(organization)s
  AND (i.by ->> 'organization' = %(by)s OR i.organization_id::text = %(by)s) ORDER BY i.id LIMIT %(most)s"""


def pending(organization: UUID, by: UUID, most: int) -> list[Row]:
    """The invitations to this organization that wait: all for itself, its own for who invited from above."""
    return db.fetch(PENDING, {"organization": organization, "by": str(by), "most": most})


def invitation(id_: UUID) -> Row | None:
    """One that waits."""
    return db.fetch_one(f"{INVITATION} AND i.id = %(id)s", {"id": id_})


def by_digest(digest: bytes) -> Row | None:
    """The one that waits behind this link."""
    return db.fetch_one(f"{INVITATION} AND i.digest = %(digest)s", {"digest": digest})


LOCKED: Final = f"{INVITATION} AND i.digest = %(digest)s FOR UPDATE OF i"


def locked(digest: bytes) -> Row | None:
    """The same, for whoever accepts it."""
    return db.fetch_one(LOCKED, {"digest": digest})


VERIFIED: Final = (
    f"{INVITATION} AND i.email = %(email)s AND i.expires_at > %(at)s ORDER BY i.id FOR UPDATE OF i"
)


def to_address(email: str, at: datetime) -> list[Row]:
    """Those that wait for this address, locked."""
    return db.fetch(VERIFIED, {"email": email, "at": at})


INVITE: Final = """
INSERT INTO invitation (id, organization_id, email, role, digest, by, created_at, expires_at)
VALUES (%(id)s, %(organization)s, %(email)s, %(role)s, %(digest)s, %(by)s, %(at)s, %(expires_at)s)
ON CONFLICT DO NOTHING RETURNING id"""


def invite(  # noqa: PLR0913 - the columns
    *,
    id_: UUID,
    organization: UUID,
    email: str,
    role: Role,
    digest: bytes,
    by: Actor,
    at: datetime,
    expires_at: datetime,
) -> bool:
    """A new one; `False` where one waits for this address already."""
    row = {
        "id": id_,
        "organization": organization,
        "email": email,
        "role": role,
        "digest": digest,
        "by": db.json(by.as_json()),
        "at": at,
        "expires_at": expires_at,
    }
    return db.fetch_one(INVITE, row) is not None


RENEW: Final = "UPDATE invitation SET digest = %(digest)s, expires_at = %(expires_at)s WHERE id = %(id)s"


def renew(id_: UUID, digest: bytes, expires_at: datetime) -> None:
    """Another link, which holds from now on; the old one leads nowhere."""
    db.fetch(RENEW, {"id": id_, "digest": digest, "expires_at": expires_at})


def revoke(id_: UUID, at: datetime) -> None:
    """Its link leads nowhere from now on."""
    db.fetch("UPDATE invitation SET revoked_at = %(at)s WHERE id = %(id)s", {"id": id_, "at": at})


def accept(id_: UUID, at: datetime) -> None:
    """Done."""
    db.fetch("UPDATE invitation SET accepted_at = %(at)s WHERE id = %(id)s", {"id": id_, "at": at})


NEW_PERSON: Final = """
INSERT INTO user_account (id, email, name, password, is_active, created_at)
VALUES (%(id)s, %(email)s, %(name)s, %(password)s, true, %(at)s)
ON CONFLICT (email) DO NOTHING RETURNING id"""


def add_person(*, id_: UUID, email: str, name: str, password: str, at: datetime) -> bool:
    """Somebody new, with a hashed password; `False` where the address has somebody."""
    row = {"id": id_, "email": email, "name": name, "password": password, "at": at}
    return db.fetch_one(NEW_PERSON, row) is not None

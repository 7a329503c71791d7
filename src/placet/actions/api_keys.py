"""Issuing and revoking API keys: an organization's admins, for their own organization."""

from datetime import datetime
from uuid import UUID

from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal
from placet.domain.words import Role
from placet.storage import api_keys, db
from placet.storage.db import Row


def may_administer(by: Actor) -> Refusal | None:
    """Whether the role allows to see and to make keys."""
    return None if by.may(Permission.ADMINISTER) else Refusal("forbidden")


def find_api_keys(*, by: Actor, after: UUID | None, most: int) -> list[Row] | Refusal:
    """The keys in force, the oldest first; one more than `most` where there is more."""
    return may_administer(by) or api_keys.in_force(by.organization, after, most + 1)


@db.transaction
def issue_api_key(  # noqa: PLR0913 - what a key consists of
    *, by: Actor, name: str, role: Role, digest: bytes, hint: str, at: datetime
) -> Row | Refusal:
    """The key as it reads later: without itself. The caller made it, and shows it once."""
    return may_administer(by) or api_keys.add(
        id_=db.new_id(),
        organization=by.organization,
        name=name,
        role=role,
        digest=digest,
        hint=hint,
        at=at,
    )


@db.transaction
def revoke_api_key(*, by: Actor, key: UUID, at: datetime) -> Refusal | None:
    """The key opens nothing from now on."""
    if refusal := may_administer(by):
        return refusal
    return None if api_keys.revoke(by.organization, key, at) else Refusal("not_found")

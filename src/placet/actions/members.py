"""Who works for an organization, and in which role: its admins' business."""

from collections.abc import Callable
from uuid import UUID

from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal, sentence
from placet.domain.words import Role
from placet.storage import db, members
from placet.storage.db import Row

LAST_ADMIN = Refusal(
    "wrong_status", sentence("Somebody has to be an administrator. Make somebody else one first.")
)


def may_administer(by: Actor) -> Refusal | None:
    """Whether the role allows to say who works here."""
    return None if by.may(Permission.ADMINISTER) else Refusal("forbidden")


def find_members(*, by: Actor, q: str, after: tuple[str, UUID] | None, most: int) -> list[Row] | Refusal:
    """The organization's people whose name or address has `q` in it, by name; one more than `most` where
    there is more."""
    return may_administer(by) or members.some(by.organization, q, after, most + 1)


def member_to_change(*, by: Actor, user: UUID) -> Row | Refusal:
    """One of the organization's people; a stranger is not there."""
    return may_administer(by) or members.one(by.organization, user) or Refusal("not_found")


@db.transaction
def change_role(*, by: Actor, user: UUID, role: Role) -> Row | Refusal:
    """The person, before it got the other role."""
    return _changed(by, user, role, lambda: members.change(by.organization, user, role))


@db.transaction
def remove_member(*, by: Actor, user: UUID) -> Row | Refusal:
    """The person, who may act for the organization no more, at once. Its account stays: it may work for
    others too."""
    return _changed(by, user, None, lambda: members.remove(by.organization, user))


def _changed(by: Actor, user: UUID, becomes: Role | None, save: Callable[[], None]) -> Row | Refusal:
    if refusal := may_administer(by):
        return refusal
    members.lock(by.organization)
    person = members.one(by.organization, user)
    if person is None:
        return Refusal("not_found")
    if becomes is not Role.ADMIN and members.admins(by.organization) == {user}:
        return LAST_ADMIN
    save()
    return person

"""Inviting people: an organization's admins to itself; to an organization that has no admin yet, those of
its seller (R1)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from placet.actions.members import may_administer
from placet.domain.mailing import Letter
from placet.domain.parties import Actor, Party
from placet.domain.refusals import Refusal, invalid, sentence
from placet.domain.words import OrganizationStatus, Role
from placet.storage import db, mails, members, organizations, people
from placet.storage.db import Row

HOLDS_FOR: Final = timedelta(days=7)
MOST_OPEN: Final = 200
"""Invitations of one organization that wait at once: nobody sends mails to the world by us."""

HAS_ADMIN: Final = Refusal(
    "wrong_status", sentence("This organization has an administrator, who says who else may come in.")
)
NO_MORE: Final = Refusal(
    "wrong_status",
    sentence("This invitation does not work any more: it was used, taken back, or is too old."),
)


def organization_to_invite_to(*, by: Actor, organization: UUID) -> Party | Refusal:
    """Its own, or one just below it that has no admin yet."""
    own = organization == by.organization
    if not own and not members.buys_from(organization, by.organization):
        return Refusal("not_found")
    if refusal := may_administer(by):
        return refusal
    if not own and members.admins(organization):
        return HAS_ADMIN
    return organizations.party(organization)


def find_invitations(*, by: Actor, organization: UUID) -> list[Row] | Refusal:
    """Those that wait."""
    found = organization_to_invite_to(by=by, organization=organization)
    if isinstance(found, Refusal):
        return found
    return members.pending(organization, by.organization, MOST_OPEN)


@db.transaction
def invite(  # noqa: PLR0913 - what an invitation consists of
    *, by: Actor, organization: UUID, email: str, role: Role, digest: bytes, letter: Letter, at: datetime
) -> Party | Refusal:
    """The organization. The letter, with the link that the digest is of, goes out with the commit."""
    members.lock(organization)
    found = organization_to_invite_to(by=by, organization=organization)
    if isinstance(found, Refusal):
        return found
    if refusal := _not_to_be_invited(by, found, email):
        return refusal
    added = members.invite(
        id_=db.new_id(),
        organization=organization,
        email=email,
        role=role,
        digest=digest,
        by=by,
        at=at,
        expires_at=at + HOLDS_FOR,
    )
    if not added:
        return invalid(email=sentence("An invitation to this address is waiting already."))
    mails.add(letter, at)
    return found


def _not_to_be_invited(by: Actor, organization: Party, email: str) -> Refusal | None:
    if organization.status is OrganizationStatus.BLOCKED:
        return Refusal("organization_not_active")
    person = people.by_email(email)
    if person is not None and members.one(organization.id, person.id):
        return invalid(email=sentence("This person is here already."))
    if len(members.pending(organization.id, by.organization, MOST_OPEN)) >= MOST_OPEN:
        return Refusal(
            "wrong_status",
            sentence("{most_open} invitations are waiting. Take some back first.", most_open=MOST_OPEN),
        )
    return None


@db.transaction
def send_again(
    *, by: Actor, invitation: UUID, digest: bytes, letter: Callable[[Row], Letter], at: datetime
) -> Row | Refusal:
    """The invitation, with another link and seven more days; the old link leads nowhere."""
    found = _invitation_of(by, invitation)
    if isinstance(found, Refusal):
        return found
    members.renew(invitation, digest, at + HOLDS_FOR)
    mails.add(letter(found), at)
    return found


@db.transaction
def take_back(*, by: Actor, invitation: UUID, at: datetime) -> Row | Refusal:
    """The invitation, whose link leads nowhere from now on."""
    found = _invitation_of(by, invitation)
    if isinstance(found, Refusal):
        return found
    members.revoke(invitation, at)
    return found


def _invitation_of(by: Actor, invitation: UUID) -> Row | Refusal:
    """One that the actor may change: of its own organization, or its own to one below it."""
    found = members.invitation(invitation)
    if found is None or str(by.organization) not in (
        str(found["organization_id"]),
        found["by"]["organization"],
    ):
        return Refusal("not_found")
    allowed = organization_to_invite_to(by=by, organization=found["organization_id"])
    return allowed if isinstance(allowed, Refusal) else found


def invitation_behind(*, digest: bytes, at: datetime) -> Row | Refusal:
    """The invitation that a link leads to, while it holds; `known`: whether its address has an account."""
    return _holding(members.by_digest(digest), at)


@db.transaction
def accept_as_new(*, digest: bytes, name: str, password: str, at: datetime) -> UUID | Refusal:
    """The new person, who works there from now on. The password comes hashed."""
    found = _holding(members.locked(digest), at)
    if isinstance(found, Refusal):
        return found
    id_ = db.new_id()
    if not members.add_person(id_=id_, email=found["email"], name=name, password=password, at=at):
        return Refusal(
            "wrong_status", sentence("There is an account of this address by now: please sign in.")
        )
    _join(found, id_, at)
    return id_


@db.transaction
def accept_as_known(*, digest: bytes, user: UUID, email: str, at: datetime) -> Row | Refusal:
    """The invitation; the person, whose address it went to, works there from now on."""
    found = _holding(members.locked(digest), at)
    if isinstance(found, Refusal):
        return found
    if found["email"] != email:
        return Refusal("not_found")
    _join(found, user, at)
    return found


@db.transaction
def accept_as_verified(*, email: str, name: str, password: str, at: datetime) -> bool:
    """Whether there were invitations to this address, which somebody trustworthy says is this person's: it
    has an account now, with a password that nobody knows, and works wherever it was invited to."""
    found = members.to_address(email, at)
    id_ = db.new_id()
    if not found or not members.add_person(
        id_=id_, email=email, name=name or email, password=password, at=at
    ):
        return False
    for invitation in found:
        _join(invitation, id_, at)
    return True


def _join(invitation: Row, user: UUID, at: datetime) -> None:
    members.join(invitation["organization_id"], user, Role(invitation["role"]))
    members.accept(invitation["id"], at)


def _holding(invitation: Row | None, at: datetime) -> Row | Refusal:
    if (
        invitation is None
        or invitation["expires_at"] <= at
        or invitation["status"] == OrganizationStatus.BLOCKED
    ):
        return NO_MORE
    return invitation | {"known": people.by_email(invitation["email"]) is not None}

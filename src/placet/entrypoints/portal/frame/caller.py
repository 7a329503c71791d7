"""Who looks at a page: a person, for one of the organizations that the person may act for."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from structlog.contextvars import bind_contextvars

from placet.domain.parties import Actor, Party, Permission
from placet.domain.words import Kind, OrganizationStatus, Role
from placet.storage import people
from placet.storage.db import Row

ORGANIZATION: Final = "organization"
"""Where the session keeps the id of the organization that was chosen last."""


@dataclass(frozen=True, slots=True)
class Membership:
    """One organization that the person may act for; `time_zone` is the organization's."""

    organization: Party
    role: Role
    time_zone: str


@dataclass(frozen=True, slots=True)
class Caller:
    """The person, and for whom it acts now."""

    user_id: UUID
    email: str
    name: str
    language: str
    time_zone: str
    membership: Membership
    memberships: tuple[Membership, ...]

    @property
    def organization(self) -> Party:
        """For whom."""
        return self.membership.organization

    @property
    def kind(self) -> Kind:
        """Of what kind that is."""
        return self.organization.kind

    @property
    def actor(self) -> Actor:
        """As actions take it."""
        return Actor(self.organization.id, self.name, "user", self.membership.role, self.user_id)

    def may(self, *any_of: Permission) -> bool:
        """Whether the role allows at least one of these."""
        return self.actor.may(*any_of)


def caller_of(request: HttpRequest) -> Caller | None:
    """Who is signed in and may act for somebody; read once a request."""
    kept: Any = request
    if not hasattr(kept, "placet_caller"):
        user = kept.user
        kept.placet_caller = _caller(user.id, request) if user.is_authenticated else None
    found: Caller | None = kept.placet_caller
    return found


def _caller(user: UUID, request: HttpRequest) -> Caller | None:
    rows = people.memberships_of(user)
    if not rows:
        return None
    memberships = tuple(map(_membership, rows))
    chosen = request.session.get(ORGANIZATION)
    current = next((each for each in memberships if str(each.organization.id) == chosen), memberships[0])
    bind_contextvars(organization=str(current.organization.id), user=str(user))
    person = rows[0]
    zone = person["user_time_zone"] or current.time_zone
    return Caller(user, person["email"], person["user_name"], person["language"], zone, current, memberships)


def _membership(row: Row) -> Membership:
    status, kind = OrganizationStatus(row["status"]), Kind(row["kind"])
    party = Party(row["id"], row["ref"], row["name"], kind, status)
    return Membership(party, Role(row["role"]), row["time_zone"])

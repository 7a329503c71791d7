"""Who takes part: organizations, the people and programs that act for them, and what a role allows."""

from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from placet.domain.words import Kind, OrganizationStatus, Role, Word


@dataclass(frozen=True, slots=True)
class Party:
    """An organization as an order knows it (R1)."""

    id: UUID
    ref: str | None
    name: str
    kind: Kind
    status: OrganizationStatus

    def as_json(self) -> dict[str, str | None]:
        """As the API writes a party: `{id, ref, name}`."""
        return {"id": str(self.id), "ref": self.ref, "name": self.name}


class Permission(Word):
    """What a role may allow. Contract §3: `admin` everything, the others as `ROLES` says."""

    READ = "read"
    ORDER = "order"
    DECIDE = "decide"
    FINANCE = "finance"
    ADMINISTER = "administer"


ROLES: Final[dict[Role, frozenset[Permission]]] = {
    Role.ADMIN: frozenset(Permission),
    Role.APPROVER: frozenset({Permission.READ, Permission.DECIDE}),
    Role.BUYER: frozenset({Permission.READ, Permission.ORDER}),
    Role.FINANCE: frozenset({Permission.READ, Permission.FINANCE}),
    Role.VIEWER: frozenset({Permission.READ}),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user or an API key, for one organization, in one role; or Placet itself. `id` is the
    user's or the key's, for the log, and for whom to write to."""

    organization: UUID
    name: str
    kind: str  # "user" | "api_key" | "system"
    role: Role
    id: UUID | None = field(default=None, compare=False)

    def may(self, *any_of: Permission) -> bool:
        """Whether the role allows at least one of these."""
        return not ROLES[self.role].isdisjoint(any_of)

    def as_json(self) -> dict[str, Any]:
        """As rows keep it: enough to say who it was, even after the key or user is gone; and which person,
        to write to (R93)."""
        kept = {"organization": str(self.organization), "name": self.name, "kind": self.kind}
        return kept | ({"person": str(self.id)} if self.id and self.kind == "user" else {})


PLACET: Final = "Placet"
"""What does itself what no person does; to all but its own organization, a file that was loaded is it too."""


def system(organization: UUID) -> Actor:
    """Placet itself, acting on an order of this top seller (expiry, provisioning, charging)."""
    return Actor(organization, PLACET, "system", Role.VIEWER)

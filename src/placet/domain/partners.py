"""An organization as another one sees it, and what ends with its suspension (R1, R72, R82)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from placet.domain.moves import WAITING
from placet.domain.order import Order
from placet.domain.parties import Party
from placet.domain.refusals import Refusal, invalid, sentence
from placet.domain.terms import Terms
from placet.domain.words import LineState, OrderStatus, OrganizationStatus, Tier
from placet.domain.world.shape import ContactRole

Json = dict[str, Any]

STOPPED: Final = frozenset({OrganizationStatus.SUSPENDED, OrganizationStatus.BLOCKED})
"""No new orders; what waits is cancelled (R72); not to be added to a group (R84)."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A person to write to (R6, R13)."""

    name: str
    email: str
    roles: tuple[ContactRole, ...]
    active: bool

    def as_json(self) -> Json:
        """As a world file writes one."""
        return {
            "name": self.name,
            "email": self.email,
            "roles": [role.value for role in self.roles],
            "active": self.active,
        }


@dataclass(frozen=True, slots=True)
class GroupName:
    """The viewer's credit risk group that an organization is in."""

    id: UUID
    name: str

    def as_json(self) -> dict[str, str]:
        """As the API writes it: `{id, name}`."""
        return {"id": str(self.id), "name": self.name}


@dataclass(frozen=True, slots=True)
class Partner:
    """An organization from where a viewer stands: itself (then it has no tier), or one below it.

    `group` is the viewer's own. `terms` are those of its contract, where the viewer is a party.
    """

    party: Party
    country: str
    external_id: str | None
    tier: Tier | None
    group: GroupName | None
    contacts: tuple[Contact, ...]
    terms: Terms | None
    retry_when_credit_frees: bool = False

    @property
    def managed(self) -> bool:
        """Whether the viewer is its seller."""
        return self.tier is Tier.DIRECT

    def as_json(self, viewer: UUID) -> Json:
        """As the API writes it (contract §3): what concerns its contract only to the two parties."""
        shown: Json = {
            **self.party.as_json(),
            "kind": self.party.kind.value,
            "status": self.party.status.value,
            "country": self.country,
            "external_id": self.external_id,
            "tier": self.tier.value if self.tier else None,
            "credit_risk_group": self.group.as_json() if self.group else None,
        }
        if self.tier is Tier.INDIRECT:
            return shown
        shown["contacts"] = [contact.as_json() for contact in self.contacts]
        shown["order_approval"] = self.terms.approval_json(viewer) if self.terms else None
        shown["contract"] = self.terms.as_json() if self.terms else None
        own = {"retry_when_credit_frees": self.retry_when_credit_frees} if self.tier is None else {}
        return shown | own


def wrong_contacts(contacts: Sequence[Contact]) -> Refusal | None:
    """A role is one contact's at most (R6)."""
    held = Counter(role for contact in contacts for role in set(contact.roles))
    twice = [role.value for role, times in held.items() if times > 1]
    return (
        invalid(contacts=sentence("Only one contact can be {twice}.", twice=" and ".join(twice)))
        if twice
        else None
    )


def not_addable(party: Party) -> Refusal | None:
    """Why an organization cannot be added to a credit risk group, in the words of its button (R84)."""
    if party.status not in STOPPED:
        return None
    status = party.status.value
    words = (
        f"{party.name} is {status}. {status.title()} organizations cannot be added to a credit risk group."
    )
    return Refusal("organization_not_active", words)


def ends_with_suspension(order: Order) -> bool:
    """Whether a suspension in its chain cancels the order now (R72): it waits, or nothing of it has
    begun. While its card is being charged, the gateway's word comes first (R48); the end of a subscription
    goes on."""
    if order.charging or order.ends:
        return False
    untouched = {line.state for line in order.lines} <= {LineState.WAITING, LineState.CANCELLED}
    return order.status in WAITING or (order.status is OrderStatus.SUBMITTED and untouched)

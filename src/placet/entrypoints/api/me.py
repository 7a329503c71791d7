"""Who the caller is (contract §3)."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from placet.domain.parties import ROLES, Permission
from placet.domain.words import Role
from placet.entrypoints.api import shapes
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.replies import reply
from placet.storage import organizations

router = Router(tags=["Me"])


class MeShape(shapes.Shown):
    """The organization behind the key, its role, and what that allows."""

    organization: shapes.PartyShape
    role: Role
    permissions: list[Permission]


@router.get("/me", response=shapes.reads(MeShape), operation_id="read_me")
def me(request: HttpRequest) -> HttpResponse:
    """The organization, role and permissions of the key."""
    actor = actor_of(request)
    permissions = [p.value for p in Permission if p in ROLES[actor.role]]
    party = organizations.party(actor.organization)
    return reply({"organization": party.as_json(), "role": actor.role.value, "permissions": permissions})

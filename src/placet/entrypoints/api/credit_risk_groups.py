"""Credit risk groups: which offers of which partners need the caller's approval (R80-R84)."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from ninja.params.functions import Query
from pydantic import Field, StrictBool

from placet.actions import change_groups
from placet.actions.change_groups import GroupWishes, NewGroup
from placet.actions.doors import no_seller_admin
from placet.domain.credit_risk import GroupPolicy, PolicyWish, RiskGroup
from placet.domain.refusals import Refusal
from placet.domain.words import Scope
from placet.entrypoints.api import shapes
from placet.entrypoints.api.bodies import BODY, Body, Line, Name, Shape, given
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.paging import PAGE, Page, after_id, listing
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import idempotent, now, reply
from placet.entrypoints.api.shapes import Id, PartyShape, Shown
from placet.entrypoints.api.versions import if_unchanged, tagged
from placet.storage import credit_risk_groups as groups
from placet.storage.facts import as_uuid

router = Router(tags=["Credit risk groups"])

Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
Major = Annotated[
    str,
    Field(
        pattern=r"^(0|[1-9][0-9]{0,13})(\.[0-9]{1,4})?$",
        description="Decimal text from 0, read in each member's own currency.",
        examples=["500.00"],
    ),
]


class PolicyShape(Shown):
    """Which offers need approval: always, or above an amount."""

    id: Id
    scope: Scope
    vendor: PartyShape | None
    offers: list[PartyShape]
    approve_above: str | None
    created_on: Day


class GroupRowShape(Shown):
    """A credit risk group; `organizations` is how many it has."""

    id: Id
    name: str
    primary: bool
    default_limit: str | None
    organizations: int
    policies: list[PolicyShape]
    created_on: Day
    updated_on: Day
    updated_by: str


class GroupShape(GroupRowShape):
    """A credit risk group with its members."""

    members: list[PartyShape]


class GroupsShape(Shown):
    """A page of credit risk groups."""

    items: list[GroupRowShape]
    next_cursor: str | None


class GivenPolicy(Shape):
    """A policy for all offers, for one vendor's, or for some of one vendor's; vendor and offers by id or
    ref. Without `approve_above` they always need approval."""

    scope: Scope
    vendor: Name | None = None
    offers: Annotated[list[Name], Field(max_length=1000)] | None = None
    approve_above: Major | None = None

    def wish(self) -> PolicyWish:
        """As the action takes it."""
        return PolicyWish(self.scope, self.vendor, tuple(self.offers or ()), _decimal(self.approve_above))


class GivenGroup(Shape):
    """A group to add."""

    name: Line
    primary: StrictBool = False
    default_limit: Major | None = None
    policies: Annotated[list[GivenPolicy], Field(max_length=100)] = []  # noqa: RUF012 - pydantic gives each its own

    def wish(self) -> NewGroup:
        """As the action takes it."""
        policies = tuple(policy.wish() for policy in self.policies)
        return NewGroup(self.name, self.primary, _decimal(self.default_limit), policies)


class GroupChange(Shape):
    """What to change: only what is named."""

    name: Line = None  # type: ignore[assignment]
    primary: StrictBool = None  # type: ignore[assignment]
    default_limit: Major | None = None

    def wishes(self) -> GroupWishes:
        """As the action takes it."""
        named: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set}
        if "default_limit" in named:
            named["default_limit"] = _decimal(self.default_limit)
        return GroupWishes(**named)


class Confirmation(Schema):
    """Whether the caller knows what will happen."""

    confirm: Annotated[bool, Field(description="Without it the answer says what would happen")] = False


CONFIRMATION: Any = Query(...)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


# Groups -------------------------------------------------------------------------------------


@router.get("/credit-risk-groups", response=shapes.reads(GroupsShape), operation_id="list_groups")
def listed(request: HttpRequest, page: Page = PAGE) -> HttpResponse:
    """The caller's own groups, the newest first."""
    before = after_id(page)
    if isinstance(before, Refusal):
        return problem(before)
    found = groups.of_owner(actor_of(request).organization, before, page.limit + 1)
    last = str(found[page.limit - 1].id) if len(found) > page.limit else None
    return reply(listing([group.row_json() for group in found[: page.limit]], page, last))


@router.post("/credit-risk-groups", response=shapes.acts(GroupShape, 201), operation_id="add_group")
@idempotent
def add(
    request: HttpRequest, body: Body[GivenGroup] = BODY, confirmation: Confirmation = CONFIRMATION
) -> HttpResponse:
    """Adds a group. Newly added organizations join the primary one, so making one takes `confirm`."""
    by, said = actor_of(request), given(body, GivenGroup).checked()
    if isinstance(said, Refusal):
        return problem(no_seller_admin(by) or said)
    added = change_groups.add_group(by=by, wish=said.wish(), confirmed=confirmation.confirm, at=now())
    return _shown(added, 201)


@router.get("/credit-risk-groups/{group}", response=shapes.reads(GroupShape), operation_id="read_group")
@tagged
def read(request: HttpRequest, group: str) -> HttpResponse:
    """One of the caller's own groups, with its members."""
    return _shown(change_groups.group_seen(actor_of(request), _id(group)))


@router.patch("/credit-risk-groups/{group}", response=shapes.acts(GroupShape), operation_id="change_group")
@if_unchanged(read, "group")
def change(
    request: HttpRequest,
    group: str,
    body: Body[GroupChange] = BODY,
    confirmation: Confirmation = CONFIRMATION,
) -> HttpResponse:
    """Changes name, default limit, or which group is the primary one (this takes `confirm`)."""
    by, id_, said = actor_of(request), _id(group), given(body, GroupChange).checked()
    if isinstance(said, Refusal):
        return problem(_shut(by, id_) or said)
    changed = change_groups.change_group(
        by=by, group=id_, wishes=said.wishes(), confirmed=confirmation.confirm, at=now()
    )
    return _shown(changed)


@router.delete("/credit-risk-groups/{group}", response=shapes.acts(GroupShape), operation_id="remove_group")
@if_unchanged(read, "group")
def remove(request: HttpRequest, group: str, confirmation: Confirmation = CONFIRMATION) -> HttpResponse:
    """Removes a group, whose members are in none then (this takes `confirm`); answers what it was."""
    by = actor_of(request)
    return _shown(
        change_groups.remove_group(by=by, group=_id(group), confirmed=confirmation.confirm, at=now())
    )


# Policies -----------------------------------------------------------------------------------


@router.post(
    "/credit-risk-groups/{group}/policies", response=shapes.acts(PolicyShape, 201), operation_id="add_policy"
)
@idempotent
def add_policy(request: HttpRequest, group: str, body: Body[GivenPolicy] = BODY) -> HttpResponse:
    """Adds a policy."""
    by, id_, said = actor_of(request), _id(group), given(body, GivenPolicy).checked()
    if isinstance(said, Refusal):
        return problem(_shut(by, id_) or said)
    return _shown(change_groups.add_policy(by=by, group=id_, wish=said.wish(), at=now()), 201)


@router.delete(
    "/credit-risk-groups/{group}/policies/{policy}",
    response=shapes.acts(GroupShape),
    operation_id="remove_policy",
)
@if_unchanged(read, "group")
def remove_policy(request: HttpRequest, group: str, policy: str) -> HttpResponse:
    """Removes a policy; answers the group without it."""
    by = actor_of(request)
    return _shown(change_groups.remove_policy(by=by, group=_id(group), policy=_id(policy), at=now()))


# Members ------------------------------------------------------------------------------------


@router.put(
    "/credit-risk-groups/{group}/members/{organization}",
    response=shapes.acts(GroupShape),
    operation_id="add_member",
)
@if_unchanged(read, "group")
def add_member(request: HttpRequest, group: str, organization: str) -> HttpResponse:
    """Adds an organization below the caller, by id or ref; one that is there already stays."""
    by = actor_of(request)
    return _shown(change_groups.add_member(by=by, group=_id(group), organization=organization, at=now()))


@router.delete(
    "/credit-risk-groups/{group}/members/{organization}",
    response=shapes.acts(GroupShape),
    operation_id="remove_member",
)
@if_unchanged(read, "group")
def remove_member(request: HttpRequest, group: str, organization: str) -> HttpResponse:
    """Takes an organization out of the group."""
    by = actor_of(request)
    return _shown(change_groups.remove_member(by=by, group=_id(group), organization=organization, at=now()))


def _id(text: str) -> UUID:
    """What is no id is that of nothing."""
    return as_uuid(text) or UUID(int=0)


def _shut(by: Any, group: UUID) -> Refusal | None:  # noqa: ANN401
    door = change_groups.group_to_change(by, group)
    return door if isinstance(door, Refusal) else None


def _shown(found: RiskGroup | GroupPolicy | Refusal, status: int = 200) -> HttpResponse:
    return problem(found) if isinstance(found, Refusal) else reply(found.as_json(), status)

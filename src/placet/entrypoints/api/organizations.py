"""Organizations: the caller's own and those below it (R1, R20-R22, R72, R82)."""

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field, StrictBool, StrictInt

from placet.actions import add_organization, change_organization
from placet.actions.change_organization import OrganizationWishes
from placet.actions.doors import no_seller_admin
from placet.domain.partners import Contact, Partner
from placet.domain.refusals import Refusal
from placet.domain.words import ApprovalOrder, Kind, OrganizationStatus, PaymentMethod, Role, Tier
from placet.domain.world.shape import ContactRole
from placet.entrypoints.api import shapes
from placet.entrypoints.api.bodies import BODY, Body, Line, Name, Ref, Shape, given
from placet.entrypoints.api.contracts import AccountShape
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.paging import PAGE, Page, after_id, listing
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import idempotent, now, reply
from placet.entrypoints.api.shapes import Id, PartyShape, Shown
from placet.entrypoints.api.versions import if_unchanged, tagged
from placet.storage import partners
from placet.storage.partners import PartnerFilter

router = Router(tags=["Organizations"])

Email = Annotated[str, Field(max_length=254, pattern=r"^[^\s@<>,;\"]+@[^\s@<>,;\"]+$|^$")]
Number = Annotated[Line, Field(max_length=100, description="In the seller's ERP")]


class ToggleShape(Shown):
    """Whether the seller's approval is required: what is stored, and what counts (R20-R22)."""

    stored: bool
    required: bool
    locked: bool
    reason: str | None


class GroupNameShape(Shown):
    """One of the caller's credit risk groups."""

    id: Id
    name: str


class ContactShape(Shown):
    """A person to write to."""

    name: str
    email: str
    roles: list[ContactRole]
    active: bool


class OwnContractShape(Shown):
    """The contract on which the organization buys."""

    id: Id
    seller: PartyShape
    currency: str
    price_list: PartyShape | None
    payment_method: PaymentMethod
    tax_rate: str
    payment_days: int
    credit_account: AccountShape


class OrganizationShape(Shown):
    """An organization as the caller sees it; its contract, toggle and contacts only as a party."""

    id: Id
    ref: str | None
    name: str
    kind: Kind
    status: OrganizationStatus
    country: str
    external_id: str | None
    tier: Tier | None
    credit_risk_group: GroupNameShape | None
    contacts: list[ContactShape] = None  # type: ignore[assignment]
    retry_when_credit_frees: bool = None  # type: ignore[assignment]
    order_approval: ToggleShape | None = None
    contract: OwnContractShape | None = None


class OrganizationsShape(Shown):
    """A page of organizations."""

    items: list[OrganizationShape]
    next_cursor: str | None


class OrganizationQuery(Page):
    """Which organizations."""

    kind: Kind | None = None
    status: OrganizationStatus | None = None
    tier: Tier | None = None
    q: Annotated[str, Field(max_length=200, description="Part of a name, a ref or an external id")] = ""


class GivenContact(Shape):
    """A person to write to; each role is one contact's at most (R6)."""

    name: Line
    email: Email = ""
    roles: Annotated[list[ContactRole], Field(max_length=2)] = []  # noqa: RUF012 - pydantic gives each its own
    active: StrictBool = True


class GivenUser(Shape):
    """A person who signs in; one that is known by this address keeps its password."""

    email: Email
    name: Line
    role: Role
    password: Annotated[str, Field(min_length=1, max_length=4096)] | None = None


class GivenKey(Shape):
    """An API key for trials: real ones are issued by `POST /api-keys`."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    key: Annotated[str, Field(min_length=1, max_length=200)]
    role: Role


class GivenToken(Shape):
    """A stored card: what its gateway knows it by, good to the end of the month `expires`."""

    gateway: Annotated[str, Field(min_length=1, max_length=24)]
    reference: Annotated[str, Field(min_length=1, max_length=200)]
    expires: Annotated[str, Field(max_length=7, examples=["2030-12"])]
    active: StrictBool = True


class GivenContract(Shape):
    """What the organization buys on; amounts are decimal text in its currency."""

    seller: Name
    currency: Annotated[str, Field(max_length=3)]
    price_list: Name | None = None
    payment_method: PaymentMethod = PaymentMethod.CASH
    credit_limit: Annotated[str, Field(max_length=40, description="A decimal, or `unlimited`")] | None = None
    opening_balance: Annotated[str, Field(max_length=40)] = "0"
    tax_rate: Annotated[str, Field(max_length=40, description="Percent")] = "0"
    order_approval: StrictBool | None = None
    payment_days: StrictInt = 30
    tokens: Annotated[list[GivenToken], Field(max_length=100)] = []  # noqa: RUF012


class NewOrganization(Shape):
    """An organization as one entry of a world file, with its contract."""

    ref: Ref
    name: Line
    kind: Kind
    contract: GivenContract
    country: Annotated[str, Field(max_length=2, examples=["LV"])] | None = None
    external_id: Number | None = None
    status: OrganizationStatus = OrganizationStatus.ACTIVE
    multi_tier_approval: StrictBool = False
    time_zone: Annotated[str, Field(max_length=64, examples=["Europe/Riga"])] = "UTC"
    approval_order: ApprovalOrder = ApprovalOrder.PARALLEL
    offer_days: StrictInt = 30
    retry_when_credit_frees: StrictBool = False
    contacts: Annotated[list[GivenContact], Field(max_length=100)] = []  # noqa: RUF012
    users: Annotated[list[GivenUser], Field(max_length=100)] = []  # noqa: RUF012
    api_keys: Annotated[list[GivenKey], Field(max_length=100)] = []  # noqa: RUF012


class OrganizationChange(Shape):
    """What to change: only what is named."""

    status: OrganizationStatus = None  # type: ignore[assignment]
    order_approval: StrictBool = None  # type: ignore[assignment]
    external_id: Number | None = None
    credit_risk_group: Annotated[str, Field(max_length=100)] | None = None
    contacts: Annotated[list[GivenContact], Field(max_length=100)] = None  # type: ignore[assignment]
    retry_when_credit_frees: StrictBool = None  # type: ignore[assignment]

    def wishes(self) -> OrganizationWishes:
        """As the action takes it."""
        named: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set}
        if "contacts" in named:
            named["contacts"] = tuple(_contact(contact) for contact in self.contacts)
        return OrganizationWishes(**named)


def _contact(given_: GivenContact) -> Contact:
    return Contact(given_.name, given_.email, tuple(given_.roles), given_.active)


@router.get("/organizations", response=shapes.reads(OrganizationsShape), operation_id="list_organizations")
def listed(request: HttpRequest, page: OrganizationQuery = PAGE) -> HttpResponse:
    """Everyone below the caller, the newest first."""
    viewer, before = actor_of(request).organization, after_id(page)
    if isinstance(before, Refusal):
        return problem(before)
    wanted = PartnerFilter(page.kind, page.status, page.tier, page.q)
    found = partners.below(viewer, wanted, before, page.limit + 1)
    last = str(found[page.limit - 1].party.id) if len(found) > page.limit else None
    return reply(listing([partner.as_json(viewer) for partner in found[: page.limit]], page, last))


@router.post("/organizations", response=shapes.acts(OrganizationShape, 201), operation_id="add_organization")
@idempotent
def add(request: HttpRequest, body: Body[NewOrganization] = BODY) -> HttpResponse:
    """Adds an organization that buys from the caller or from one below it."""
    by, said = actor_of(request), given(body, NewOrganization).checked()
    if isinstance(said, Refusal):
        return problem(no_seller_admin(by) or said)
    stated = said.model_dump(mode="json", exclude_unset=True)
    return _shown(request, add_organization.add_organization(stated=stated, by=by, at=now()), 201)


@router.get(
    "/organizations/{organization}",
    response=shapes.reads(OrganizationShape),
    operation_id="read_organization",
)
@tagged
def read(request: HttpRequest, organization: str) -> HttpResponse:
    """The caller's own organization or one below it, by id or ref."""
    return _shown(
        request, partners.seen(actor_of(request).organization, organization) or Refusal("not_found")
    )


@router.patch(
    "/organizations/{organization}",
    response=shapes.acts(OrganizationShape),
    operation_id="change_organization",
)
@if_unchanged(read, "organization")
def change(request: HttpRequest, organization: str, body: Body[OrganizationChange] = BODY) -> HttpResponse:
    """Changes what the caller has a say in: all of what buys from it, the group of all below it."""
    by, body = actor_of(request), given(body, OrganizationChange)
    door = change_organization.partner_to_change(organization, by, body.members)
    if isinstance(door, Refusal):
        return problem(door)
    said = body.checked()
    if isinstance(said, Refusal):
        return problem(said)
    wishes = said.wishes()
    changed = change_organization.change_organization(name=organization, by=by, wishes=wishes, at=now())
    return _shown(request, changed)


def _shown(request: HttpRequest, found: Partner | Refusal, status: int = 200) -> HttpResponse:
    if isinstance(found, Refusal):
        return problem(found)
    return reply(found.as_json(actor_of(request).organization), status)

"""The settings of currency and payments: *Credit Limit* (R80-R85). Groups, everyone below with group and
limit, and the orders on which one had a step."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as said

from placet.actions.change_groups import NewGroup, add_group
from placet.actions.change_organization import OrganizationWishes, change_organization
from placet.domain.credit import Limit
from placet.domain.money import Money
from placet.domain.order import Order
from placet.domain.parties import Actor, Permission
from placet.domain.partners import STOPPED, GroupName, not_addable
from placet.domain.refusals import Refusal
from placet.domain.view import render
from placet.domain.words import Tier
from placet.entrypoints.portal.frame.amounts import AmountField
from placet.entrypoints.portal.frame.answers import back, done, into, now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, act, page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.keyset import after_id, after_name, cursor_of
from placet.entrypoints.portal.frame.money import locale
from placet.entrypoints.portal.frame.tables import MOST_EXPORTED, Column, Table
from placet.entrypoints.portal.settings import cautions
from placet.entrypoints.portal.settings.policy_form import PolicyForm, bound_or_not, drawer
from placet.storage import credit_limit_lists as lists
from placet.storage import reading
from placet.storage.credit_limit_lists import OrganizationFilter, OrganizationRow
from placet.storage.credit_risk_groups import primary_of
from placet.storage.facts import as_uuid

# Groups -------------------------------------------------------------------------------------


@page(kinds=SELLERS)
def groups(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The owner's groups (R80)."""
    found = lists.groups_of(caller.organization.id)
    primary = next((group for group in found if group.primary), None)
    rows = [
        {
            "group": group,
            "primary_warning": cautions.makes_primary(group.name, primary.name if primary else None),
            "removal_warning": cautions.removes(group.name, group.organizations, primary=group.primary),
        }
        for group in found
    ]
    context = {"tab": "groups", "rows": rows, "primary": primary, "may_change": _may_change(caller)}
    return show(request, "portal/credit_risk_groups.html", context)


class GroupForm(PolicyForm):
    """A group to be, with its first policy."""

    name = forms.CharField(label=_("Name"), max_length=200)
    default_limit = AmountField(
        required=False,
        label=_("Default credit limit"),
        help_text=_(
            "For members that buy from you and have no limit of their own, in the currency of each. Empty: 0."
        ),
    )
    primary = forms.BooleanField(
        required=False,
        label=_("Make it the primary group"),
        help_text=_("Newly added organizations will join it; those that are in another group stay there."),
    )


@page(kinds=SELLERS, may=Permission.ADMINISTER)
def new_group(request: HttpRequest, caller: Caller) -> HttpResponse:
    """*Create New Group*: name, default limit, scope (R80)."""
    if request.method != "POST":
        return _new_group(request, caller, bound_or_not(GroupForm, request))
    form = GroupForm(request.POST)
    if not form.is_valid():
        return _new_group(request, caller, form, 422)
    wish = NewGroup(
        form.cleaned_data["name"],
        form.cleaned_data["primary"],
        decimal(form.cleaned_data["default_limit"]),
        (form.wish(),),
    )
    added = add_group(by=caller.actor, wish=wish, confirmed=True, at=now())
    if isinstance(added, Refusal):
        into(form, added)
        return _new_group(request, caller, form, 422)
    words = translated("%(group)s was created. Now add organizations to it.") % {"group": added.name}
    return done(request, words, to=reverse("credit-risk-group", args=[added.id]))


def decimal(text: str) -> Decimal | None:
    """A plain decimal; none where nothing was typed."""
    return Decimal(text) if text else None


def _new_group(request: HttpRequest, caller: Caller, form: PolicyForm, status: int = 200) -> HttpResponse:
    owner = caller.organization.id
    typed = form.cleaned_data if form.is_bound and form.is_valid() else {}
    context = {
        "form": form,
        "drawer": drawer(form, owner=owner, group=typed.get("name", ""), members=0),
        "address": reverse("credit-risk-group-new"),
        "old_primary": primary_of(owner),
    }
    part = request.headers.get("HX-Target", "").startswith("policy-")
    template = "portal/parts/policy_fields.html" if part else "portal/credit_risk_group_new.html"
    return show(request, template, context, status)


def _may_change(caller: Caller) -> bool:
    return caller.may(Permission.ADMINISTER)


# Organizations ------------------------------------------------------------------------------

ORGANIZATION_COLUMNS: Final = (
    Column("status", _("Status")),
    Column("organization", _("Organization"), sort=True, fixed=True),
    Column("external_id", _("External ID")),
    Column("country", _("Country")),
    Column("tier", said("organization", "Tier")),
    Column("group", _("Credit risk group"), fixed=True),
    Column("limit", _("Credit limit"), css="money"),
)
TIERS: Final = {Tier.DIRECT: _("Direct"), Tier.INDIRECT: _("Indirect")}
NO_GROUP: Final = "none"


class OrganizationsForm(Form):
    """What the organizations are filtered by."""

    q = forms.CharField(
        label=_("Filter organizations"),
        required=False,
        max_length=100,
        widget=forms.TextInput({"type": "search", "placeholder": _("Name or external ID")}),
    )
    group = forms.CharField(label=_("Credit risk group"), required=False, max_length=40, widget=forms.Select)
    tier = forms.ChoiceField(
        label=said("organization", "Tier"), required=False, choices=[("", _("All tiers")), *TIERS.items()]
    )
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[("", _("Any status")), ("active", _("Active")), ("inactive", _("Inactive"))],
    )

    def __init__(self, data: Any, groups_: Iterable[GroupName]) -> None:  # noqa: ANN401 - Django's
        super().__init__(data)
        own = [(str(group.id), group.name) for group in groups_]
        self.fields["group"].widget.choices = [
            ("", _("All groups")), (NO_GROUP, _("No group")), *own,
        ]  # fmt: skip


@page(kinds=SELLERS)
def organizations(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Everyone below, and the group of each (R82)."""
    owner = caller.organization.id
    groups_ = lists.group_names(owner)
    table = Table(
        request,
        ORGANIZATION_COLUMNS,
        "organization",
        OrganizationsForm(request.GET, groups_),
        "organizations",
    )
    size = lists.size_below(owner)
    wanted = _organization_filter(table.filter_values)
    rows = lists.organizations(
        owner,
        wanted,
        after=after_name(table.cursor),
        descending=table.descending,
        many=size is None,
        most=MOST_EXPORTED if table.csv else table.limit + 1,
    )
    if table.csv:
        return table.as_csv(translated("organizations"), [_organization_csv(row) for row in rows])
    table.of_one_more([_organization_row(row) for row in rows], _organization_cursor)
    table.total = None if table.filtered else size
    context = {
        "tab": "organizations",
        "table": table,
        "groups": groups_,
        "may_change": _may_change(caller),
    }
    return show(request, "portal/credit_limit_organizations.html", context)


def _organization_filter(said_: dict[str, Any]) -> OrganizationFilter:
    group = said_.get("group")
    return OrganizationFilter(
        active={"active": True, "inactive": False}.get(said_.get("status", "")),
        tier=Tier(said_["tier"]) if "tier" in said_ else None,
        group=as_uuid(group) if group and group != NO_GROUP else None,
        grouped=False if group == NO_GROUP else None,
        text=said_.get("q", ""),
    )


def _organization_cursor(row: dict[str, Any]) -> str:
    return cursor_of(row["party"].name, row["party"].id)


def _organization_row(row: OrganizationRow) -> dict[str, Any]:
    """A row as the page shows it. The limit is there where one sells to it oneself (R2)."""
    return {
        "party": row.party,
        "active": row.active,
        "external_id": row.external_id,
        "country": _country(row.country),
        "tier": row.tier,
        "tier_label": TIERS[row.tier],
        "group": row.group,
        "stopped": row.party.status in STOPPED,
        "why_not": "" if row.group else cautions.not_addable(row.party),
        "limit": _limit(row),
        "unlimited": row.currency is not None and row.limit is not None and not isinstance(row.limit, Limit),
    }


def _organization_csv(row: OrganizationRow) -> dict[str, object]:
    limit = _limit(row)
    return {
        "status": row.party.status.value,
        "organization": row.party.name,
        "external_id": row.external_id,
        "country": row.country,
        "tier": row.tier.value,
        "group": row.group.name if row.group else "",
        "limit": str(limit) if limit else ("unlimited" if row.limit else ""),
    }


def _limit(row: OrganizationRow) -> Money | None:
    own = row.currency is not None and isinstance(row.limit, Limit)
    return Money(row.limit.minor, row.currency) if own else None  # type: ignore[union-attr, arg-type]


def _country(code: str) -> str:
    return str(locale().territories.get(code, code))


@act(kinds=SELLERS, may=Permission.ADMINISTER)
def move(request: HttpRequest, caller: Caller, organization: UUID) -> HttpResponse:
    """Into another of the owner's groups, or out of any (R82); the toast takes it back."""
    group, before = request.POST.get("group", ""), request.POST.get("before", "")
    wishes = OrganizationWishes(credit_risk_group=group or None)
    became = change_organization(name=str(organization), by=caller.actor, wishes=wishes, at=now())
    to = back(request)
    if isinstance(became, Refusal):
        return refused(request, _moved_no(became), to)
    names = {"organization": became.party.name, "group": became.group.name if became.group else ""}
    words = (
        translated("%(organization)s is in %(group)s now.")
        if became.group
        else translated("%(organization)s is in no credit risk group now.")
    )
    said_ = words % names
    undone = before != group and not not_addable(became.party)  # who is suspended could not come back (R84)
    return done(request, _with_undo(request, said_, organization, before) if undone else said_, to)


def _with_undo(request: HttpRequest, words: str, organization: UUID, before: str) -> str:
    """The toast with a button that puts it back."""
    address = reverse("credit-limit-move", args=[organization])
    context = {"words": words, "address": address, "group": before, "to": back(request)}
    return render_to_string("portal/parts/moved.html", context, request)


def _moved_no(refusal: Refusal) -> Refusal:
    """What the action says of its field is the whole story here."""
    errors = refusal.facts.get("errors", {})
    return Refusal("invalid", next(iter(errors.values()))) if errors else refusal


# Orders (R85) -------------------------------------------------------------------------------

ORDER_COLUMNS: Final = (
    Column("number", _("Order"), fixed=True),
    Column("buyer", _("Organization")),
    Column("placed_at", _("Order date")),
    Column("state", _("Approval"), fixed=True),
    Column("status", _("Status")),
    Column("amount", _("Total amount"), css="money", fixed=True),
)


class OrdersForm(Form):
    """Which orders."""

    state = forms.ChoiceField(
        label=_("Approval"),
        required=False,
        choices=[
            ("", _("Pending and approved")),
            ("pending", _("Pending: paused")),
            ("approved", _("Approved: provisioning started")),
        ],
    )


@page(kinds=SELLERS)
def orders(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Paused and approved orders on which the owner had a step, with the amounts of its own level (R85)."""
    table = Table(request, ORDER_COLUMNS, filters=OrdersForm(request.GET), name="orders")
    most = MOST_EXPORTED if table.csv else table.limit + 1
    state = table.filter_values.get("state", "")
    ids = lists.order_ids(caller.organization.id, state, after_id(table.cursor), most)
    if table.csv:
        return table.as_csv(
            translated("orders"), [_order_csv(order, caller.actor) for order in _in_batches(ids)]
        )
    rows = [_order_row(order, caller.actor) for order in reading.several(ids)]
    table.of_one_more(rows, lambda row: cursor_of(row["id"]))
    return show(request, "portal/credit_limit_orders.html", {"tab": "orders", "table": table})


def _order_row(order: Order, by: Actor) -> dict[str, Any]:
    shown = render(order, by)
    own = next(step for step in shown["approvals"] if step["approver"]["id"] == str(by.organization))
    paused = shown["status"] in {"pending_approval", "unexecuted"}
    below = order.parties[max(own["tier"] - 1, 0)]
    return {
        "id": shown["id"],
        "number": shown["number"],
        "buyer": below.name,
        "placed_at": shown["placed_at"],
        "state": "pending" if paused else "approved",
        "own": own,
        "status": shown["status"],
        "label": shown["status_label"],
        "amount": own["credit_risk_amount"],
    }


def _order_csv(order: Order, by: Actor) -> dict[str, object]:
    row = _order_row(order, by)
    return row | {
        "placed_at": row["placed_at"],
        "status": row["label"],
        "amount": f"{row['amount']['amount']} {row['amount']['currency']}",
    }


def _in_batches(ids: list[UUID], size: int = 200) -> Iterable[Order]:
    for start in range(0, len(ids), size):
        yield from reading.several(ids[start : start + size])


urls = [
    path("settings/credit-limit", groups, name="credit-limit"),
    path("settings/credit-limit/groups/new", new_group, name="credit-risk-group-new"),
    path("settings/credit-limit/organizations", organizations, name="credit-limit-organizations"),
    path("settings/credit-limit/organizations/<uuid:organization>/group", move, name="credit-limit-move"),
    path("settings/credit-limit/orders", orders, name="credit-limit-orders"),
]

"""One credit risk group (R80, R81, R83): its policies, its members, its name and default limit."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.actions.change_groups import (
    GroupWishes,
    add_policy,
    change_group,
    remove_group,
    remove_policy,
)
from placet.domain.credit_risk import GroupPolicy
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.domain.words import Scope
from placet.entrypoints.portal.frame.amounts import AmountField, of_each, written
from placet.entrypoints.portal.frame.answers import done, into, now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, act, page
from placet.entrypoints.portal.frame.keyset import after_name, cursor_of
from placet.entrypoints.portal.frame.money import locale
from placet.entrypoints.portal.frame.standing import StandingForm, saved
from placet.entrypoints.portal.frame.tables import Column, Table
from placet.entrypoints.portal.settings import cautions
from placet.entrypoints.portal.settings.credit_limit import decimal
from placet.entrypoints.portal.settings.policy_form import PolicyForm, bound_or_not, drawer
from placet.storage import credit_limit_lists as lists
from placet.storage.credit_limit_lists import GroupRow
from placet.storage.credit_risk_groups import policies, primary_of

LEVELS: Final = {Scope.OFFERS: _("Offers"), Scope.VENDOR: _("Vendor"), Scope.ALL: _("All")}
STRENGTH: Final = (Scope.ALL, Scope.VENDOR, Scope.OFFERS)
"""From the least specific level to the most."""
NAMED: Final = 2
"""Offers of a policy that are named; the others are counted."""

POLICY_COLUMNS: Final = (
    Column("level", _("Control level"), sort=True, fixed=True),
    Column("scope", _("Policy scope"), fixed=True),
    Column("when", _("Needs approval"), fixed=True),
    Column("created", _("Created on"), sort=True, fixed=True),
)
MEMBER_COLUMNS: Final = (
    Column("organization", _("Organization"), fixed=True),
    Column("country", _("Country")),
)


@page(kinds=SELLERS)
def group(request: HttpRequest, caller: Caller, group: UUID) -> HttpResponse:
    """The group. A POST is its drawer's: a policy to add; wrong, it comes back open with what was typed."""
    found = _owned(caller, group)
    if request.method != "POST":
        return _shown(request, caller, found, bound_or_not(PolicyForm, request))
    if not caller.may(Permission.ADMINISTER):
        return refused(request, Refusal("forbidden"), to=_address(found))
    form = PolicyForm(request.POST)
    return _added(request, caller, found, form) or _shown(request, caller, found, form, open_now=True)


@page(kinds=SELLERS, may=Permission.ADMINISTER)
def new_policy(request: HttpRequest, caller: Caller, group: UUID) -> HttpResponse:
    """The drawer as a page of its own, and the parts of it that change while it is filled in."""
    found = _owned(caller, group)
    form = PolicyForm(request.POST) if request.method == "POST" else bound_or_not(PolicyForm, request)
    if request.method == "POST" and (answer := _added(request, caller, found, form)):
        return answer
    part = request.headers.get("HX-Target", "").startswith("policy-")
    template = "portal/parts/policy_fields.html" if part else "portal/credit_risk_group_policy.html"
    context = {"group": found, **_drawer(caller, found, form)}
    return show(request, template, context, 422 if request.method == "POST" else 200)


def _added(request: HttpRequest, caller: Caller, found: GroupRow, form: PolicyForm) -> HttpResponse | None:
    """The policy added; nothing where the form has something to say."""
    if not form.is_valid():
        return None
    added = add_policy(by=caller.actor, group=found.id, wish=form.wish(), at=now())
    if isinstance(added, Refusal):
        into(form, added)
        return None
    words = translated("The policy was added to %(group)s. Orders already placed stay as they are.")
    return done(request, words % {"group": found.name}, to=_address(found))


def _drawer(caller: Caller, found: GroupRow, form: PolicyForm) -> dict[str, Any]:
    filled = drawer(form, owner=caller.organization.id, group=found.name, members=found.organizations)
    return {"drawer": filled, "address": reverse("credit-risk-group-policy-new", args=[found.id])}


def _shown(
    request: HttpRequest, caller: Caller, found: GroupRow, form: PolicyForm, *, open_now: bool = False
) -> HttpResponse:
    owner, may_change = caller.organization.id, caller.may(Permission.ADMINISTER)
    currencies = lists.selling_currencies(owner)
    table = Table(request, POLICY_COLUMNS, "-level")
    rows = [_policy_row(policy, currencies) for policy in _sorted(policies(owner, found.id), table)]
    members = Table(request, MEMBER_COLUMNS, name="members")
    people = lists.members(owner, found.id, after_name(members.cursor), members.limit + 1)
    members.of_one_more(people, lambda row: cursor_of(row[0].name, row[0].id))
    members.rows = [
        {"party": party, "country": locale().territories.get(country, country)}
        for party, country in members.rows
    ]
    old = primary_of(owner)
    context = {
        "group": found,
        "table": table.page(rows, None),
        "members": members,
        "default_limit": _default_limit(found, currencies),
        "several_currencies": len(currencies) > 1,
        "may_change": may_change,
        "primary_warning": cautions.makes_primary(found.name, old[1] if old else None),
        "removal_warning": cautions.removes(found.name, found.organizations, primary=found.primary),
        "open_now": open_now,
        **(_drawer(caller, found, form) if may_change else {}),
    }
    return show(request, "portal/credit_risk_group.html", context, 422 if open_now else 200)


def _default_limit(found: GroupRow, currencies: list[str]) -> str:
    return "" if found.default_limit is None else of_each(found.default_limit, currencies)


def _owned(caller: Caller, group: UUID) -> GroupRow:
    found = lists.group_of(caller.organization.id, group)
    if found is None:
        raise Http404
    return found


def _address(found: GroupRow) -> str:
    return reverse("credit-risk-group", args=[found.id])


def _sorted(found: list[GroupPolicy], table: Table) -> list[GroupPolicy]:
    """By control level, the most specific first, or by day; within, in the order they were made."""
    if table.sort == "created":
        key: Any = lambda policy: (policy.created_on, policy.id)  # noqa: E731
    else:
        key = lambda policy: STRENGTH.index(policy.scope)  # noqa: E731
    return sorted(sorted(found, key=lambda policy: policy.id), key=key, reverse=table.descending)


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A policy as the table shows it."""

    id: UUID
    level: Any
    vendor: str
    offers: str
    when: str
    created_on: Any


def _policy_row(policy: GroupPolicy, currencies: list[str]) -> PolicyRow:
    vendor = policy.vendor.name if policy.vendor else translated("All vendors")
    when = translated("Always")
    if policy.above is not None:
        when = translated("Above %(amount)s") % {"amount": of_each(policy.above, currencies)}
    return PolicyRow(policy.id, LEVELS[policy.scope], vendor, _offers(policy), when, policy.created_on)


def _offers(policy: GroupPolicy) -> str:
    if not policy.offers:
        return translated("All offers")
    names = [offer.name for offer in policy.offers]
    more = len(names) - NAMED
    if more < 1:
        return " · ".join(names)
    shown = {"names": ", ".join(names[:NAMED]), "count": more}
    return translated("%(names)s and %(count)s more") % shown


# What is changed of it ------------------------------------------------------------------------


class ChangeForm(StandingForm):
    """Name and default limit."""

    name = forms.CharField(label=_("Name"), max_length=200)
    default_limit = AmountField(
        required=False,
        label=_("Default credit limit"),
        help_text=_(
            "For members that buy from you and have no limit of their own, in the currency of each. "
            "Empty: 0. It counts at once; nothing that is reserved is broken."
        ),
    )


@page(kinds=SELLERS, may=Permission.ADMINISTER)
def change(request: HttpRequest, caller: Caller, group: UUID) -> HttpResponse:
    """Another name or default limit."""
    found = _owned(caller, group)
    if request.method != "POST":
        return show(
            request, "portal/credit_risk_group_change.html", {"group": found, "form": _change_form(found)}
        )
    form = _change_form(found, request.POST)
    if form.is_valid():
        said = form.cleaned_data
        wishes = GroupWishes(name=said["name"], default_limit=decimal(said["default_limit"]))
        became = saved(
            form,
            stands=lambda: _change_form(_owned(caller, group)),
            save=lambda: change_group(by=caller.actor, group=group, wishes=wishes, confirmed=False, at=now()),
        )
        if not isinstance(became, Refusal):
            return done(
                request, translated("%(group)s was changed.") % {"group": became.name}, _address(found)
            )
        into(form, became)
    return show(request, "portal/credit_risk_group_change.html", {"group": found, "form": form}, 422)


def _change_form(found: GroupRow, sent: Any = None) -> ChangeForm:  # noqa: ANN401 - Django's
    return ChangeForm(sent, initial={"name": found.name, "default_limit": written(found.default_limit)})


@act(kinds=SELLERS, may=Permission.ADMINISTER)
def make_primary(request: HttpRequest, caller: Caller, group: UUID) -> HttpResponse:
    """The one primary group, or not any more (R83): with a yes to what it says."""
    found, primary = _owned(caller, group), request.POST.get("primary") != "no"
    if primary and not _confirmed(request):
        old = primary_of(caller.organization.id)
        words = cautions.makes_primary(found.name, old[1] if old else None)
        return _ask(request, found, words, translated("Make primary"))
    wishes = GroupWishes(primary=primary)
    became = change_group(by=caller.actor, group=group, wishes=wishes, confirmed=True, at=now())
    if isinstance(became, Refusal):
        return refused(request, became, _address(found))
    words = (
        translated("%(group)s is the primary group now.")
        if primary
        else translated("%(group)s is not the primary group any more.")
    )
    return done(request, words % {"group": found.name}, reverse("credit-limit"))


@act(kinds=SELLERS, may=Permission.ADMINISTER)
def remove(request: HttpRequest, caller: Caller, group: UUID) -> HttpResponse:
    """The group gone, its members in none (R83): with a yes to what it says."""
    found = _owned(caller, group)
    if not _confirmed(request):
        words = cautions.removes(found.name, found.organizations, primary=found.primary)
        return _ask(request, found, words, translated("Remove group"))
    became = remove_group(by=caller.actor, group=group, confirmed=True, at=now())
    if isinstance(became, Refusal):
        return refused(request, became, _address(found))
    words = translated("%(group)s was removed.") % {"group": found.name}
    return done(request, words, reverse("credit-limit"))


@act(kinds=SELLERS, may=Permission.ADMINISTER)
def drop_policy(request: HttpRequest, caller: Caller, group: UUID, policy: UUID) -> HttpResponse:
    """The group without the policy. Orders that it asked about keep their steps (R5)."""
    found = _owned(caller, group)
    became = remove_policy(by=caller.actor, group=group, policy=policy, at=now())
    if isinstance(became, Refusal):
        return refused(request, became, _address(found))
    return done(request, translated("The policy was removed."), _address(found))


def _confirmed(request: HttpRequest) -> bool:
    """Whether the person read what will happen: the page asks before it sends by htmx; where it cannot ask, a
    page of its own does."""
    return "confirmed" in request.POST or "HX-Request" in request.headers


def _ask(request: HttpRequest, found: GroupRow, words: str, button: str) -> HttpResponse:
    context = {"group": found, "words": words, "button": button, "sent": request.POST.items()}
    return show(request, "portal/credit_risk_group_confirm.html", context)


urls = [
    path("settings/credit-limit/groups/<uuid:group>", group, name="credit-risk-group"),
    path("settings/credit-limit/groups/<uuid:group>/change", change, name="credit-risk-group-change"),
    path("settings/credit-limit/groups/<uuid:group>/primary", make_primary, name="credit-risk-group-primary"),
    path("settings/credit-limit/groups/<uuid:group>/remove", remove, name="credit-risk-group-remove"),
    path(
        "settings/credit-limit/groups/<uuid:group>/policies/new",
        new_policy,
        name="credit-risk-group-policy-new",
    ),
    path(
        "settings/credit-limit/groups/<uuid:group>/policies/<uuid:policy>/remove",
        drop_policy,
        name="credit-risk-group-policy-remove",
    ),
]

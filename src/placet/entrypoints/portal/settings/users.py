"""Settings, Users: who works for the organization, in which role, and who is invited to."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.actions import members
from placet.actions.invitations import (
    find_invitations,
    invite,
    organization_to_invite_to,
    send_again,
    take_back,
)
from placet.domain.parties import Party, Permission
from placet.domain.refusals import Refusal
from placet.domain.words import Role
from placet.entrypoints.portal.frame.answers import back, done, into, now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, act, page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.keyset import after_name, cursor_of
from placet.entrypoints.portal.frame.standing import StandingForm, saved
from placet.entrypoints.portal.frame.tables import MOST_EXPORTED, Column, Table
from placet.entrypoints.portal.settings import letters, roles
from placet.storage.db import Row

COLUMNS = (
    Column("name", _("Name"), fixed=True),
    Column("email", _("E-mail")),
    Column("role", _("Role"), fixed=True),
    Column("last_login", _("Last sign-in")),
    Column("second_factor", _("Second factor")),
)


class FilterForm(Form):
    """Whom to look for."""

    q = forms.CharField(label=_("Name or e-mail"), required=False, max_length=100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*args, **kwargs)
        self.fields["q"].widget.attrs["placeholder"] = self.fields["q"].label


class InvitationForm(Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=roles.CHOICES, initial=Role.VIEWER.value)

    def clean_email(self) -> str:
        """Addresses are kept in lower case."""
        return str(self.cleaned_data["email"]).lower()


class RoleForm(StandingForm):
    """Another role for somebody."""

    role = forms.ChoiceField(choices=roles.CHOICES)


# The organization's own people --------------------------------------------------------------


@page(may=Permission.ADMINISTER)
def listed(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Its people and its open invitations."""
    table = Table(request, COLUMNS, filters=FilterForm(request.GET))
    if table.csv:
        return table.as_csv("users", [_as_text(row) for row in _people(table, caller, MOST_EXPORTED)])
    return _listed(request, caller, table, InvitationForm())


def _listed(
    request: HttpRequest, caller: Caller, table: Table, form: InvitationForm, status: int = 200
) -> HttpResponse:
    people = table.of_one_more(
        _people(table, caller, table.limit), lambda row: cursor_of(row["name"], row["id"])
    )
    context = {
        "table": people,
        "invitations": find_invitations(by=caller.actor, organization=caller.organization.id),
        "form": form,
        "choices": roles.CHOICES,
        "explained": roles.EXPLAINED,
        "now": now(),
    }
    return show(request, "portal/settings/users.html", context, status)


def _people(table: Table, caller: Caller, most: int) -> list[Row]:
    found = members.find_members(
        by=caller.actor, q=table.filter_values.get("q", ""), after=after_name(table.cursor), most=most
    )
    assert not isinstance(found, Refusal), "the door let only admins in"
    return found


def _as_text(row: Row) -> dict[str, object]:
    return row | {
        "role": roles.NAMES[Role(row["role"])],
        "second_factor": "yes" if row["second_factor"] else "no",
    }


@act(may=Permission.ADMINISTER)
def invited(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Invites somebody to the organization."""
    form = InvitationForm(request.POST)
    if form.is_valid():
        answer = _invited(caller, caller.organization, form)
        if not isinstance(answer, Refusal):
            return done(request, _invited_words(form), to=reverse("settings-users"))
        into(form, answer)
    return _listed(request, caller, Table(request, COLUMNS, filters=FilterForm(request.GET)), form, 422)


def _invited(caller: Caller, organization: Party, form: InvitationForm) -> Party | Refusal:
    email, token = form.cleaned_data["email"], letters.new_token()
    inviter = caller.name if organization.id == caller.organization.id else caller.organization.name
    return invite(
        by=caller.actor,
        organization=organization.id,
        email=email,
        role=Role(form.cleaned_data["role"]),
        digest=letters.digest_of(token),
        letter=letters.invitation(organization.id, organization.name, inviter, email, token),
        at=now(),
    )


def _invited_words(form: InvitationForm) -> str:
    return translated("An invitation is on its way to %(email)s.") % form.cleaned_data


@act(may=Permission.ADMINISTER)
def role_changed(request: HttpRequest, caller: Caller, user: UUID) -> HttpResponse:
    """Gives somebody another role."""
    form, to = RoleForm(request.POST), reverse("settings-users")
    person = members.member_to_change(by=caller.actor, user=user)
    if not isinstance(person, Refusal):
        person = _with_role(caller, user, form) if form.is_valid() else Refusal("invalid")
    if isinstance(person, Refusal):
        return refused(request, person, to=to)
    role = Role(form.cleaned_data["role"])
    words = translated("%(name)s: %(role)s from now on.") % _named(person, role)
    return done(request, words, to=to if user != caller.user_id else reverse("settings"))


def _with_role(caller: Caller, user: UUID, form: RoleForm) -> Row | Refusal:
    """As it is wished, unless somebody else gave another one meanwhile."""

    def stands() -> RoleForm:
        person = members.member_to_change(by=caller.actor, user=user)
        return RoleForm(initial={} if isinstance(person, Refusal) else {"role": person["role"]})

    wished = Role(form.cleaned_data["role"])
    became = saved(
        form, stands=stands, save=lambda: members.change_role(by=caller.actor, user=user, role=wished)
    )
    person = members.member_to_change(by=caller.actor, user=user)
    if not form.told or isinstance(person, Refusal):
        return became
    words = translated("Somebody else made %(name)s %(role)s meanwhile. Nothing was changed.")
    return Refusal("stale_version", words % _named(person, Role(person["role"])))


def _named(person: Row, role: Role) -> dict[str, object]:
    return {"name": person["name"], "role": roles.NAMES[role]}


@act(may=Permission.ADMINISTER)
def removed(request: HttpRequest, caller: Caller, user: UUID) -> HttpResponse:
    """Somebody works here no more."""
    person = members.remove_member(by=caller.actor, user=user)
    if isinstance(person, Refusal):
        return refused(request, person, to=reverse("settings-users"))
    words = translated("%(name)s may not come in for %(organization)s any more.") % {
        "name": person["name"],
        "organization": caller.organization.name,
    }
    return done(request, words, to=reverse("home" if user == caller.user_id else "settings-users"))


# Invitations --------------------------------------------------------------------------------


@act(may=Permission.ADMINISTER)
def sent_again(request: HttpRequest, caller: Caller, invitation: UUID) -> HttpResponse:
    """The same invitation with another link."""
    token = letters.new_token()
    found = send_again(
        by=caller.actor,
        invitation=invitation,
        digest=letters.digest_of(token),
        letter=lambda row: letters.invitation_again(row, caller.organization, caller.name, token),
        at=now(),
    )
    if isinstance(found, Refusal):
        return refused(request, found, to=back(request))
    words = translated("Sent again to %(email)s; the earlier link has ended.") % found
    return done(request, words, to=back(request))


@act(may=Permission.ADMINISTER)
def taken_back(request: HttpRequest, caller: Caller, invitation: UUID) -> HttpResponse:
    """An invitation ends."""
    found = take_back(by=caller.actor, invitation=invitation, at=now())
    if isinstance(found, Refusal):
        return refused(request, found, to=back(request))
    return done(request, translated("The invitation to %(email)s is taken back.") % found, to=back(request))


@page(kinds=SELLERS, may=Permission.ADMINISTER)
def first_users(request: HttpRequest, caller: Caller, organization: UUID) -> HttpResponse:
    """A seller invites the first people of an organization just below it."""
    found = organization_to_invite_to(by=caller.actor, organization=organization)
    if isinstance(found, Refusal):
        return _not_ours(request, found)
    form = InvitationForm(request.POST or None, initial={"role": Role.ADMIN.value})
    if form.is_valid():
        answer = _invited(caller, found, form)
        if not isinstance(answer, Refusal):
            return done(request, _invited_words(form), to=request.path)
        into(form, answer)
    context = {
        "organization": found,
        "invitations": find_invitations(by=caller.actor, organization=organization),
        "form": form,
        "explained": roles.EXPLAINED,
        "now": now(),
    }
    return show(request, "portal/settings/first_users.html", context, 422 if form.is_bound else 200)


def _not_ours(request: HttpRequest, why: Refusal) -> HttpResponse:
    return refused(request, why, to=back(request))


urls = [
    path("settings/users", listed, name="settings-users"),
    path("settings/users/invite", invited, name="user-invite"),
    path("settings/users/<uuid:user>/role", role_changed, name="user-role"),
    path("settings/users/<uuid:user>/remove", removed, name="user-remove"),
    path("settings/invitations/<uuid:invitation>/send", sent_again, name="invitation-send"),
    path("settings/invitations/<uuid:invitation>/take-back", taken_back, name="invitation-take-back"),
    path("organizations/<uuid:organization>/invitations", first_users, name="organization-invitations"),
]

"""Settings, API keys: what programs of the organization come in with."""

import secrets
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.actions.api_keys import find_api_keys, issue_api_key, revoke_api_key
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.domain.words import Role
from placet.entrypoints.api.api_keys import HINT, KEY_BYTES
from placet.entrypoints.api.keys import digest_of
from placet.entrypoints.portal.frame.answers import done, into, now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import act, page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.keyset import after_id, cursor_of
from placet.entrypoints.portal.frame.tables import Column, Table
from placet.entrypoints.portal.settings import keepsake, roles

COLUMNS = (
    Column("name", _("Name"), fixed=True),
    Column("role", _("Role"), fixed=True),
    Column("hint", _("Ends in"), fixed=True),
    Column("created_at", _("Created"), fixed=True),
)


class KeyForm(Form):
    """For which program, and what it may do."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("The program that will use it, so that you know later.")
    )
    role = forms.ChoiceField(label=_("Role"), choices=roles.CHOICES, initial=Role.VIEWER.value)


@page(may=Permission.ADMINISTER)
def listed(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The keys in force; a new one, this once."""
    return _listed(request, caller, KeyForm())


def _listed(request: HttpRequest, caller: Caller, form: KeyForm, status: int = 200) -> HttpResponse:
    table = Table(request, COLUMNS)
    found = find_api_keys(by=caller.actor, after=after_id(table.cursor), most=table.limit)
    assert not isinstance(found, Refusal), "the door let only admins in"
    context = {
        "table": table.of_one_more(found, lambda row: cursor_of(row["id"])),
        "form": form,
        "explained": roles.EXPLAINED,
        "role_names": roles.NAMES,
        "secret": keepsake.taken(request) if request.method == "GET" else "",
    }
    return show(request, "portal/settings/api_keys.html", context, status)


@act(may=Permission.ADMINISTER)
def issued(request: HttpRequest, caller: Caller) -> HttpResponse:
    """A new key, shown on the page that follows."""
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _listed(request, caller, form, 422)
    key = secrets.token_urlsafe(KEY_BYTES)
    row = issue_api_key(
        by=caller.actor,
        name=form.cleaned_data["name"],
        role=Role(form.cleaned_data["role"]),
        digest=digest_of(key),
        hint=key[-HINT:],
        at=now(),
    )
    if isinstance(row, Refusal):
        into(form, row)
        return _listed(request, caller, form, 422)
    keepsake.keep(request, key)
    return done(request, translated("The key is made."), to=reverse("api-keys"))


@act(may=Permission.ADMINISTER)
def revoked(request: HttpRequest, caller: Caller, key: UUID) -> HttpResponse:
    """The key opens nothing from now on."""
    refusal = revoke_api_key(by=caller.actor, key=key, at=now())
    if refusal is not None:
        return refused(request, refusal, to=reverse("api-keys"))
    return done(request, translated("The key is revoked: it opens nothing any more."), to=reverse("api-keys"))


urls = [
    path("settings/api-keys", listed, name="api-keys"),
    path("settings/api-keys/new", issued, name="api-key-issue"),
    path("settings/api-keys/<uuid:key>/revoke", revoked, name="api-key-revoke"),
]

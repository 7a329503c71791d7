"""Where an invitation leads: its reader becomes somebody here, or works for one organization more."""

from typing import Final

from allauth.account.fields import SetPasswordField
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django import forms
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from placet.actions.invitations import accept_as_known, accept_as_new, invitation_behind
from placet.domain.refusals import Refusal
from placet.entrypoints.portal.frame.answers import done, into, now, show
from placet.entrypoints.portal.frame.caller import ORGANIZATION, caller_of
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.settings import roles
from placet.entrypoints.portal.settings.letters import digest_of
from placet.entrypoints.portal.sign_in.forms import AT_LEAST
from placet.storage import people, sealing
from placet.storage.db import Row

TEMPLATE: Final = "portal/invitation.html"
KEPT: Final = "invitation"
"""Where the session keeps the token."""


class NewPersonForm(Form):
    """Who somebody is who was not here before."""

    name = forms.CharField(
        label=_("Your name"), max_length=200, widget=forms.TextInput({"autocomplete": "name"})
    )
    password1 = SetPasswordField(label=_("Password"), help_text=AT_LEAST)
    password2 = forms.CharField(
        label=_("Password, again"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def clean(self) -> None:
        """The same twice."""
        said = self.cleaned_data
        if said.get("password1") and said.get("password2") and said["password1"] != said["password2"]:
            self.add_error("password2", translated("The two passwords are not the same."))


def opened(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the mail. Its token goes on in the session, sealed: out of addresses and logs."""
    request.session[KEPT] = sealing.sealed(token)
    return HttpResponseRedirect(reverse("invited"))


@never_cache
def invited(request: HttpRequest) -> HttpResponse:
    """The invitation that was opened, for whoever has its link: shown, and accepted."""
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    token = sealing.opened(request.session.get(KEPT, "")) or ""
    found = invitation_behind(digest=digest_of(token), at=now())
    if isinstance(found, Refusal):
        return show(request, TEMPLATE, {"ended": True}, status=410)
    if found["known"]:
        return _known(request, found, token)
    return _new(request, found, token)


def _known(request: HttpRequest, found: Row, token: str) -> HttpResponse:
    """Somebody who has an account signs in first: the link alone opens no account."""
    if not request.user.is_authenticated:
        sign_in = f"{reverse('account_login')}?{urlencode({REDIRECT_FIELD_NAME: request.path})}"
        return show(request, TEMPLATE, _context(found) | {"sign_in": sign_in})
    if request.user.email != found["email"]:
        return show(request, TEMPLATE, _context(found) | {"somebody_else": True})
    if request.method != "POST":
        return show(request, TEMPLATE, _context(found) | {"may_accept": True})
    accepted = accept_as_known(
        digest=digest_of(token), user=request.user.pk, email=request.user.email, at=now()
    )
    if isinstance(accepted, Refusal):
        return show(request, TEMPLATE, {"ended": True}, status=410)
    request.session[ORGANIZATION] = str(accepted["organization_id"])
    return done(request, _welcome(found), to=reverse("home"))


def _new(request: HttpRequest, found: Row, token: str) -> HttpResponse:
    form = NewPersonForm(request.POST or None)
    if caller_of(request) is not None:
        return show(request, TEMPLATE, _context(found) | {"somebody_else": True})
    if form.is_valid():
        user = accept_as_new(
            digest=digest_of(token),
            name=form.cleaned_data["name"],
            password=make_password(form.cleaned_data["password1"]),
            at=now(),
        )
        if not isinstance(user, Refusal):
            return _signed_in(request, found)
        into(form, user)
    return show(request, TEMPLATE, _context(found) | {"form": form}, status=422 if form.is_bound else 200)


def _signed_in(request: HttpRequest, found: Row) -> HttpResponse:
    """Whoever just chose a password need not type it again."""
    person = people.by_email(found["email"])
    assert person is not None, "it was just added"
    record_authentication(request, person, method="password", email=found["email"])
    answer: HttpResponse = perform_login(request, person, redirect_url=reverse("home"))
    request.session[ORGANIZATION] = str(found["organization_id"])
    return answer


def _context(found: Row) -> dict[str, object]:
    return {"invitation": found, "role": roles.NAMES[found["role"]], "meaning": roles.MEANINGS[found["role"]]}


def _welcome(found: Row) -> str:
    return translated("You now act for %(name)s.") % {"name": found["organization"]}


urls = [
    path("account/invitation/<str:token>", opened, name="invitation"),
    path("account/invitation", invited, name="invited"),
]

"""The person itself: whom it acts for, what it is called, which language and time zone it reads in."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.actions import people
from placet.domain.parties import Permission
from placet.entrypoints.portal.frame.answers import done, show
from placet.entrypoints.portal.frame.caller import ORGANIZATION, Caller
from placet.entrypoints.portal.frame.doors import act, page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.times import time_zones


class ProfileForm(Form):
    """What the person may say of itself."""

    name = forms.CharField(label=_("Name"), max_length=200, widget=forms.TextInput({"autocomplete": "name"}))
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As the browser says")), *settings.LANGUAGES]
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        choices=lambda: [("", _("As the organization's")), *((zone, zone) for zone in time_zones())],
    )


@page()
def profile(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Who I am here."""
    if request.method != "POST":
        return show(request, "portal/profile.html", {"form": ProfileForm(initial=_known(caller))})
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return show(request, "portal/profile.html", {"form": form}, status=422)
    people.change_profile(user=caller.user_id, **form.cleaned_data)
    return done(request, translated("Saved."), to=reverse("profile"))


def _known(caller: Caller) -> dict[str, Any]:
    return people.profile_of(user=caller.user_id)


@act(may=Permission.READ)
def switch(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Acts for another of the person's organizations from now on, in this session."""
    chosen = request.POST.get("organization", "")
    found = next((each for each in caller.memberships if str(each.organization.id) == chosen), None)
    if found is None:
        raise Http404
    request.session[ORGANIZATION] = chosen
    words = translated("You now act for %(name)s.") % {"name": found.organization.name}
    return done(request, words, to=reverse("home"))


@act(may=Permission.READ)
def end_session(request: HttpRequest, caller: Caller, session: int) -> HttpResponse:
    """Signs out another device of this person."""
    if not people.end_session(user=caller.user_id, session=session):
        raise Http404
    return done(request, translated("Signed out there."), to=reverse("usersessions_list"))


urls = [
    path("account/profile", profile, name="profile"),
    path("account/organization", switch, name="switch-organization"),
    path("account/sessions/<int:session>/end", end_session, name="session-end"),
]

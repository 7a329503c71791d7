"""Which mails a person gets, and how: each at once, in one mail a day, or not."""

from collections.abc import Mapping
from typing import Final

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext_lazy as said

from placet.actions.choose_mails import choices_of, choose_mails
from placet.domain.mailing import DIGEST_AT
from placet.domain.notifying import DECLINABLE, choosable
from placet.domain.words import MailKind, MailPace
from placet.entrypoints.portal.frame.answers import done, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.mails.words import TITLES

PACES: Final[Mapping[MailPace, Promise]] = {
    MailPace.AT_ONCE: gettext_lazy("At once"),
    MailPace.DAILY: gettext_lazy("Once a day"),
    MailPace.NONE: said("mails", "Not at all"),
}


class ChoicesForm(Form):
    """A choice for each kind of mail."""

    def __init__(
        self, kinds: tuple[MailKind, ...], chosen: Mapping[MailKind, MailPace], *said: object
    ) -> None:
        super().__init__(*said, initial={kind.value: chosen.get(kind, MailPace.AT_ONCE) for kind in kinds})
        for kind in kinds:
            paces = [(pace.value, words) for pace, words in PACES.items() if _is_offered(kind, pace)]
            widget = forms.Select({"class": "form-select"})
            self.fields[kind.value] = forms.ChoiceField(label=str(TITLES[kind]), choices=paces, widget=widget)

    @property
    def choices(self) -> dict[MailKind, MailPace]:
        """What was chosen."""
        return {MailKind(name): MailPace(pace) for name, pace in self.cleaned_data.items()}


def _is_offered(kind: MailKind, pace: MailPace) -> bool:
    return pace is not MailPace.NONE or kind in DECLINABLE


@page()
def choices(request: HttpRequest, caller: Caller) -> HttpResponse:
    """What I get."""
    kinds = choosable(each.organization.kind for each in caller.memberships)
    chosen = choices_of(user=caller.user_id)
    form = ChoicesForm(kinds, chosen, *([request.POST] if request.method == "POST" else []))
    if request.method == "POST" and form.is_valid():
        choose_mails(user=caller.user_id, choices=form.choices)
        return done(request, _("Saved."), to=reverse("mail-choices"))
    context = {
        "form": form,
        "hour": f"{DIGEST_AT:%H:%M}",
        "developing": settings.CONFIG.env == "development",
    }
    return show(request, "portal/mail_choices.html", context, status=422 if form.is_bound else 200)


urls = [path("account/mails", choices, name="mail-choices")]

"""Settings: what there is to set up, for this kind of organization and this role."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from placet.domain.parties import Permission
from placet.domain.words import Kind
from placet.entrypoints.portal.frame.answers import show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import EVERY_KIND, SELLERS, page


@dataclass(frozen=True, slots=True)
class Card:
    """A page of settings: for which kinds of organizations and, with any of these permissions, for whom."""

    name: str
    title: Promise
    words: Promise
    icon: str
    kinds: Collection[Kind] = EVERY_KIND
    may: tuple[Permission, ...] = (Permission.READ,)

    @property
    def address(self) -> str:
        """Where it is; nowhere, where nobody built it."""
        try:
            return reverse(self.name)
        except NoReverseMatch:
            return ""

    def is_for(self, caller: Caller) -> bool:
        """Whether the caller gets in there."""
        return caller.kind in self.kinds and caller.may(*self.may) and bool(self.address)


CARDS: Final = (
    Card(
        "organization-settings",
        _("Organization"),
        _("Contacts, and how you pay."),
        "building",
    ),
    Card(
        "credit-limit",
        _("Currency & Payments: Credit Limit"),
        _("Credit risk groups, their policies, and the limits of who buys from you."),
        "shield-check",
        SELLERS,
    ),
    Card(
        "settings-users",
        _("Users"),
        _("Who may come in, in which role; invitations."),
        "users",
        may=(Permission.ADMINISTER,),
    ),
    Card(
        "api-keys",
        _("API keys"),
        _("What your programs come in with."),
        "key",
        may=(Permission.ADMINISTER,),
    ),
    Card("webhooks", _("Webhooks"), _("Which of your systems are told what happens."), "webhook"),
    Card("exchange", _("ERP exchange"), _("Files to and from your ERP, by hand and regularly."), "transfer"),
    Card("profile", _("Your account"), _("Your name, language, password and second factor."), "user-circle"),
)


@page()
def index(request: HttpRequest, caller: Caller) -> HttpResponse:
    """All of them, as cards."""
    return show(request, "portal/settings/index.html", {"cards": [c for c in CARDS if c.is_for(caller)]})


urls = [path("settings", index, name="settings")]

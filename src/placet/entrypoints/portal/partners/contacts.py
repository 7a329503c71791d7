"""Contacts (R6), on a buyer's page and among one's own settings: a list, and a dialog for each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from placet.actions.change_contacts import add_contact, change_contact, contacts_seen
from placet.domain.parties import Actor
from placet.domain.partners import Partner
from placet.domain.refusals import Refusal
from placet.entrypoints.portal.frame.answers import done, into
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.standing import saved
from placet.entrypoints.portal.partners.buyer_forms import ContactForm
from placet.storage.contacts import KnownContact

Forms = dict[str, Form]


@dataclass(frozen=True, slots=True)
class Contacts:
    """The contacts of one organization on one page: `home` is its address, `again` the page with forms that
    came back with something to say, by their dialog's name."""

    partner: Partner
    home: str
    again: Callable[[Forms], HttpResponse]

    def added(self, request: HttpRequest, by: Actor) -> HttpResponse:
        """One more person to write to."""
        form = new_contact_form(request.POST)
        if form.is_valid():
            became = add_contact(name=self._name, by=by, contact=form.contact)
            if not isinstance(became, Refusal):
                return done(request, _("Contact added."), to=self.home)
            into(form, became)
        return self.again({"contact-add": form})

    def changed(self, request: HttpRequest, by: Actor, id_: UUID) -> HttpResponse:
        """A contact, as it is from now on."""
        form = _contact_form(self._known(id_), request.POST)
        if form.is_valid():
            became = saved(
                form,
                stands=lambda: _contact_form(self._known(id_)),
                save=lambda: change_contact(name=self._name, by=by, id_=id_, contact=form.contact),
            )
            if not isinstance(became, Refusal):
                return done(request, _("Contact saved."), to=self.home)
            into(form, became)
        return self.again({f"contact-{id_}": form})

    @property
    def _name(self) -> str:
        return str(self.partner.party.id)

    def _known(self, id_: UUID) -> KnownContact:
        for known in contacts_seen(self.partner):
            if known.id == id_:
                return known
        raise Http404


def contacts_shown(partner: Partner, said: Forms, address: Callable[[UUID], str]) -> list[dict[str, Any]]:
    """Each with its form, and where that is sent."""
    return [
        {
            "known": known,
            "address": address(known.id),
            "form": said.get(f"contact-{known.id}") or _contact_form(known),
            "failed": f"contact-{known.id}" in said,
        }
        for known in contacts_seen(partner)
    ]


def new_contact_form(sent: Any = None) -> ContactForm:  # noqa: ANN401 - Django's
    """The form of a new one."""
    return ContactForm(sent, auto_id="id_new_%s")


def _contact_form(known: KnownContact, sent: Any = None) -> ContactForm:  # noqa: ANN401 - Django's
    contact = known.contact
    initial = {
        "name": contact.name,
        "email": contact.email,
        "roles": [role.value for role in contact.roles],
        "active": contact.active,
    }
    return ContactForm(sent, initial=initial, auto_id=f"id_{known.id}_%s")

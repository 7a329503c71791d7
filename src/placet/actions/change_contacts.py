"""One contact of an organization, added or changed (R6, R13): its own admin's, or its seller's."""

from uuid import UUID

from placet.actions.change_organization import partner_to_change
from placet.domain.parties import Actor
from placet.domain.partners import Contact, Partner
from placet.domain.refusals import Refusal
from placet.storage import contacts, db
from placet.storage.contacts import KnownContact
from placet.storage.standing import hold


def contacts_seen(partner: Partner) -> list[KnownContact]:
    """The contacts of an organization that the caller sees as a party, the oldest first."""
    return contacts.of(partner.party.id)


@db.transaction
def add_contact(*, name: str, by: Actor, contact: Contact) -> KnownContact | Refusal:
    """The new contact of the organization of that id or ref. Roles that it takes leave who had them."""
    hold()
    partner = partner_to_change(name, by, ["contacts"])
    if isinstance(partner, Refusal):
        return partner
    return _saved(partner, KnownContact(db.new_id(), contact))


@db.transaction
def change_contact(*, name: str, by: Actor, id_: UUID, contact: Contact) -> KnownContact | Refusal:
    """The contact as it became; one that is deactivated stays, and is written to no more."""
    hold()
    partner = partner_to_change(name, by, ["contacts"])
    if isinstance(partner, Refusal):
        return partner
    if id_ not in {known.id for known in contacts.of(partner.party.id)}:
        return Refusal("not_found")
    return _saved(partner, KnownContact(id_, contact))


def _saved(partner: Partner, known: KnownContact) -> KnownContact:
    contacts.save(partner.party.id, known)
    return known

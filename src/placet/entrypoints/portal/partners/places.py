"""Where the pages of buyers stand: a customer's among customers, a seller's among partners."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.http import Http404
from django.urls import reverse

from placet.domain.partners import Partner
from placet.domain.terms import Terms
from placet.domain.words import Kind
from placet.entrypoints.portal.frame.caller import Caller
from placet.storage import catalog, partners


@dataclass(frozen=True, slots=True)
class Place:
    """Where such pages stand: among customers, or among partners."""

    name: str
    listed: str
    path: str

    def address(self, organization: UUID) -> str:
        """The page of one of them."""
        return reverse(self.name, args=[organization])

    def act(self, verb: str, *args: object) -> str:
        """Where something is done to one of them."""
        return reverse(f"{self.name}-{verb}", args=args)


CUSTOMERS: Final = Place("customer", "customers", "customers")
PARTNERS: Final = Place("partner", "partners", "partners")


def place_of(partner: Partner) -> Place:
    """Whose pages an organization stands among."""
    return CUSTOMERS if partner.party.kind is Kind.CUSTOMER else PARTNERS


def below(caller: Caller, organization: UUID) -> Partner:
    """An organization somewhere below the caller; any other is not there."""
    found = partners.seen(caller.organization.id, str(organization))
    if found is None or found.tier is None:
        raise Http404
    return found


def own(caller: Caller, organization: UUID) -> Partner:
    """One that buys from the caller itself."""
    partner = below(caller, organization)
    if partner.terms is None or not partner.managed:
        raise Http404
    return partner


def terms_of(partner: Partner) -> Terms:
    """Of who buys from the caller itself."""
    assert partner.terms is not None, "asked of who buys from the caller"
    return partner.terms


LISTS: Final = 500


def price_lists(caller: Caller, currency: str | None = None) -> list[tuple[str, str]]:
    """The caller's lists to choose from, of one currency or of all."""
    rows = catalog.price_lists(caller.organization.id, None, LISTS)
    return [
        (str(row["id"]), f"{row['name'] or row['ref'] or row['id']} ({row['currency']})")
        for row in rows
        if currency in (None, row["currency"])
    ]

"""Buyers as rows of tables, and where a table of them goes on."""

from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from placet.domain.buyers import Buyer, BuyerSort
from placet.domain.money import Money, text
from placet.domain.words import OrganizationStatus
from placet.entrypoints.portal.frame import keyset
from placet.entrypoints.portal.frame.states import METHODS, looks_of
from placet.storage.buyers import place_of

UNLIMITED: Final = _("unlimited")
ON, OFF, LOCKED = pgettext_lazy("switch", "on"), pgettext_lazy("switch", "off"), _("on, locked")
CELLS: Final = {BuyerSort.NAME: 2, BuyerSort.STATUS: 3}


def cursor_of(buyer: Buyer, sort: BuyerSort) -> str:
    """The place of a row, for an address."""
    return keyset.cursor_of(*place_of(buyer, sort))


def place_in(cursor: str, sort: BuyerSort) -> list[str] | None:
    """The place that a cursor of this order of rows says; none where it says nothing that is one."""
    return keyset.after_texts(cursor, CELLS[sort])


def exported(buyer: Buyer, *, locked: bool) -> dict[str, object]:
    """A row of a CSV file: amounts as plain decimals, their currency beside them."""
    approval = LOCKED if locked else ON if buyer.order_approval else OFF
    return {
        "name": buyer.party.name,
        "status": looks_of("organization", OrganizationStatus(buyer.party.status).value).label,
        "external_id": buyer.external_id or "",
        "country": buyer.country,
        "order_approval": approval,
        "open_orders": buyer.open_orders,
        "limit": _decimal(buyer.limit),
        "available": _decimal(buyer.available),
        "balance": _decimal(buyer.balance),
        "payment_method": METHODS[buyer.payment_method],
    }


def _decimal(amount: Money | None) -> str:
    return str(UNLIMITED) if amount is None else f"{text(amount.minor, amount.currency)} {amount.currency}"

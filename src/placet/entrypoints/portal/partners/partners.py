"""Partners: who sells on below the caller. Those that buy from the caller with their terms, and below each of
them who sells further down: who they are, never what they owe one another (R1, R2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.actions.list_buyers import find_buyers, how_many, resellers_below
from placet.domain.buyers import Below, Buyer, BuyerFilter, BuyerSort
from placet.domain.parties import Permission
from placet.domain.words import OrganizationStatus
from placet.entrypoints.portal.frame.answers import show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.tables import MOST_EXPORTED, Column, Table
from placet.entrypoints.portal.partners.buyer_rows import cursor_of, exported, place_in
from placet.entrypoints.portal.partners.customers import STATUSES

COUNTED: Final = 10_000
BELOW: Final = 500
"""Who sells further down is shown up to here, on one page."""

COLUMNS: Final = (
    Column("name", _("Partner"), sort=True, fixed=True),
    Column("kind", _("Kind")),
    Column("status", _("Status"), sort=True),
    Column("external_id", _("External ID"), hidden=True),
    Column("country", _("Country")),
    Column("payment_method", _("Payment")),
    Column("limit", _("Credit limit"), css="money"),
    Column("balance", _("Balance"), css="money", hidden=True),
    Column("available", _("Available"), css="money"),
)


class PartnerFilter(Form):
    """Which of the caller's own partners."""

    q = forms.CharField(
        label=_("Name or external ID"),
        required=False,
        max_length=200,
        widget=forms.TextInput({"placeholder": _("Name or external ID"), "type": "search"}),
    )
    status = forms.ChoiceField(label=_("Status"), required=False, choices=STATUSES)


@dataclass(frozen=True, slots=True)
class Branch:
    """A partner of the caller's and everyone who sells below it, each after whom it buys from."""

    partner: Buyer
    below: Sequence[Below]


@page(kinds=SELLERS)
def listed(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The tree of who sells on, from the caller down."""
    table = Table(
        request, COLUMNS, default_sort="name", filters=PartnerFilter(request.GET), name="partners-table"
    )
    sort, wanted = BuyerSort(table.sort), _wanted(table.filter_values)
    after = place_in(table.cursor, sort)
    most = MOST_EXPORTED - 1 if table.csv else table.limit
    found = find_buyers(
        by=caller.actor,
        wanted=wanted,
        sort=sort,
        descending=table.descending,
        after=None if table.csv else after,
        most=most,
    )
    if table.csv:
        return table.as_csv(translated("partners"), [_exported(each) for each in found])
    table.of_one_more(found, lambda each: cursor_of(each, sort))
    below = resellers_below(direct=table.rows, most=BELOW)
    shown = {
        "table": table.page(branches(table.rows, below), table.next_cursor),
        "cut": len(below) >= BELOW,
        "may_change": caller.may(Permission.ADMINISTER),
    }
    table.total = how_many(by=caller.actor, wanted=wanted, most=COUNTED + 1)
    return show(request, "portal/partners.html", shown)


def _wanted(said: dict[str, Any]) -> BuyerFilter:
    status = said.get("status")
    wanted = OrganizationStatus(status) if status else None
    return BuyerFilter(customers=False, text=said.get("q", ""), status=wanted)


def _exported(each: Buyer) -> dict[str, object]:
    return exported(each, locked=False) | {"kind": each.party.kind.value}


def branches(direct: Sequence[Buyer], below: Sequence[Below]) -> list[Branch]:
    """Each of the caller's partners with who sells below it, in the order in which a tree is read."""
    under: dict[UUID, list[Below]] = {}
    for each in below:
        under.setdefault(each.above, []).append(each)
    return [Branch(partner, list(_walk(partner.party.id, under))) for partner in direct]


def _walk(above: UUID, under: dict[UUID, list[Below]]) -> Sequence[Below]:
    return [found for each in under.get(above, []) for found in (each, *_walk(each.party.id, under))]


urls = [path("partners", listed, name="partners")]

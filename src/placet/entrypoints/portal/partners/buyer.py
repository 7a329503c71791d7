"""A customer's page (R100), and a partner's: what the caller and one organization below it have with one
another. Whoever it sells to only through others it sees as who they are.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.translation import gettext as _

from placet.actions.change_settings import settings_seen
from placet.actions.list_buyers import locked_by
from placet.actions.read_buyer import COUNTED, BuyerPage, read_buyer, sellers_below
from placet.domain import money, view
from placet.domain.order import Order
from placet.domain.parties import Permission
from placet.domain.partners import Partner
from placet.domain.words import Kind, LimitSource, OrganizationStatus
from placet.entrypoints.portal.billing.limit_form import limit_form
from placet.entrypoints.portal.frame.answers import now, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, page
from placet.entrypoints.portal.orders import words
from placet.entrypoints.portal.partners.buyer_forms import DetailsForm, TermsForm
from placet.entrypoints.portal.partners.contacts import Forms, contacts_shown, new_contact_form
from placet.entrypoints.portal.partners.places import (
    CUSTOMERS,
    PARTNERS,
    below,
    place_of,
    price_lists,
    terms_of,
)

SHOWN: Final = 5
BELOW: Final = 200


@page(kinds=SELLERS)
def shown(request: HttpRequest, caller: Caller, organization: UUID) -> HttpResponse:
    """One organization below the caller."""
    partner = below(caller, organization)
    place = place_of(partner)
    if request.resolver_match and request.resolver_match.url_name != place.name:
        return HttpResponseRedirect(place.address(organization))
    return page_of(request, caller, partner)


def page_of(
    request: HttpRequest, caller: Caller, partner: Partner, said: Forms | None = None, status: int = 200
) -> HttpResponse:
    """The page; `said` are forms that came back with errors, by the name of their dialog."""
    place, page_ = place_of(partner), read_buyer(partner=partner, by=caller.actor, shown=SHOWN, at=now())
    orders = [_order(order, caller) for order in page_.orders]
    context = {
        "partner": partner,
        "place": place,
        "page": page_,
        "orders": orders,
        "costs": any("total_cost" in each["order"] for each in orders),
        "counted": COUNTED,
        "below": _below_it(partner),
        "may_order": caller.may(Permission.ORDER),
        **(_direct(caller, partner, page_, said or {}) if partner.managed else {}),
    }
    return show(request, "portal/buyer.html", context, status=status)


def _order(order: Order, caller: Caller) -> dict[str, Any]:
    """As this seller may see it (R2)."""
    shown_ = view.render(order, caller.actor)
    return {"order": shown_, "label": words.label(shown_), "look": words.look(shown_)}


def _below_it(partner: Partner) -> list[Any]:
    return [] if partner.party.kind is Kind.CUSTOMER else sellers_below(partner=partner, most=BELOW)


def _direct(caller: Caller, partner: Partner, page_: BuyerPage, said: Forms) -> dict[str, Any]:
    """What only a contract of the caller's own brings."""
    terms, id_ = partner.terms, partner.party.id
    assert terms is not None, "who buys from the caller has a contract with it"
    place = place_of(partner)
    verbs = ("approval", "limit", "terms", "status", "details", "contact-add")
    standing = terms.account.standing
    return {
        "terms": terms,
        "account": {
            name: _money(getattr(standing, name), terms.currency)
            for name in ("balance", "reserved", "available")
        }
        | {"limit": _money(getattr(standing.limit, "minor", None), terms.currency)},
        "by_default": terms.account.source is LimitSource.DEFAULT,
        "locked_by": locked_by(by=caller.actor) if terms.seller_by_card else None,
        "contacts": contacts_shown(partner, said, lambda one: place.act("contact", id_, one)),
        "acts": {verb.replace("-", "_"): place.act(verb, id_) for verb in verbs},
        "forms": _forms(caller, partner, said),
        "failed": {name.replace("-", "_"): True for name in said},
        "may_change": caller.may(Permission.ADMINISTER),
        "may_limit": caller.may(Permission.FINANCE),
        "settings": settings_seen(partner),
        "statuses": _statuses(partner, page_),
    }


def _money(minor: int | None, currency: str) -> money.Money | None:
    return None if minor is None else money.Money(minor, currency)


def _forms(caller: Caller, partner: Partner, said: Forms) -> Forms:
    return {
        "limit": said.get("limit") or limit_form(terms_of(partner)),
        "terms": said.get("terms") or terms_form(caller, partner),
        "details": said.get("details") or details_form(partner),
        "contact_add": said.get("contact-add") or new_contact_form(),
    }


def terms_form(caller: Caller, partner: Partner, typed: Any = None) -> TermsForm:  # noqa: ANN401 - a form's data
    """The form with what stands, or as it was sent."""
    terms = terms_of(partner)
    initial = {
        "payment_method": terms.payment_method.value,
        "price_list": str(terms.price_list.id) if terms.price_list else "",
    }
    lists = price_lists(caller, currency=terms.currency)
    return TermsForm(typed, initial=initial, lists=lists, auto_id="id_terms_%s")


def details_form(partner: Partner, typed: Any = None) -> DetailsForm:  # noqa: ANN401 - a form's data
    """The form with what stands, or as it was sent."""
    settings = settings_seen(partner)
    initial = {
        "name": partner.party.name,
        "country": partner.country,
        "external_id": partner.external_id or "",
        "multi_tier_approval": bool(settings and settings.multi_tier_approval),
    }
    return DetailsForm(typed, initial=initial, kind=partner.party.kind, auto_id="id_details_%s")


@dataclass(frozen=True, slots=True)
class StatusChoice:
    """Another status that it can be given, and what happens then (R72)."""

    status: str
    title: str
    words: str
    stops: bool


def _statuses(partner: Partner, page_: BuyerPage) -> list[StatusChoice]:
    name, waiting = partner.party.name, page_.waiting
    counted = f"{COUNTED}+" if waiting >= COUNTED else str(waiting)
    cancelled = (
        _("No order that waits has it in its chain.")
        if not waiting
        else _(
            "Orders that wait with it in their chain (%(count)s) are cancelled; what has begun is finished."
        )
        % {"count": counted}
    )
    rest = _("Nothing new can be ordered through it. Its subscriptions go on.")
    known = {
        OrganizationStatus.ACTIVE: StatusChoice(
            "active", _("Activate"), _("%(name)s may order again.") % {"name": name}, stops=False
        ),
        OrganizationStatus.SUSPENDED: StatusChoice(
            "suspended", _("Suspend"), f"{rest} {cancelled}", stops=True
        ),
        OrganizationStatus.BLOCKED: StatusChoice(
            "blocked", _("Block"), f"{_('Nobody of it can sign in any more.')} {rest} {cancelled}", stops=True
        ),
    }
    return [choice for status, choice in known.items() if status is not partner.party.status]


urls = [path(f"{place.path}/<uuid:organization>", shown, name=place.name) for place in (CUSTOMERS, PARTNERS)]

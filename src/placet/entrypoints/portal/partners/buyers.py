"""A customer's page (R100), and a partner's: what the caller and one organization below it have with one
another, and what the caller changes of it. Whoever it sells to only through others it sees as who they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from placet.actions.add_organization import add_organization
from placet.actions.change_contacts import add_contact, change_contact, contacts_seen
from placet.actions.change_contract import change_contract
from placet.actions.change_organization import OrganizationWishes, change_organization
from placet.actions.change_settings import change_settings, settings_seen
from placet.actions.list_buyers import locked_by
from placet.actions.read_buyer import COUNTED, BuyerPage, read_buyer, sellers_below
from placet.domain import money, view
from placet.domain.order import Order
from placet.domain.own_settings import SettingWishes
from placet.domain.parties import Permission
from placet.domain.partners import Partner
from placet.domain.refusals import Refusal
from placet.domain.terms import Wishes
from placet.domain.words import Kind, LimitSource, OrganizationStatus, PaymentMethod
from placet.entrypoints.portal.frame import amounts
from placet.entrypoints.portal.frame.answers import done, into, now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, act, page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.orders import words
from placet.entrypoints.portal.partners.buyer_forms import (
    ContactForm,
    DetailsForm,
    LimitForm,
    NewBuyerForm,
    StatusForm,
    TermsForm,
)
from placet.storage import catalog, db, partners

SHOWN: Final = 5
BELOW: Final = 200
LISTS: Final = 500

Forms = dict[str, Form]


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


# The page -----------------------------------------------------------------------------------


@page(kinds=SELLERS)
def shown(request: HttpRequest, caller: Caller, organization: UUID) -> HttpResponse:
    """One organization below the caller."""
    partner = _below(caller, organization)
    place = place_of(partner)
    if request.resolver_match and request.resolver_match.url_name != place.name:
        return HttpResponseRedirect(place.address(organization))
    return _page(request, caller, partner)


def _below(caller: Caller, organization: UUID) -> Partner:
    found = partners.seen(caller.organization.id, str(organization))
    if found is None or found.tier is None:
        raise Http404
    return found


def _page(
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
    contacts = contacts_seen(partner)
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
        "contacts": [
            {
                "known": known,
                "address": place.act("contact", id_, known.id),
                "form": said.get(f"contact-{known.id}") or _contact_form(known.contact, str(known.id)),
                "failed": f"contact-{known.id}" in said,
            }
            for known in contacts
        ],
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
        "limit": said.get("limit") or _limit_form(partner),
        "terms": said.get("terms") or _terms_form(caller, partner),
        "details": said.get("details") or _details_form(partner),
        "contact_add": said.get("contact-add") or ContactForm(auto_id="id_new_%s"),
    }


def _limit_form(partner: Partner) -> LimitForm:
    terms = _terms(partner)
    limit = getattr(terms.account.standing.limit, "minor", None)
    if terms.account.source is LimitSource.DEFAULT:
        return LimitForm(initial={"kind": "default"}, auto_id="id_limit_%s")
    if limit is None:
        return LimitForm(initial={"kind": "unlimited"}, auto_id="id_limit_%s")
    initial = {"kind": "amount", "credit_limit": amounts.typed(limit, terms.currency)}
    return LimitForm(initial=initial, auto_id="id_limit_%s")


def _terms(partner: Partner) -> Any:  # noqa: ANN401 - mypy knows them by the next line
    assert partner.terms is not None, "asked of who buys from the caller"
    return partner.terms


def _terms_form(caller: Caller, partner: Partner, typed: Any = None) -> TermsForm:  # noqa: ANN401 - a form's data
    terms = _terms(partner)
    initial = {
        "payment_method": terms.payment_method.value,
        "price_list": str(terms.price_list.id) if terms.price_list else "",
    }
    lists = price_lists(caller, currency=terms.currency)
    return TermsForm(typed, initial=initial, lists=lists, auto_id="id_terms_%s")


def price_lists(caller: Caller, currency: str | None = None) -> list[tuple[str, str]]:
    """The caller's lists to choose from, of one currency or of all."""
    rows = catalog.price_lists(caller.organization.id, None, LISTS)
    return [
        (str(row["id"]), f"{row['name'] or row['ref'] or row['id']} ({row['currency']})")
        for row in rows
        if currency in (None, row["currency"])
    ]


def _details_form(partner: Partner, typed: Any = None) -> DetailsForm:  # noqa: ANN401 - a form's data
    settings = settings_seen(partner)
    initial = {
        "name": partner.party.name,
        "country": partner.country,
        "external_id": partner.external_id or "",
        "multi_tier_approval": bool(settings and settings.multi_tier_approval),
    }
    return DetailsForm(typed, initial=initial, kind=partner.party.kind, auto_id="id_details_%s")


def _contact_form(contact: Any, key: str, typed: Any = None) -> ContactForm:  # noqa: ANN401 - a form's data
    initial = {
        "name": contact.name,
        "email": contact.email,
        "roles": [role.value for role in contact.roles],
        "active": contact.active,
    }
    return ContactForm(typed, initial=initial, auto_id=f"id_{key}_%s")


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


# Acts ---------------------------------------------------------------------------------------


@act(kinds=SELLERS, may=Permission.ADMINISTER)
def approval(request: HttpRequest, caller: Caller, organization: UUID) -> HttpResponse:
    """R20: the toggle of one."""
    partner = _below(caller, organization)
    on = request.POST.get("order_approval") == "on"
    said = (
        _("You approve each order of %(name)s from now on.")
        if on
        else _("Orders of %(name)s go straight to the checks from now on.")
    )
    return _changed(request, caller, partner, OrganizationWishes(order_approval=on), said)


@act(kinds=SELLERS, may=Permission.ADMINISTER)
def status(request: HttpRequest, caller: Caller, organization: UUID) -> HttpResponse:
    """R72: active, suspended or blocked."""
    partner = _below(caller, organization)
    form = StatusForm(request.POST)
    if not form.is_valid():
        return refused(request, Refusal("invalid"), to=place_of(partner).address(organization))
    wished = OrganizationStatus(form.cleaned_data["status"])
    said = {
        OrganizationStatus.ACTIVE: _("%(name)s is active."),
        OrganizationStatus.SUSPENDED: _("%(name)s is suspended: nothing new is ordered through it."),
        OrganizationStatus.BLOCKED: _("%(name)s is blocked: nobody of it can sign in."),
        OrganizationStatus.NEW: _("%(name)s is new."),
    }[wished]
    return _changed(request, caller, partner, OrganizationWishes(status=wished), said)


def _changed(
    request: HttpRequest, caller: Caller, partner: Partner, wishes: OrganizationWishes, said: str
) -> HttpResponse:
    to = place_of(partner).address(partner.party.id)
    became = change_organization(name=str(partner.party.id), by=caller.actor, wishes=wishes, at=now())
    if isinstance(became, Refusal):
        return refused(request, _as_told(became), to=to)
    return done(request, said % {"name": partner.party.name}, to=to)


@act(kinds=SELLERS, may=Permission.FINANCE)
def limit(request: HttpRequest, caller: Caller, organization: UUID) -> HttpResponse:
    """R61: the credit limit, and why."""
    partner = _own(caller, organization)
    form = LimitForm(request.POST, auto_id="id_limit_%s")
    wishes = lambda: Wishes(credit_limit=form.wish, reason=form.cleaned_data["reason"])  # noqa: E731
    return _contract_changed(
        request, caller, partner, "limit", form, wishes, _("The credit limit of %(name)s is changed.")
    )


@act(kinds=SELLERS, may=Permission.ADMINISTER)
def terms(request: HttpRequest, caller: Caller, organization: UUID) -> HttpResponse:
    """R4, R22: payment method and price list."""
    partner = _own(caller, organization)
    form = _terms_form(caller, partner, request.POST)

    def wishes() -> Wishes:
        said = form.cleaned_data
        return Wishes(
            payment_method=PaymentMethod(said["payment_method"]), price_list=said["price_list"] or None
        )

    return _contract_changed(
        request, caller, partner, "terms", form, wishes, _("The terms of %(name)s are changed.")
    )


def _contract_changed(  # noqa: PLR0913, PLR0917 - a form, what is meant by it, and what is said then
    request: HttpRequest,
    caller: Caller,
    partner: Partner,
    name: str,
    form: Form,
    wishes: Callable[[], Wishes],
    said: str,
) -> HttpResponse:
    if form.is_valid():
        became = change_contract(contract=_terms(partner).id, by=caller.actor, wishes=wishes(), at=now())
        if not isinstance(became, Refusal):
            to = place_of(partner).address(partner.party.id)
            return done(request, said % {"name": partner.party.name}, to=to)
        into(form, _as_told(became))
    return _page(request, caller, partner, {name: form}, status=422)


def _as_told(refusal: Refusal) -> Refusal:
    """A seller reads of its buyer's missing card, not of a card of its own (R22)."""
    if refusal.code == "no_active_token":
        return Refusal(
            refusal.code, _("It has stored no card that can be charged: it does that in its settings first.")
        )
    return refusal


def _own(caller: Caller, organization: UUID) -> Partner:
    partner = _below(caller, organization)
    if partner.terms is None or not partner.managed:
        raise Http404
    return partner


@act(kinds=SELLERS, may=Permission.ADMINISTER)
def details(request: HttpRequest, caller: Caller, organization: UUID) -> HttpResponse:
    """Name, country, number in the seller's ERP, and whether it has multi-tier approval (R23)."""
    partner = _own(caller, organization)
    form = _details_form(partner, request.POST)
    refusal = _detailed(caller, partner, form) if form.is_valid() else None
    if refusal:
        into(form, refusal)
    if form.errors:
        return _page(request, caller, partner, {"details": form}, status=422)
    return done(request, _("Saved."), to=place_of(partner).address(organization))


def _detailed(caller: Caller, partner: Partner, form: Form) -> Refusal | None:
    said, name = form.cleaned_data, str(partner.party.id)
    wishes = OrganizationWishes(external_id=said["external_id"] or None)
    became = change_organization(name=name, by=caller.actor, wishes=wishes, at=now())
    if isinstance(became, Refusal):
        return became
    settings = {key: said[key] for key in ("name", "country", "multi_tier_approval") if key in said}
    after = change_settings(name=name, by=caller.actor, wishes=SettingWishes(**settings))
    return after if isinstance(after, Refusal) else None


@act(kinds=SELLERS, may=Permission.ADMINISTER)
def contact_add(request: HttpRequest, caller: Caller, organization: UUID) -> HttpResponse:
    """One more person to write to."""
    partner = _own(caller, organization)
    form = ContactForm(request.POST, auto_id="id_new_%s")
    if form.is_valid():
        became = add_contact(name=str(organization), by=caller.actor, contact=form.contact)
        if not isinstance(became, Refusal):
            return done(request, _("Contact added."), to=place_of(partner).address(organization))
        into(form, became)
    return _page(request, caller, partner, {"contact-add": form}, status=422)


@act(kinds=SELLERS, may=Permission.ADMINISTER)
def contact(request: HttpRequest, caller: Caller, organization: UUID, id_: UUID) -> HttpResponse:
    """A contact, as it is from now on."""
    partner = _own(caller, organization)
    if id_ not in {known.id for known in contacts_seen(partner)}:
        raise Http404
    form = ContactForm(request.POST, auto_id=f"id_{id_}_%s")
    if form.is_valid():
        became = change_contact(name=str(organization), by=caller.actor, id_=id_, contact=form.contact)
        to = place_of(partner).address(organization)
        if isinstance(became, Refusal):
            return refused(request, became, to=to)
        return done(request, _("Contact saved."), to=to)
    return _page(request, caller, partner, {f"contact-{id_}": form}, status=422)


# A new one ----------------------------------------------------------------------------------


@page(kinds=SELLERS, may=Permission.ADMINISTER)
def add_customer(request: HttpRequest, caller: Caller) -> HttpResponse:
    """A new customer, with its contract."""
    return _added(request, caller, CUSTOMERS)


@page(kinds=SELLERS, may=Permission.ADMINISTER)
def add_partner(request: HttpRequest, caller: Caller) -> HttpResponse:
    """A new partner that sells on, with its contract."""
    return _added(request, caller, PARTNERS)


def _added(request: HttpRequest, caller: Caller, place: Place) -> HttpResponse:
    lists = price_lists(caller)
    typed = request.POST if request.method == "POST" else None
    initial = {"time_zone": caller.membership.time_zone}
    form = NewBuyerForm(typed, initial=initial, customer=place is CUSTOMERS, lists=lists)
    if form.is_bound and form.is_valid():
        became = add_organization(stated=_stated(form.cleaned_data, caller, place), by=caller.actor, at=now())
        if not isinstance(became, Refusal):
            said = _("%(name)s is added.") % {"name": became.party.name}
            return done(request, said, to=place.address(became.party.id))
        into(form, _in_words(became))
    context = {"form": form, "place": place, "no_lists": not lists, "customer": place is CUSTOMERS}
    return show(request, "portal/buyer_add.html", context, status=422 if form.is_bound else 200)


def _in_words(refusal: Refusal) -> Refusal:
    """What a world file's author reads about a number that is taken, a person reads as this."""
    errors = dict(refusal.facts.get("errors", {}))
    if "external_id" not in errors:
        return refusal
    return Refusal(
        refusal.code,
        facts={"errors": errors | {"external_id": _("It is the number of another of your buyers.")}},
    )


def _stated(said: dict[str, Any], caller: Caller, place: Place) -> dict[str, Any]:
    """As an entry of a world file would say it."""
    listed = catalog.price_list(caller.organization.id, said["price_list"])
    id_ = db.new_id()
    limits = {"default": None, "unlimited": "unlimited", "amount": said["credit_limit"]}
    contract = {
        "seller": str(caller.organization.id),
        "currency": listed["currency"] if listed else "",
        "price_list": said["price_list"],
        "payment_method": said["payment_method"],
        "tax_rate": said["tax_rate"],
        "payment_days": said["payment_days"],
        "order_approval": said["order_approval"],
    }
    if limits[said["limit"]] is not None:
        contract["credit_limit"] = limits[said["limit"]]
    stated: dict[str, Any] = {
        "ref": f"{slugify(said['name'])[:60] or place.name}-{id_.hex[-8:]}",
        "name": said["name"],
        "kind": said.get("kind") or Kind.CUSTOMER.value,
        "contract": contract,
        "multi_tier_approval": bool(said.get("multi_tier_approval")),
        "time_zone": said.get("time_zone") or caller.membership.time_zone,
    }
    optional = {"country": said["country"], "external_id": said["external_id"]}
    stated |= {name: value for name, value in optional.items() if value}
    if said["contact_name"]:
        roles = ["primary", "bill_to"]
        stated["contacts"] = [{"name": said["contact_name"], "email": said["contact_email"], "roles": roles}]
    return stated


def _urls(place: Place, add: Callable[..., HttpResponse]) -> list[URLPattern]:
    one = f"{place.path}/<uuid:organization>"
    return [
        path(f"{place.path}/add", add, name=f"{place.name}-add"),
        path(one, shown, name=place.name),
        path(f"{one}/approval", approval, name=f"{place.name}-approval"),
        path(f"{one}/limit", limit, name=f"{place.name}-limit"),
        path(f"{one}/terms", terms, name=f"{place.name}-terms"),
        path(f"{one}/status", status, name=f"{place.name}-status"),
        path(f"{one}/details", details, name=f"{place.name}-details"),
        path(f"{one}/contacts", contact_add, name=f"{place.name}-contact-add"),
        path(f"{one}/contacts/<uuid:id_>", contact, name=f"{place.name}-contact"),
    ]


urls = [*_urls(CUSTOMERS, add_customer), *_urls(PARTNERS, add_partner)]

"""What a seller changes of one of its buyers: toggle, status, limit, terms, details, contacts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from placet.actions.change_contract import change_contract
from placet.actions.change_organization import OrganizationWishes, change_organization
from placet.actions.change_settings import change_settings
from placet.domain.own_settings import SettingWishes
from placet.domain.parties import Permission
from placet.domain.partners import Partner
from placet.domain.refusals import Refusal
from placet.domain.terms import Wishes
from placet.domain.words import OrganizationStatus, PaymentMethod
from placet.entrypoints.portal.billing.limit_form import limit_form
from placet.entrypoints.portal.frame.answers import done, into, now, refused
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, act
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.standing import StandingForm, saved
from placet.entrypoints.portal.partners.buyer import details_form, page_of, terms_form
from placet.entrypoints.portal.partners.buyer_forms import StatusForm
from placet.entrypoints.portal.partners.contacts import Contacts
from placet.entrypoints.portal.partners.places import CUSTOMERS, PARTNERS, below, own, place_of, terms_of


@act(kinds=SELLERS, may=Permission.ADMINISTER)
def approval(request: HttpRequest, caller: Caller, organization: UUID) -> HttpResponse:
    """R20: the toggle of one."""
    partner = below(caller, organization)
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
    partner = below(caller, organization)
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
    partner = own(caller, organization)
    form = limit_form(terms_of(partner), request.POST)
    wishes = lambda: Wishes(credit_limit=form.wish, reason=form.cleaned_data["reason"])  # noqa: E731
    change = Change("limit", form, lambda partner: limit_form(terms_of(partner)), wishes)
    return _contract_changed(request, caller, partner, change, _("The credit limit of %(name)s is changed."))


@act(kinds=SELLERS, may=Permission.ADMINISTER)
def terms(request: HttpRequest, caller: Caller, organization: UUID) -> HttpResponse:
    """R4, R22: payment method and price list."""
    partner = own(caller, organization)
    form = terms_form(caller, partner, request.POST)

    def wishes() -> Wishes:
        said = form.cleaned_data
        return Wishes(
            payment_method=PaymentMethod(said["payment_method"]), price_list=said["price_list"] or None
        )

    change = Change("terms", form, lambda partner: terms_form(caller, partner), wishes)
    return _contract_changed(request, caller, partner, change, _("The terms of %(name)s are changed."))


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the contract: its dialog, the form as it was sent, how it is made of what stands, and what
    is wished for by it."""

    dialog: str
    form: StandingForm
    fresh: Callable[[Partner], StandingForm]
    wishes: Callable[[], Wishes]


def _contract_changed(
    request: HttpRequest, caller: Caller, partner: Partner, change: Change, said: str
) -> HttpResponse:
    form, id_ = change.form, partner.party.id
    if form.is_valid():
        became = saved(
            form,
            stands=lambda: change.fresh(own(caller, id_)),
            save=lambda: change_contract(
                contract=terms_of(partner).id, by=caller.actor, wishes=change.wishes(), at=now()
            ),
        )
        if not isinstance(became, Refusal):
            return done(request, said % {"name": partner.party.name}, to=place_of(partner).address(id_))
        into(form, _as_told(became))
    return page_of(request, caller, partner, {change.dialog: form}, status=422)


def _as_told(refusal: Refusal) -> Refusal:
    """A seller reads of its buyer's missing card, not of a card of its own (R22)."""
    if refusal.code == "no_active_token":
        return Refusal(
            refusal.code, _("It has stored no card that can be charged: it does that in its settings first.")
        )
    return refusal


@act(kinds=SELLERS, may=Permission.ADMINISTER)
def details(request: HttpRequest, caller: Caller, organization: UUID) -> HttpResponse:
    """Name, country, number in the seller's ERP, and whether it has multi-tier approval (R23)."""
    partner = own(caller, organization)
    form = details_form(partner, request.POST)
    if form.is_valid():
        became = saved(
            form,
            stands=lambda: details_form(own(caller, organization)),
            save=lambda: _detailed(caller, partner, form),
        )
        if not isinstance(became, Refusal):
            return done(request, _("Saved."), to=place_of(partner).address(organization))
        into(form, became)
    return page_of(request, caller, partner, {"details": form}, status=422)


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
    return _contacts(request, caller, organization).added(request, caller.actor)


@act(kinds=SELLERS, may=Permission.ADMINISTER)
def contact(request: HttpRequest, caller: Caller, organization: UUID, id_: UUID) -> HttpResponse:
    """A contact, as it is from now on."""
    return _contacts(request, caller, organization).changed(request, caller.actor, id_)


def _contacts(request: HttpRequest, caller: Caller, organization: UUID) -> Contacts:
    partner = own(caller, organization)
    return Contacts(
        partner,
        place_of(partner).address(organization),
        again=lambda said: page_of(request, caller, partner, said, status=422),
    )


VERBS: Final[Mapping[str, tuple[str, Callable[..., HttpResponse]]]] = {
    "approval": ("approval", approval),
    "limit": ("limit", limit),
    "terms": ("terms", terms),
    "status": ("status", status),
    "details": ("details", details),
    "contact-add": ("contacts", contact_add),
    "contact": ("contacts/<uuid:id_>", contact),
}

urls = [
    path(f"{place.path}/<uuid:organization>/{end}", view, name=f"{place.name}-{verb}")
    for place in (CUSTOMERS, PARTNERS)
    for verb, (end, view) in VERBS.items()
]

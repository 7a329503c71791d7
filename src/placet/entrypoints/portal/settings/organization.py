"""An organization's own settings: who it is, whom to write to, how it pays its seller, and what it decides as
a seller itself. What is its seller's to set stands here too, and says so."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from placet.actions.change_contacts import add_contact, change_contact, contacts_seen
from placet.actions.change_settings import change_settings, may_change, settings_seen
from placet.actions.change_tokens import Cards, add_token, cards_seen, remove_token
from placet.domain import money
from placet.domain.own_settings import LONGEST_OFFER, SettingWishes
from placet.domain.parties import Permission
from placet.domain.partners import Partner
from placet.domain.refusals import NO_ACTIVE_TOKEN, Refusal
from placet.domain.terms import Terms
from placet.domain.validating import Token
from placet.domain.words import ApprovalOrder, CardGateway, Kind, PaymentMethod
from placet.entrypoints.portal.frame.answers import done, into, now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, act, page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.partners import countries
from placet.entrypoints.portal.partners.buyer_forms import ContactForm
from placet.entrypoints.portal.sign_in.profile import time_zones
from placet.storage import partners

HOME: Final = "organization-settings"


class OwnForm(Form):
    """Who it is."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    country = forms.ChoiceField(label=gettext_lazy("Country"), required=False, choices=countries.one)
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=lambda: [(each, each) for each in time_zones()],
        help_text=gettext_lazy("Its days are those of your invoices and due dates."),
    )


class SellingForm(Form):
    """What it decides as a seller; the first two count for orders that end at it (R5, R27)."""

    offer_days = forms.IntegerField(
        label=gettext_lazy("Offers hold, in days"),
        min_value=0,
        max_value=LONGEST_OFFER,
        help_text=gettext_lazy("An order that still waits after that expires."),
    )
    approval_order = forms.ChoiceField(
        label=gettext_lazy("Who is asked when"),
        choices=[
            (ApprovalOrder.PARALLEL.value, gettext_lazy("Everyone at once")),
            (ApprovalOrder.BUYER_FIRST.value, gettext_lazy("One after the other, from the buyer up")),
        ],
    )
    multi_tier_approval = forms.BooleanField(
        label=gettext_lazy("Multi-tier approval"),
        required=False,
        help_text=gettext_lazy("Policies of your credit risk groups decide which orders need your yes."),
    )
    retry_when_credit_frees = forms.BooleanField(
        label=gettext_lazy("Try short orders again when credit frees"),
        required=False,
        help_text=gettext_lazy(
            "Orders that were short of credit with you are checked again once a buyer pays or may owe more."
        ),
    )

    def __init__(self, *args: Any, allowed: frozenset[str], **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - allowed:
            del self.fields[name]


class CardForm(Form):
    """A card of the sandbox, which no money stands behind."""

    reference = forms.CharField(
        label=gettext_lazy("Sandbox card"),
        max_length=200,
        help_text=gettext_lazy("tok_ok pays, tok_declined is declined. No real card number belongs here."),
    )
    expires = forms.RegexField(
        r"^20[0-9]{2}-(0[1-9]|1[0-2])$",
        label=gettext_lazy("Good to the end of"),
        widget=forms.TextInput({"type": "month", "placeholder": "2030-12"}),
        error_messages={"invalid": gettext_lazy("A month, like 2030-12.")},
    )


@page()
def shown(request: HttpRequest, caller: Caller) -> HttpResponse:
    """All of it."""
    return _page(request, caller, {})


def _page(request: HttpRequest, caller: Caller, said: dict[str, Form], status: int = 200) -> HttpResponse:
    """The page; `said` are forms that came back with errors."""
    partner, settings = _own(caller), None
    settings = settings_seen(partner)
    assert settings is not None, "one sees its own settings"
    allowed, initial = may_change(partner), {name: getattr(settings, name) for name in settings.__slots__}
    context = {
        "partner": partner,
        "settings": settings,
        "allowed": allowed,
        "own_form": said.get("own") or OwnForm(initial=initial, auto_id="id_own_%s"),
        "selling_form": said.get("selling")
        or SellingForm(initial=initial, allowed=allowed, auto_id="id_selling_%s"),
        "contacts": _contacts(partner, said),
        "contact_form": said.get("contact-add") or ContactForm(auto_id="id_new_%s"),
        "card_form": said.get("card") or CardForm(auto_id="id_card_%s"),
        "failed": {name.replace("-", "_"): True for name in said},
        "may_change": caller.may(Permission.ADMINISTER),
        "may_pay": caller.may(Permission.FINANCE),
        "sells": caller.kind is not Kind.CUSTOMER,
        "place": {"name": "own"},
        **_paying(caller, partner.terms),
    }
    return show(request, "portal/organization_settings.html", context, status=status)


def _own(caller: Caller) -> Partner:
    found = partners.seen(caller.organization.id, str(caller.organization.id))
    assert found is not None, "one sees oneself"
    return found


def _contacts(partner: Partner, said: dict[str, Form]) -> list[dict[str, Any]]:
    return [
        {
            "known": known,
            "address": reverse("own-contact", args=[known.id]),
            "form": said.get(f"contact-{known.id}") or _contact_form(known),
            "failed": f"contact-{known.id}" in said,
        }
        for known in contacts_seen(partner)
    ]


def _contact_form(known: Any) -> ContactForm:  # noqa: ANN401 - a contact and its id
    contact = known.contact
    initial = {"name": contact.name, "email": contact.email, "active": contact.active}
    roles = [role.value for role in contact.roles]
    return ContactForm(initial=initial | {"roles": roles}, auto_id=f"id_{known.id}_%s")


def _paying(caller: Caller, terms: Terms | None) -> dict[str, Any]:
    """How it pays, and whether its cards would do (R47)."""
    if terms is None:
        return {"terms": None}
    cards = cards_seen(contract=terms.id, by=caller.actor)
    assert isinstance(cards, Cards), "a buyer sees its own contract"
    today, standing = now().date(), terms.account.standing
    by_card = terms.payment_method is PaymentMethod.CREDIT_CARD
    return {
        "terms": terms,
        "account": {
            name: None if minor is None else money.Money(minor, terms.currency)
            for name, minor in {
                "limit": getattr(standing.limit, "minor", None),
                "balance": standing.balance,
                "reserved": standing.reserved,
                "available": standing.available,
            }.items()
        },
        "cards": [{"stored": each, "usable": each.token.good_at(today)} for each in cards.stored],
        "gateway": cards.gateway,
        "sandbox": cards.gateway is CardGateway.SANDBOX,
        "no_card": NO_ACTIVE_TOKEN if by_card and not cards.usable(today) else "",
    }


# Acts ---------------------------------------------------------------------------------------


@act(may=Permission.ADMINISTER)
def own(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Name, country, time zone."""
    return _settled(request, caller, "own", OwnForm(request.POST, auto_id="id_own_%s"))


@act(kinds=SELLERS, may=Permission.ADMINISTER)
def selling(request: HttpRequest, caller: Caller) -> HttpResponse:
    """What it decides as a seller."""
    form = SellingForm(request.POST, allowed=may_change(_own(caller)), auto_id="id_selling_%s")
    return _settled(request, caller, "selling", form)


def _settled(request: HttpRequest, caller: Caller, name: str, form: Form) -> HttpResponse:
    if form.is_valid():
        said = form.cleaned_data
        if "approval_order" in said:
            said["approval_order"] = ApprovalOrder(said["approval_order"])
        wishes, own_id = SettingWishes(**said), str(caller.organization.id)
        became = change_settings(name=own_id, by=caller.actor, wishes=wishes)
        if not isinstance(became, Refusal):
            return done(request, _("Saved."), to=reverse(HOME))
        into(form, became)
    return _page(request, caller, {name: form}, status=422)


@act(may=Permission.ADMINISTER)
def contact_add(request: HttpRequest, caller: Caller) -> HttpResponse:
    """One more person that Placet writes to."""
    form = ContactForm(request.POST, auto_id="id_new_%s")
    if form.is_valid():
        became = add_contact(name=str(caller.organization.id), by=caller.actor, contact=form.contact)
        if not isinstance(became, Refusal):
            return done(request, _("Contact added."), to=reverse(HOME))
        into(form, became)
    return _page(request, caller, {"contact-add": form}, status=422)


@act(may=Permission.ADMINISTER)
def contact(request: HttpRequest, caller: Caller, id_: UUID) -> HttpResponse:
    """A contact, as it is from now on."""
    if id_ not in {known.id for known in contacts_seen(_own(caller))}:
        raise Http404
    form = ContactForm(request.POST, auto_id=f"id_{id_}_%s")
    if form.is_valid():
        own_id = str(caller.organization.id)
        became = change_contact(name=own_id, by=caller.actor, id_=id_, contact=form.contact)
        if isinstance(became, Refusal):
            return refused(request, became, to=reverse(HOME))
        return done(request, _("Contact saved."), to=reverse(HOME))
    return _page(request, caller, {f"contact-{id_}": form}, status=422)


@act(may=Permission.FINANCE)
def card_add(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Stores a card of the sandbox. Those of a real gateway come by its own setup, never through a form."""
    terms = _contract(caller)
    form = CardForm(request.POST, auto_id="id_card_%s")
    cards = cards_seen(contract=terms.id, by=caller.actor)
    if isinstance(cards, Refusal) or cards.gateway is not CardGateway.SANDBOX:
        raise Http404
    if form.is_valid():
        said = form.cleaned_data
        token = Token(CardGateway.SANDBOX.value, said["reference"], said["expires"], active=True)
        became = add_token(contract=terms.id, by=caller.actor, token=token, at=now())
        if not isinstance(became, Refusal):
            return done(request, _("Card stored."), to=_payment())
        into(form, became)
    return _page(request, caller, {"card": form}, status=422)


@act(may=Permission.FINANCE)
def card_remove(request: HttpRequest, caller: Caller, token: UUID) -> HttpResponse:
    """Forgets a card."""
    refusal = remove_token(contract=_contract(caller).id, token=token, by=caller.actor)
    if refusal:
        return refused(request, refusal, to=_payment())
    return done(request, _("Card removed."), to=_payment())


def _contract(caller: Caller) -> Terms:
    terms = _own(caller).terms
    if terms is None:
        raise Http404
    return terms


def _payment() -> str:
    return f"{reverse(HOME)}#payment"


urls = [
    path("settings/organization", shown, name=HOME),
    path("settings/organization/details", own, name="own-details"),
    path("settings/organization/selling", selling, name="own-selling"),
    path("settings/organization/contacts", contact_add, name="own-contact-add"),
    path("settings/organization/contacts/<uuid:id_>", contact, name="own-contact"),
    path("settings/organization/cards", card_add, name="own-card-add"),
    path("settings/organization/cards/<uuid:token>/remove", card_remove, name="own-card-remove"),
]

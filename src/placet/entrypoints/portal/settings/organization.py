"""An organization's own settings: who it is, whom to write to, how it pays its seller, and what it decides as
a seller itself. What is its seller's to set stands here too, and says so."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django import forms
from django.conf import settings as django_settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
from placet.entrypoints.portal.frame import countries
from placet.entrypoints.portal.frame.answers import done, into, now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, act, page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.standing import StandingForm, saved
from placet.entrypoints.portal.frame.times import time_zones
from placet.entrypoints.portal.partners.contacts import Contacts, contacts_shown, new_contact_form
from placet.storage import partners

HOME: Final = "organization-settings"


class OwnForm(StandingForm):
    """Who it is."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    country = forms.ChoiceField(label=gettext_lazy("Country"), required=False, choices=countries.one)
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=lambda: [(each, each) for each in time_zones()],
        help_text=gettext_lazy("Its days are those of your invoices and due dates."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        choices=django_settings.LANGUAGES,
        help_text=gettext_lazy("Of mails to your contacts, and to people who chose none."),
    )


class SellingForm(StandingForm):
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
    partner = _own(caller)
    context = {
        "partner": partner,
        "settings": settings_seen(partner),
        "allowed": may_change(partner),
        "own_form": said.get("own") or _own_form(partner),
        "selling_form": said.get("selling") or _selling_form(partner),
        "contacts": contacts_shown(partner, said, lambda one: reverse("own-contact", args=[one])),
        "contact_form": said.get("contact-add") or new_contact_form(),
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


def _own_form(partner: Partner, sent: Any = None) -> OwnForm:  # noqa: ANN401 - Django's
    return OwnForm(sent, initial=_standing(partner), auto_id="id_own_%s")


def _selling_form(partner: Partner, sent: Any = None) -> SellingForm:  # noqa: ANN401 - Django's
    initial, allowed = _standing(partner), may_change(partner)
    return SellingForm(sent, initial=initial, allowed=allowed, auto_id="id_selling_%s")


def _standing(partner: Partner) -> dict[str, Any]:
    settings = settings_seen(partner)
    assert settings is not None, "one sees its own settings"
    return {name: getattr(settings, name) for name in settings.__slots__}


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
    """Name, country, time zone, language."""
    return _settled(request, caller, "own", _own_form)


@act(kinds=SELLERS, may=Permission.ADMINISTER)
def selling(request: HttpRequest, caller: Caller) -> HttpResponse:
    """What it decides as a seller."""
    return _settled(request, caller, "selling", _selling_form)


def _settled(
    request: HttpRequest, caller: Caller, name: str, made: Callable[..., StandingForm]
) -> HttpResponse:
    form = made(_own(caller), request.POST)
    if form.is_valid():
        wishes, own_id = _wishes(form.cleaned_data), str(caller.organization.id)
        became = saved(
            form,
            stands=lambda: made(_own(caller)),
            save=lambda: change_settings(name=own_id, by=caller.actor, wishes=wishes),
        )
        if not isinstance(became, Refusal):
            return done(request, _("Saved."), to=reverse(HOME))
        into(form, became)
    return _page(request, caller, {name: form}, status=422)


def _wishes(said: dict[str, Any]) -> SettingWishes:
    order = {"approval_order": ApprovalOrder(said["approval_order"])} if "approval_order" in said else {}
    return SettingWishes(**{**said, **order})


@act(may=Permission.ADMINISTER)
def contact_add(request: HttpRequest, caller: Caller) -> HttpResponse:
    """One more person that Placet writes to."""
    return _contacts(request, caller).added(request, caller.actor)


@act(may=Permission.ADMINISTER)
def contact(request: HttpRequest, caller: Caller, id_: UUID) -> HttpResponse:
    """A contact, as it is from now on."""
    return _contacts(request, caller).changed(request, caller.actor, id_)


def _contacts(request: HttpRequest, caller: Caller) -> Contacts:
    again = lambda said: _page(request, caller, said, status=422)  # noqa: E731
    return Contacts(_own(caller), reverse(HOME), again)


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

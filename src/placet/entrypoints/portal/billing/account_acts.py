"""What a seller does with an account (R61, R62, R65): books a payment, gives money back, sets the limit."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as translated

from placet.actions.change_contract import change_contract
from placet.actions.record_payment import record_payment
from placet.actions.refund_payment import RefundRequest, refund_payment
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.domain.terms import Wishes
from placet.entrypoints.portal.billing.account import shown
from placet.entrypoints.portal.billing.account_forms import (
    PAYMENT_ID,
    REFUND_ID,
    PaymentForm,
    RefundForm,
    offered_payments,
    payable,
)
from placet.entrypoints.portal.billing.account_seen import Viewed, own, standing
from placet.entrypoints.portal.billing.limit_form import limit_form
from placet.entrypoints.portal.frame.answers import done, into, now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.money import money_text
from placet.entrypoints.portal.frame.standing import saved
from placet.storage.billing import refundable
from placet.storage.facts import as_uuid


@page(kinds=SELLERS, may=Permission.FINANCE)
def pay(request: HttpRequest, caller: Caller, account: UUID) -> HttpResponse:
    """A payment booked: it lowers the balance at once and settles what is owed (R62, R65)."""
    viewed = own(caller, account)
    form = PaymentForm(request.POST if request.method == "POST" else None, auto_id=PAYMENT_ID)
    if request.method != "POST":
        return _alone(request, viewed, payable(form, viewed), "payment")
    if not form.is_valid():
        return shown(request, caller, viewed, {"payment": form}, open_now="payment")
    given = form.cleaned_data
    booked = record_payment(
        contract=viewed.terms.id,
        amount=given["amount"],
        invoice=(as_uuid(given["invoice"]) or UUID(int=0)) if given["invoice"] else None,
        note=given["note"],
        by=caller.actor,
        at=now(),
    )
    if isinstance(booked, Refusal):
        return _no(request, caller, viewed, form, "payment", booked)
    words = translated("%(amount)s recorded.") % {"amount": money_text(viewed.money(booked["amount_minor"]))}
    return done(request, words, viewed.address)


@page(kinds=SELLERS, may=Permission.FINANCE)
def give_back(request: HttpRequest, caller: Caller, account: UUID) -> HttpResponse:
    """Money given back; what a card paid, to the card (R65)."""
    viewed = own(caller, account)
    form = RefundForm(request.POST if request.method == "POST" else None, auto_id=REFUND_ID)
    if request.method != "POST":
        return _alone(request, viewed, offered_payments(form, viewed), "refund")
    if not form.is_valid():
        return shown(request, caller, viewed, {"refund": form}, open_now="refund")
    given = form.cleaned_data
    payment = (as_uuid(given["payment"]) or UUID(int=0)) if given["payment"] else None
    wanted = RefundRequest(viewed.terms.id, given["amount"], payment, given["reason"])
    made = refund_payment(request=wanted, by=caller.actor, at=now())
    if isinstance(made, Refusal):
        return _no(request, caller, viewed, form, "refund", made)
    amount = {"amount": money_text(viewed.money(made["amount_minor"]))}
    words = (
        translated("%(amount)s refunded.")
        if made["status"] == "done"
        else translated("%(amount)s goes back to the card as soon as its gateway has done it.")
    )
    return done(request, words % amount, viewed.address)


@page(kinds=SELLERS, may=Permission.FINANCE)
def set_limit(request: HttpRequest, caller: Caller, account: UUID) -> HttpResponse:
    """Another limit (R61); it counts at once and breaks nothing that is reserved."""
    viewed = own(caller, account)
    if request.method != "POST":
        return _alone(request, viewed, limit_form(viewed.terms), "limit")
    form = limit_form(viewed.terms, request.POST)
    if not form.is_valid():
        return shown(request, caller, viewed, {"limit": form}, open_now="limit")
    wishes = Wishes(credit_limit=form.wish, reason=form.cleaned_data["reason"])
    became = saved(
        form,
        stands=lambda: limit_form(own(caller, account).terms),
        save=lambda: change_contract(contract=viewed.terms.id, by=caller.actor, wishes=wishes, at=now()),
    )
    if isinstance(became, Refusal):
        return _no(request, caller, viewed, form, "limit", became)
    return done(request, translated("The credit limit was changed."), viewed.address)


def _no(  # noqa: PLR0913, PLR0917 - where the no is said
    request: HttpRequest, caller: Caller, viewed: Viewed, form: Form, dialog: str, refusal: Refusal
) -> HttpResponse:
    """Wrong input, or what changed meanwhile, comes back in its dialog; any other no is a toast."""
    if refusal.code not in {"invalid", "stale_version"}:
        return refused(request, refusal, viewed.address)
    into(form, refusal)
    return shown(request, caller, viewed, {dialog: form}, open_now=dialog)


def _alone(request: HttpRequest, viewed: Viewed, form: Form, dialog: str) -> HttpResponse:
    """The dialog as a page of its own, for whom no script opens it."""
    context = {
        "form": form,
        "dialog": dialog,
        "most": viewed.money(refundable(viewed.id, None) or 0),
        **standing(viewed),
    }
    return show(request, "portal/account_form.html", context)


urls = [
    path("accounts/<uuid:account>/payments/new", pay, name="account-pay"),
    path("accounts/<uuid:account>/refunds/new", give_back, name="account-refund"),
    path("accounts/<uuid:account>/limit", set_limit, name="account-limit"),
]

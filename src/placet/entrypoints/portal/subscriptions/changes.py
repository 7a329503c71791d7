"""What changes a subscription (R71), each by an order: more, fewer, another offer, a pause, its end."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from placet.actions import list_subscriptions
from placet.actions.change_subscription import (
    cancel_subscription,
    change_subscription,
    preview_cancel,
    preview_change,
    resume_subscription,
    suspend_subscription,
)
from placet.actions.list_subscriptions import Seen
from placet.domain import view
from placet.domain.order import Order
from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal
from placet.entrypoints.portal.frame.answers import done, into, now, refused, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import SELLERS, act, page
from placet.entrypoints.portal.frame.forms import Form
from placet.entrypoints.portal.frame.refusals import kindly
from placet.entrypoints.portal.frame.states import looks_of
from placet.entrypoints.portal.subscriptions.pages import read
from placet.storage.db import Row

LONGEST_REASON: Final = 500
MOST_QUANTITY: Final = 1_000_000


class ChangeForm(Form):
    """Another quantity, or another offer in its place."""

    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=MOST_QUANTITY)
    product = forms.ChoiceField(label=_("Offer"))

    def __init__(self, *args: Any, seen: Seen, offers: Iterable[Row], **kwargs: Any) -> None:  # noqa: ANN401
        own = seen.row["product"]
        self.own = str(own["id"])
        super().__init__(
            *args, **{"initial": {"quantity": seen.row["quantity"], "product": self.own}, **kwargs}
        )
        others = ((str(each["id"]), each["name"]) for each in offers if str(each["id"]) != self.own)
        offered = [(self.own, own["name"]), *sorted(others, key=lambda pair: pair[1])]
        self.fields["product"].choices = offered  # type: ignore[attr-defined]

    @property
    def wish(self) -> dict[str, Any]:
        """As the action takes it."""
        said_ = self.cleaned_data
        return {
            "quantity": said_["quantity"],
            "product": said_["product"] if said_["product"] != self.own else None,
        }


@page(may=Permission.ORDER)
def change(request: HttpRequest, caller: Caller, subscription: UUID) -> HttpResponse:
    """What is to be different, what that comes to, and then the order of it."""
    seen, at = read(caller, subscription), now()
    offers = list_subscriptions.replacements(by=caller.actor, seen=seen, at=at)
    asked = request.POST if request.method == "POST" else request.GET if "quantity" in request.GET else None
    form = ChangeForm(asked, seen=seen, offers=offers)
    if request.method == "POST" and form.is_valid():
        order = change_subscription(subscription=subscription, **form.wish, by=caller.actor, at=at)
        if isinstance(order, Order):
            return _ordered(request, order, caller.actor)
        if order.code != "invalid":
            return refused(request, order, to=reverse("subscription", args=[subscription]))
        into(form, order)
    preview = _previewed(form, caller.actor, subscription, at) if asked is not None else None
    context = {"seen": seen, "row": seen.row, "form": form, "preview": preview}
    status = 422 if request.method == "POST" else 200
    return show(request, "portal/subscription_change.html", context, status=status)


def _previewed(form: ChangeForm, by: Actor, subscription: UUID, at: datetime) -> dict[str, Any]:
    if not form.is_valid():
        return {"wrong": [error for errors in form.errors.values() for error in errors]}
    order = preview_change(subscription=subscription, **form.wish, by=by, at=at)
    if isinstance(order, Refusal):
        return {"wrong": _wrong(order)}
    return view.change_preview(order, by) | {"wish": form.cleaned_data}


def _wrong(refusal: Refusal) -> list[str]:
    return list(refusal.facts.get("errors", {}).values()) or [kindly(refusal)]


def _ordered(request: HttpRequest, order: Order, by: Actor) -> HttpResponse:
    seen = view.render(order, by)
    words = translated("%(number)s placed: %(status)s.")
    status = looks_of("order", seen["status"]).label
    return done(
        request,
        words % {"number": seen["number"], "status": status},
        to=reverse("subscription", args=[seen["change"]["subscription"]]),
    )


class CancelForm(Form):
    """When it is to end, and why."""

    when = forms.ChoiceField(
        label=_("When"),
        choices=[("period_end", ""), ("now", "")],
        widget=forms.RadioSelect,
        error_messages={"required": _("Please say when it is to end.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Kept with the order."),
    )


@page(may=Permission.ORDER)
def cancel(request: HttpRequest, caller: Caller, subscription: UUID) -> HttpResponse:
    """Its end: when, and what is given back; then the order of it."""
    seen, there = read(caller, subscription), reverse("subscription", args=[subscription])
    form = CancelForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        order = _cancelled(form, subscription, caller.actor)
        if isinstance(order, Order):
            return _ordered(request, order, caller.actor)
        if order.code != "invalid":
            return refused(request, order, to=there)
        into(form, order)
    at_once, late = (_end(subscription, caller.actor, at_period_end=late) for late in (False, True))
    if isinstance(at_once, Refusal):
        return refused(request, at_once, to=there)
    context = {
        "seen": seen,
        "row": seen.row,
        "form": form,
        "at_once": at_once,
        "late": isinstance(late, dict),
    }
    return show(request, "portal/subscription_cancel.html", context, status=422 if form.errors else 200)


def _cancelled(form: CancelForm, subscription: UUID, by: Actor) -> Order | Refusal:
    said_ = form.cleaned_data
    late = said_["when"] == "period_end"
    return cancel_subscription(
        subscription=subscription, at_period_end=late, reason=said_["reason"], by=by, at=now()
    )


def _end(subscription: UUID, by: Actor, *, at_period_end: bool) -> dict[str, Any] | Refusal:
    """What is given back where, by its order."""
    order = preview_cancel(subscription=subscription, at_period_end=at_period_end, by=by, at=now())
    if isinstance(order, Refusal):
        return order
    read = view.change_preview(order, by)
    return {name: read[name] | {"amount": read[name]["amount"].lstrip("-")} for name in BACK if name in read}


BACK: Final = ("total_amount", "total_cost")


class PauseForm(Form):
    """Why it is suspended."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Everybody of the chain may read it."),
    )


@page(kinds=SELLERS, may=Permission.ORDER)
def suspend(request: HttpRequest, caller: Caller, subscription: UUID) -> HttpResponse:
    """A pause: why, and then the order of it."""
    seen = read(caller, subscription)
    form = PauseForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        reason = form.cleaned_data["reason"]
        return _did(request, caller, subscription, lambda **who: suspend_subscription(reason=reason, **who))
    context = {"seen": seen, "row": seen.row, "form": form}
    return show(request, "portal/subscription_suspend.html", context, status=422 if form.errors else 200)


@act(kinds=SELLERS, may=Permission.ORDER)
def resume(request: HttpRequest, caller: Caller, subscription: UUID) -> HttpResponse:
    """The end of a pause."""
    return _did(request, caller, subscription, resume_subscription)


def _did(
    request: HttpRequest, caller: Caller, subscription: UUID, does: Callable[..., Order | Refusal]
) -> HttpResponse:
    order = does(subscription=subscription, by=caller.actor, at=now())
    if isinstance(order, Refusal):
        return refused(request, order, to=reverse("subscription", args=[subscription]))
    return _ordered(request, order, caller.actor)


urls = [
    path("subscriptions/<uuid:subscription>/change", change, name="subscription-change"),
    path("subscriptions/<uuid:subscription>/cancel", cancel, name="subscription-cancel"),
    path("subscriptions/<uuid:subscription>/suspend", suspend, name="subscription-suspend"),
    path("subscriptions/<uuid:subscription>/resume", resume, name="subscription-resume"),
]

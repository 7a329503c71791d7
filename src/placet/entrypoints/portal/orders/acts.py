"""What people do to an order on pages: each verb of spec §8 as a form that is sent."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from placet.actions import approve_order, cancel_order, execute_order, reject_order, retry_order
from placet.domain import view
from placet.domain.order import Order
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.verbs import ROLES_FOR, Verb
from placet.entrypoints.portal.frame.answers import back, done, now, refused
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import act
from placet.entrypoints.portal.frame.money import money_text
from placet.entrypoints.portal.frame.times import ago_text
from placet.entrypoints.portal.orders import words
from placet.entrypoints.portal.orders.dialogs import Reason
from placet.entrypoints.portal.orders.pages import order_page, seen, told
from placet.storage.facts import as_uuid

STALE = frozenset({"already_decided", "order_closed", "wrong_status"})
"""Refusals that mean somebody else was quicker."""


@act(may=ROLES_FOR[Verb.APPROVE])
def approve(request: HttpRequest, caller: Caller, order_id: UUID) -> HttpResponse:
    """The caller's yes; said before, nothing changes and who said it is told."""
    at = now()
    comment = request.POST.get("comment", "").strip()[:4000]
    became = approve_order.approve_order(order_id=order_id, by=caller.actor, comment=comment, at=at)
    if isinstance(became, Order) and not decided_now(became, caller.actor, at):
        return too_late(request, caller, became)
    return answered(request, caller, order_id, became, approved_words)


def decided_now(order: Order, by: Actor, at: datetime) -> bool:
    """Whether the caller's step was decided just then, and not by somebody before."""
    place = order.place_of(by.organization)
    step = None if place is None else order.step_at(place)
    return bool(step and step.decision and step.decision.at == at)


def approved_words(order: Order, caller: Caller) -> str:
    """What became of it with the yes."""
    number = {"number": order.number}
    match view.render(order, caller.actor):
        case {"status": "unexecuted"} if short := view.shortfall(order, caller.organization.id):
            facts = {**number, "amount": money_text(short)}
            return _("%(number)s approved. It is %(amount)s short of credit, so it stays unexecuted.") % facts
        case {"status": "pending_approval", "payment": {"status": "in_progress"}}:
            return _("%(number)s approved. The card is being charged now.") % number
        case {"status": "pending_approval", "warning": str(warning)}:
            return warning
        case {"status": "submitted"}:
            return _("%(number)s approved. All checks passed, it is being executed.") % number
    return _("%(number)s approved.") % number


@act(may=ROLES_FOR[Verb.RETRY])
def retry(request: HttpRequest, caller: Caller, order_id: UUID) -> HttpResponse:
    """Accepted again: validation from the start (R44)."""
    became = retry_order.retry_order(order_id=order_id, by=caller.actor, at=now())
    return answered(request, caller, order_id, became, _retried)


def _retried(order: Order, caller: Caller) -> str:
    return _("%(number)s: %(status)s.") % {
        "number": order.number,
        "status": words.label(view.render(order, caller.actor)),
    }


@act(may=ROLES_FOR[Verb.EXECUTE])
def execute(request: HttpRequest, caller: Caller, order_id: UUID) -> HttpResponse:
    """All waiting lines, or those that are ticked (R45)."""
    chosen = request.POST.get("which") == "chosen"
    ticked = request.POST.getlist("lines") if chosen else []
    lines = tuple(line for text in ticked if (line := as_uuid(text)))
    if chosen and not lines:
        return refused(request, Refusal("invalid", _("Choose at least one item.")), to=stay(request))
    became = execute_order.execute_order(order_id=order_id, by=caller.actor, lines=lines, at=now())
    return answered(
        request, caller, order_id, became, lambda order, _c: _("%s is being executed.") % order.number
    )


@act(may=ROLES_FOR[Verb.REJECT])
def reject(request: HttpRequest, caller: Caller, order_id: UUID) -> HttpResponse:
    """The caller's no (R31); without a reason the order's page comes back with its dialog."""
    form = Reason(request.POST)
    if not form.is_valid():
        return order_page(request, caller, seen(order_id, caller), verb="reject", form=form, status=422)
    return rejected(request, caller, order_id, form)


def rejected(request: HttpRequest, caller: Caller, order_id: UUID, form: Reason) -> HttpResponse:
    """A no with its reason; said before, nothing changes and who said it is told."""
    at, said = now(), form.cleaned_data
    became = reject_order.reject_order(
        order_id=order_id, by=caller.actor, reason=said["reason"], note=said["note"], at=at
    )
    if isinstance(became, Order) and not decided_now(became, caller.actor, at):
        return too_late(request, caller, became)
    return answered(
        request, caller, order_id, became, lambda order, _caller: _("%s rejected.") % order.number
    )


@act(may=ROLES_FOR[Verb.CANCEL])
def cancel(request: HttpRequest, caller: Caller, order_id: UUID) -> HttpResponse:
    """Withdrawn, or what of it has not begun."""

    def work(form: Reason, at: datetime) -> Order | Refusal:
        reason = form.cleaned_data["reason"]
        return cancel_order.cancel_order(order_id=order_id, by=caller.actor, reason=reason, at=at)

    return with_reason(request, caller, order_id, "cancel", work, _("%s cancelled."))


@act(may=ROLES_FOR[Verb.RELEASE])
def release(request: HttpRequest, caller: Caller, order_id: UUID) -> HttpResponse:
    """Past the limit of the caller's link, this once (R44)."""

    def work(form: Reason, at: datetime) -> Order | Refusal:
        reason = form.cleaned_data["reason"]
        return retry_order.release_order(order_id=order_id, by=caller.actor, reason=reason, at=at)

    return with_reason(request, caller, order_id, "release", work, _("%s released beyond the limit."))


@act(may=ROLES_FOR[Verb.EXECUTE])
def retry_part(request: HttpRequest, caller: Caller, order_id: UUID, part: UUID) -> HttpResponse:
    """A sub-order's failed lines go to their vendor again (R53)."""
    became = execute_order.retry_sub_order(order_id=order_id, sub_order=part, by=caller.actor, at=now())
    return answered(request, caller, order_id, became, lambda _o, _c: _("The vendor is asked again."))


@act(may=ROLES_FOR[Verb.EXECUTE])
def cancel_part(request: HttpRequest, caller: Caller, order_id: UUID, part: UUID) -> HttpResponse:
    """What a sub-order has not delivered is given up (R53)."""

    def work(form: Reason, at: datetime) -> Order | Refusal:
        reason = form.cleaned_data["reason"]
        return execute_order.cancel_sub_order(
            order_id=order_id, sub_order=part, by=caller.actor, reason=reason, at=at
        )

    return with_reason(
        request, caller, order_id, f"part-{part}", work, _("What was not delivered of %s is given up.")
    )


def with_reason(  # noqa: PLR0913, PLR0917 - what differs of the verbs that take a reason
    request: HttpRequest,
    caller: Caller,
    order_id: UUID,
    verb: str,
    work: Callable[[Reason, datetime], Order | Refusal],
    said: str,
) -> HttpResponse:
    """A verb that has to be given a reason; without one the order's page comes back with its dialog."""
    form = Reason(request.POST)
    if not form.is_valid():
        return order_page(request, caller, seen(order_id, caller), verb=verb, form=form, status=422)
    became = work(form, now())
    return answered(request, caller, order_id, became, lambda order, _caller: said % order.number)


def answered(
    request: HttpRequest,
    caller: Caller,
    order_id: UUID,
    became: Order | Refusal,
    said: Callable[[Order, Caller], str],
) -> HttpResponse:
    """Back to where the form stood, with what became of it; kindly, where somebody else was quicker."""
    if isinstance(became, Order):
        return done(request, said(became, caller), to=back(request))
    if became.code in STALE:
        return too_late(request, caller, seen(order_id, caller))
    return refused(request, became, to=stay(request))


def stay(request: HttpRequest) -> str:
    """Where a form stands that goes on elsewhere once it is done (`stay`); else where it goes on."""
    address = request.POST.get("stay", "")
    here = url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure())
    return address if address and here else back(request)


def too_late(request: HttpRequest, caller: Caller, order: Order) -> HttpResponse:
    """Somebody decided before: who, as far as the caller may know, and that nothing was changed."""
    messages.warning(request, stale_words(order, caller))
    return HttpResponseRedirect(back(request), status=303)


def stale_words(order: Order, caller: Caller) -> str:
    """The sentence for that."""
    story = told(order, caller)
    step = story.own_step
    at = step["decided_at"] if step and step.get("decided_at") else None
    return words.decided_meanwhile(story, ago_text(at) if at else "")


def _order(verb: str, view_: Callable[..., HttpResponse]) -> object:
    return path(f"orders/<uuid:order_id>/{verb}", view_, name=f"order-{verb}")


urls = [
    _order("approve", approve),
    _order("reject", reject),
    _order("retry", retry),
    _order("release", release),
    _order("cancel", cancel),
    _order("execute", execute),
    path("orders/<uuid:order_id>/parts/<uuid:part>/retry", retry_part, name="order-part-retry"),
    path("orders/<uuid:order_id>/parts/<uuid:part>/cancel", cancel_part, name="order-part-cancel"),
]

"""An order's status, to whoever has its address: no sign-in, no prices, no names (R10)."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from placet.actions.follow_order import follow_order, following, link_of, renew_address, revoke_address
from placet.domain.order import Order
from placet.domain.parties import Permission
from placet.domain.refusals import Refusal
from placet.entrypoints.portal.frame.answers import back, done, now, refused
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import act
from placet.storage.db import Row

LONGEST = 200


@require_safe
def status(request: HttpRequest, link: str) -> HttpResponse:
    """How the order stands. Whatever is wrong with the link, nothing is there."""
    found = follow_order(link) if len(link) <= LONGEST else Refusal("not_found")
    if isinstance(found, Refusal):
        return _private(render(request, "portal/status_unknown.html", {}, status=404))
    return _private(render(request, "portal/status.html", {"order": found}))


def _private(answer: HttpResponse) -> HttpResponse:
    """Nobody keeps it, finds it, or is told of it by a link that is followed from here."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def status_url(order_id: UUID) -> str | None:
    """The order's status address, for mails; none while it is revoked."""
    link = link_of(order_id)
    return link and f"{settings.PUBLIC_URL}{reverse('status', args=[link])}"


def status_url_of(request: HttpRequest, link: str | None) -> str:
    """The same for a page: by the public address, or by the one that the page was asked at."""
    if link is None:
        return ""
    path_ = reverse("status", args=[link])
    return f"{settings.PUBLIC_URL}{path_}" if settings.PUBLIC_URL else request.build_absolute_uri(path_)


def status_part(request: HttpRequest, order: Order, caller: Caller) -> Row | None:
    """What `parts/status_address.html` shows on an order's page; nothing to who has no say in it."""
    known = following(order, caller.actor)
    if known is None:
        return None
    return {
        "order_id": order.id,
        "following": known,
        "address": status_url_of(request, known.link),
        "here": request.get_full_path(),
    }


@act(may=Permission.ORDER)
def revoke(request: HttpRequest, caller: Caller, order_id: UUID) -> HttpResponse:
    """No link leads to the order any more."""
    became = revoke_address(order_id=order_id, by=caller.actor, at=now())
    if isinstance(became, Refusal):
        return refused(request, became, to=back(request))
    return done(request, _("The status address is revoked: it leads nowhere now."), to=back(request))


@act(may=Permission.ORDER)
def renew(request: HttpRequest, caller: Caller, order_id: UUID) -> HttpResponse:
    """A new link, and none from before."""
    became = renew_address(order_id=order_id, by=caller.actor, at=now())
    if isinstance(became, Refusal):
        return refused(request, became, to=back(request))
    return done(request, _("A new status address is made; an older one leads nowhere now."), to=back(request))


urls = [
    path("status/<str:link>", status, name="status"),
    path("orders/<uuid:order_id>/status-address/revoke", revoke, name="status-address-revoke"),
    path("orders/<uuid:order_id>/status-address/renew", renew, name="status-address-renew"),
]

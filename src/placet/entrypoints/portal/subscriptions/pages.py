"""One subscription (R70): its prices on the viewer's links, its orders, its bills, its usage."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy as said

from placet.actions import list_subscriptions
from placet.actions.list_subscriptions import Seen, Story
from placet.domain import view
from placet.domain.money import Money
from placet.domain.order import Order
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.words import Kind, SubscriptionStatus
from placet.entrypoints.portal.frame.answers import show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import page
from placet.storage.db import Row


@page()
def one(request: HttpRequest, caller: Caller, subscription: UUID) -> HttpResponse:
    """A subscription with its prices on the caller's links, its orders, bills and usage."""
    seen = read(caller, subscription)
    story = list_subscriptions.story_of(by=caller.actor, seen=seen)
    context = {
        "seen": seen,
        "row": seen.row,
        "orders": [_told(order, caller.actor) for order in story.orders],
        "story": story,
        "acts": _acts(seen, story, caller),
        "organization_id": str(caller.organization.id),
        "bills": [_bill(row) for row in story.bills],
    }
    return show(request, "portal/subscription.html", context)


def _bill(row: Row) -> Row:
    """An invoice line, with its amount as money and its last day."""
    last = row["period_until"] and row["period_until"] - timedelta(days=1)
    return row | {"net": Money(row["net_minor"], row["currency"]), "last_day": last}


def _told(order: Order, by: Actor) -> dict[str, Any]:
    """An order about it, as its viewer may see it (R2)."""
    return view.render(order, by) | {"kind_words": KINDS[order.change.does if order.change else order.kind]}


KINDS: Final = {
    "new": _("Sold"),
    "renewal": said("order", "Renewal"),
    "change": said("order", "Change"),
    "cancel": _("Cancelled at once"),
    "cancel_at_end": _("Cancelled to the end of its period"),
    "suspend": said("order", "Suspended"),
    "resume": said("order", "Resumed"),
    "renew": said("order", "Renewal"),
}


def _acts(seen: Seen, story: Story, caller: Caller) -> set[str]:
    """What the caller may do with it now; nothing while another change is open (R71)."""
    if story.pending or not list_subscriptions.may_act(by=caller.actor):
        return set()
    found = ACTS[SubscriptionStatus(seen.row["status"])] - ({"change"} if seen.metered else set())
    return found if caller.kind is not Kind.CUSTOMER else found - {"suspend", "resume"}


ACTS: Final[dict[SubscriptionStatus, set[str]]] = {
    SubscriptionStatus.ACTIVE: {"change", "cancel", "suspend"},
    SubscriptionStatus.PENDING_CANCELLATION: {"cancel"},
    SubscriptionStatus.SUSPENDED: {"cancel", "resume"},
    SubscriptionStatus.CANCELLED: set(),
}


def read(caller: Caller, subscription: UUID) -> Seen:
    """The subscription, as the caller sees it; to strangers it is not there."""
    seen = list_subscriptions.read(by=caller.actor, subscription=subscription)
    if isinstance(seen, Refusal):
        raise Http404
    return seen


urls = [path("subscriptions/<uuid:subscription>", one, name="subscription")]

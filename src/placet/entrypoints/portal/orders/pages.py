"""One order (R101): its page, and whatever is asked there before something is done to it."""

from decimal import Decimal
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse

from placet.actions.doors import order_seen
from placet.actions.list_orders import history_of
from placet.domain.order import Order
from placet.domain.refusals import Refusal
from placet.domain.words import Kind
from placet.entrypoints.portal.buying.checkout import in_words
from placet.entrypoints.portal.buying.status_page import status_part
from placet.entrypoints.portal.frame.answers import show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import page
from placet.entrypoints.portal.orders import words
from placet.entrypoints.portal.orders.dialogs import Reason, dialogs_of
from placet.entrypoints.portal.orders.lists import KINDS
from placet.entrypoints.portal.orders.parts import part_of
from placet.entrypoints.portal.orders.rows import Deed, deeds_of
from placet.entrypoints.portal.orders.story import Json, Story, story_of


@page()
def one(request: HttpRequest, caller: Caller, order_id: UUID) -> HttpResponse:
    """One order. Its parts ask for themselves again while it is under way: what is unchanged since the
    `version` that they show is not sent."""
    order = seen(order_id, caller)
    if request.headers.get("HX-Target") == "order-body" and request.GET.get("version") == str(order.version):
        return HttpResponse(status=204)
    return order_page(request, caller, order)


def seen(order_id: UUID, caller: Caller) -> Order:
    """The order; to who is no party of it, it is not there."""
    found = order_seen(order_id, caller.actor)
    if isinstance(found, Refusal):
        raise Http404
    return found


def told(order: Order, caller: Caller) -> Story:
    """The order as this caller may be told of it, with its history."""
    return story_of(order, caller.actor, caller.kind, history_of(order.id))


def order_page(  # noqa: PLR0913 - what a form that came back needs, by name
    request: HttpRequest,
    caller: Caller,
    order: Order,
    *,
    verb: str = "",
    form: Reason | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of the order; with the dialog of that verb open, where its form came back."""
    story = told(order, caller)
    deeds = deeds_of(order, caller.actor)
    parts = [part_of(story, sub) for sub in story.order["sub_orders"]]
    context = {
        **shown_of(story),
        "status_part": status_part(request, order, caller),
        "billing": in_words(story.order.get("billing")),
        "deeds": [deed for deed in deeds if deed.verb != "execute"],
        "dialogs": [
            dialog.with_form(form if dialog.id == verb else None)
            for dialog in dialogs_of(story, deeds, parts)
        ],
        "lines": [
            {
                **line,
                "discounted": Decimal(line["discount"]["amount"]) != 0,
                "details": in_words(line.get("service_details")),
            }
            for line in story.order["lines"]
        ],
        "menu_of_actions": story.status in ("pending_approval", "unexecuted") and _menu(deeds),
        "warning": words.warning(story),
        "track": words.track(story),
        "run": words.checks(story, story.runs[-1]) if story.runs else [],
        "checked_at": story.runs[-1][-1]["at"] if story.runs else None,
        "timeline": words.timeline(story),
        "parts": parts,
        "waiting": [line for line in story.order["lines"] if line["delivery_status"] == "waiting"],
        "buyer_name": words.buyer_name(story),
        **_addresses(story),
    }
    return show(request, "portal/order.html", context, status=status)


def shown_of(story: Story) -> Json:
    """What every page about the order begins with."""
    return {
        "story": story,
        "order": story.order,
        "label": words.label(story.order),
        "look": words.look(story.order),
        "kind": KINDS[story.order["kind"]],
        "closed": story.closed,
    }


def _addresses(story: Story) -> Json:
    """Where the pages of the neighbour below are: the customer's, or the partner's."""
    partner = story.sold_to
    if partner is None:
        return {}
    name = "customer" if partner.kind is Kind.CUSTOMER else "partner"
    own = partner.name == words.buyer_name(story)
    return {"buyer_address" if own else "partner_address": reverse(name, args=[partner.id])}


def _menu(deeds: tuple[Deed, ...]) -> bool:
    return any(deed.verb != "execute" for deed in deeds)


urls = [path("orders/<uuid:order_id>", one, name="order")]

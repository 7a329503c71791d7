"""Why an order is where it is (R40), in sentences, with the messages that were sent."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.functional import Promise

from placet.actions.order_messages import mails_of, messages_of
from placet.actions.weigh_orders import short_exposure
from placet.domain.order import Order
from placet.domain.words import Chosen, MailKind
from placet.entrypoints.portal.frame.answers import now, show
from placet.entrypoints.portal.frame.caller import Caller
from placet.entrypoints.portal.frame.doors import page
from placet.entrypoints.portal.mails.words import TITLES, WHY
from placet.entrypoints.portal.orders import words
from placet.entrypoints.portal.orders.pages import seen, shown_of, told
from placet.entrypoints.portal.orders.story import Json, Story


@page()
def why(request: HttpRequest, caller: Caller, order_id: UUID) -> HttpResponse:
    """Why the order is where it is, in sentences (R40)."""
    order = seen(order_id, caller)
    story = told(order, caller)
    runs = [
        (number, run[-1]["at"], words.checks(story, run)) for number, run in enumerate(story.runs, start=1)
    ]
    context = {
        **shown_of(story),
        "verdict": words.verdict(story),
        "to_go_on": [*words.to_go_on(story), *_available_now(order, story, caller)],
        "steps": words.steps(story),
        "runs": runs[::-1],
        "not_done": words.not_done(story),
        "messages_sent": [_message(row) for row in messages_of(order.id, by=caller.actor)],
        "mails_sent": [_mail(row) for row in mails_of(order.id, by=caller.actor)],
    }
    return show(request, "portal/order_why.html", context)


def _available_now(order: Order, story: Story, caller: Caller) -> list[str]:
    """Whether the credit that was short is there by now; of the viewer's own link."""
    if story.short is None or "retry" not in story.may:
        return []
    tier = next(tier for tier in order.short_tiers if tier in (story.place, story.place + 1))
    return [words.available_now(short_exposure(order, tier, by=caller.actor, at=now()))]


@dataclass(frozen=True, slots=True)
class Message:
    """One webhook: when the fact was, what it was, where it went, what came of it."""

    at: datetime
    type: str
    host: str
    url: str
    status: str
    answer: str


def _message(row: Json) -> Message:
    url = str(row["url"])
    host = url.split("://", 1)[-1].split("/", 1)[0]
    return Message(row["at"], row["type"], host, url, row["status"], words.webhook_answer(row))


@dataclass(frozen=True, slots=True)
class Sent:
    """One mail: when it was written, what it is about, to whom, why to that one, what came of it."""

    at: datetime
    title: Promise
    to: str
    why: Promise | str
    status: str
    answer: str


def _mail(row: Json) -> Sent:
    why = WHY[Chosen(row["chosen"])] if row["chosen"] else ""
    return Sent(row["created_at"], TITLES[MailKind(row["kind"])], row["to"], why, *words.mail_answer(row))


urls = [path("orders/<uuid:order_id>/why", why, name="order-why")]

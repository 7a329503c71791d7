"""What waits for the caller's yes or no, and deciding many at once (contract §3)."""

from functools import partial
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from placet.actions import approve_order, reject_order
from placet.actions.list_orders import waiting_for
from placet.domain.order import Order
from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal
from placet.domain.verbs import Verb
from placet.domain.words import Word
from placet.entrypoints.api import shapes
from placet.entrypoints.api.bodies import BODY, Body, Shape, given
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.orders import Text, orders_page, results, shown
from placet.entrypoints.api.paging import PAGE, Page, after_id
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import now
from placet.storage.facts import as_uuid

router = Router(tags=["Approvals"])


class Queue(Word):
    """Which approvals."""

    PENDING = "pending"


class ApprovalQuery(Page):
    """Which approvals."""

    status: Queue = Queue.PENDING


class Decisions(Shape):
    """One decision on many orders, by id."""

    decision: Literal[Verb.APPROVE, Verb.REJECT]
    orders: Annotated[list[str], Field(min_length=1, max_length=1000)]
    comment: Text | None = None
    reason: Text | None = None
    note: Text | None = None


@router.get("/approvals", response=shapes.reads(shapes.OrdersShape), operation_id="list_approvals")
def queue(request: HttpRequest, page: ApprovalQuery = PAGE) -> HttpResponse:
    """Orders that wait for the caller's organization, the newest first."""
    actor, before = actor_of(request), after_id(page)
    if isinstance(before, Refusal):
        return problem(before)
    found = waiting_for(by=actor, before=before, most=page.limit)
    return orders_page(found, page, actor)


@router.post("/approvals/decide", response=shapes.acts(shapes.ResultsShape), operation_id="decide_orders")
def decide(request: HttpRequest, body: Body[Decisions] = BODY) -> HttpResponse:
    """Approves or rejects several orders, each on its own; one result per order, in order."""
    actor = actor_of(request)
    if not actor.may(Permission.DECIDE):
        return problem(Refusal("forbidden"))
    said = given(body, Decisions).checked()
    if isinstance(said, Refusal):
        return problem(said)
    if said.decision is Verb.REJECT and not said.reason:
        return problem(Refusal("invalid", facts={"errors": {"reason": "A rejection needs a reason."}}))
    return results(request, [partial(_answered, order, said, actor) for order in said.orders])


def _answered(order: str, said: Decisions, by: Actor) -> HttpResponse:
    return shown(_decided(order, said, by), by)


def _decided(order: str, said: Decisions, by: Actor) -> Order | Refusal:
    id_ = as_uuid(order)
    if id_ is None:
        return Refusal("not_found")
    whose: dict[str, Any] = {"order_id": id_, "by": by, "at": now()}
    if said.decision is Verb.APPROVE:
        return approve_order.approve_order(comment=said.comment or "", **whose)
    return reject_order.reject_order(reason=said.reason or "", note=said.note or "", **whose)

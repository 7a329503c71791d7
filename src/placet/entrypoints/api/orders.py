"""Orders: placing, deciding, retrying, executing, and reading them (contract §3)."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field, StrictInt
from pydantic_core import from_json

from placet.actions import (
    approve_order,
    cancel_order,
    doors,
    execute_order,
    place_order,
    reject_order,
    retry_order,
)
from placet.actions.list_orders import OrderFilter, find_orders, history_of
from placet.domain import view
from placet.domain.order import Order
from placet.domain.parties import Actor, Permission
from placet.domain.placing import LineRequest, OrderRequest
from placet.domain.refusals import Refusal
from placet.domain.verbs import ROLES_FOR, Verb
from placet.domain.words import OrderStatus
from placet.entrypoints.api import shapes
from placet.entrypoints.api.bodies import BODY, Body, Name, Nothing, Shape, given
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.paging import PAGE, Page, after_id, listing, listing_of
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import idempotent, if_match, now, once_each, reply
from placet.storage.facts import as_uuid

router = Router(tags=["Orders"])

MOST_IN_A_BATCH = 1000
Text = Annotated[str, Field(max_length=4000)]
Said = Annotated[str, Field(min_length=1, max_length=4000)]
Free = Annotated[dict[str, Any], Field(max_length=100)]


class NewLine(Shape):
    """A product, by id or ref, and how many."""

    product: Name
    quantity: Annotated[StrictInt, Field(ge=1, le=1_000_000)]
    service_details: Free | None = None


class NewOrder(Shape):
    """An order to place. `customer`, by id or ref, is for ordering on behalf (R11)."""

    customer: Name | None = None
    lines: Annotated[list[NewLine], Field(min_length=1, max_length=500)]
    billing: Free | None = None
    note: Text | None = None

    def request(self) -> OrderRequest:
        """As the domain takes it."""
        lines = (LineRequest(line.product, line.quantity, line.service_details) for line in self.lines)
        return OrderRequest(tuple(lines), self.customer, self.billing, self.note or "")


class Batch(Shape):
    """Up to 1000 orders, each as `POST /orders` takes it."""

    orders: Annotated[list[Any], Field(min_length=1, max_length=MOST_IN_A_BATCH)]


class Approval(Shape):
    """A yes, with a comment of one's own."""

    comment: Text | None = None


class Rejection(Shape):
    """A no: `reason` is told to the customer, `note` is not."""

    reason: Said
    note: Text | None = None


class Why(Shape):
    """Why something is done."""

    reason: Said


class Execution(Shape):
    """Lines to execute, by id; none named: all that wait."""

    lines: Annotated[list[str], Field(max_length=500)] | None = None


class OrderQuery(Page):
    """Which orders."""

    status: OrderStatus | None = None
    customer: Annotated[str, Field(max_length=100)] = ""
    q: Annotated[
        str,
        Field(max_length=200, description="A number, or its digits, or part of the buyer's name"),
    ] = ""
    placed_from: datetime | None = None
    placed_to: datetime | None = None


@router.post("/orders", response=shapes.acts(shapes.OrderShape, 201), operation_id="place_order")
@idempotent
def place(request: HttpRequest, body: Body[NewOrder] = BODY) -> HttpResponse:
    """Places an order for the caller's organization, or for one below it."""
    return _placed(given(body, NewOrder), actor_of(request))


@router.post("/orders/preview", response=shapes.acts(shapes.PreviewShape), operation_id="preview_order")
@idempotent
def preview(request: HttpRequest, body: Body[NewOrder] = BODY) -> HttpResponse:
    """What would happen to this order; nothing is saved."""
    actor = actor_of(request)
    order = _ordering(given(body, NewOrder), actor, place_order.preview_order)
    return problem(order) if isinstance(order, Refusal) else reply(view.preview(order, actor))


@router.post("/orders/batch", response=shapes.acts(shapes.ResultsShape), operation_id="place_orders")
def place_batch(request: HttpRequest, body: Body[Batch] = BODY) -> HttpResponse:
    """Places up to 1000 orders, each on its own; one result per order, in order."""
    actor = actor_of(request)
    if not actor.may(Permission.ORDER):
        return problem(Refusal("forbidden"))
    batch = given(body, Batch).checked()
    if isinstance(batch, Refusal):
        return problem(batch)
    return results(request, [partial(_placed, Body(raw, NewOrder), actor) for raw in batch.orders])


@router.get("/orders", response=shapes.reads(shapes.OrdersShape), operation_id="list_orders")
def listed(request: HttpRequest, page: OrderQuery = PAGE) -> HttpResponse:
    """Orders that the caller's organization is a party of, the newest first."""
    actor = actor_of(request)
    before = after_id(page)
    if isinstance(before, Refusal):
        return problem(before)
    wanted = OrderFilter(page.status, page.customer, page.q, page.placed_from, page.placed_to)
    found = find_orders(by=actor, wanted=wanted, before=before, most=page.limit)
    return problem(found) if isinstance(found, Refusal) else orders_page(found, page, actor)


@router.get("/orders/{order_id}", response=shapes.reads(shapes.OrderShape), operation_id="read_order")
def read(request: HttpRequest, order_id: str) -> HttpResponse:
    """One order as the caller may see it. Its `ETag` is its `version`, for `If-Match` of a decision."""
    order = _seen(request, order_id)
    answer = shown(order, actor_of(request))
    if isinstance(order, Order):
        answer.headers["ETag"] = f'"{order.version}"'
    return answer


@router.get(
    "/orders/{order_id}/history",
    response=shapes.reads(shapes.HistoryShape),
    operation_id="read_order_history",
)
def history(request: HttpRequest, order_id: str, page: Page = PAGE) -> HttpResponse:
    """Who did what, when and why, as the caller may see it, the oldest first."""
    order, start = _seen(request, order_id), after_id(page)
    if isinstance(order, Refusal):
        return problem(order)
    if isinstance(start, Refusal):
        return problem(start)
    entries = view.history(order, actor_of(request).organization, history_of(order.id))
    places = {entry["id"]: place for place, entry in enumerate(entries, start=1)}
    rest = entries[places.get(str(start), 0) :]
    return reply(listing_of(rest, page, lambda entry: entry))


@router.get(
    "/orders/{order_id}/credit-risk", response=shapes.reads(shapes.RiskShape), operation_id="read_credit_risk"
)
def credit_risk(request: HttpRequest, order_id: str) -> HttpResponse:
    """The credit risk at the caller's level, by line: estimated, and final once delivered."""
    order, organization = _seen(request, order_id), actor_of(request).organization
    if isinstance(order, Refusal):
        return problem(order)
    if order.place_of(organization) == 0:
        return problem(Refusal("forbidden"))
    return reply(view.credit_risk(order, organization))


@router.post(
    "/orders/{order_id}/approve", response=shapes.acts(shapes.OrderShape), operation_id="approve_order"
)
@idempotent
def approve(request: HttpRequest, order_id: str, body: Body[Approval] = BODY) -> HttpResponse:
    """The caller's yes. The last one validates, reserves credit, and starts execution or a charge."""
    version = if_match(request)

    def act(id_: UUID, by: Actor, said: Approval) -> Order | Refusal:
        if isinstance(version, Refusal):
            return version
        return approve_order.approve_order(
            order_id=id_, by=by, comment=said.comment or "", at=now(), version=version
        )

    return _acted(request, order_id, Verb.APPROVE, given(body, Approval), act)


@router.post(
    "/orders/{order_id}/reject", response=shapes.acts(shapes.OrderShape), operation_id="reject_order"
)
@idempotent
def reject(request: HttpRequest, order_id: str, body: Body[Rejection] = BODY) -> HttpResponse:
    """The caller's no, which ends the order."""
    version = if_match(request)

    def act(id_: UUID, by: Actor, said: Rejection) -> Order | Refusal:
        if isinstance(version, Refusal):
            return version
        return reject_order.reject_order(
            order_id=id_, by=by, reason=said.reason, note=said.note or "", at=now(), version=version
        )

    return _acted(request, order_id, Verb.REJECT, given(body, Rejection), act)


@router.post("/orders/{order_id}/retry", response=shapes.acts(shapes.OrderShape), operation_id="retry_order")
@idempotent
def retry(request: HttpRequest, order_id: str, body: Body[Nothing] = BODY) -> HttpResponse:
    """Validation again, of an order that was short of credit."""

    def act(id_: UUID, by: Actor, _: Nothing) -> Order | Refusal:
        return retry_order.retry_order(order_id=id_, by=by, at=now())

    return _acted(request, order_id, Verb.RETRY, given(body, Nothing), act)


@router.post(
    "/orders/{order_id}/release", response=shapes.acts(shapes.OrderShape), operation_id="release_order"
)
@idempotent
def release(request: HttpRequest, order_id: str, body: Body[Why] = BODY) -> HttpResponse:
    """Lets this one order pass beyond the limit of the caller's link."""

    def act(id_: UUID, by: Actor, said: Why) -> Order | Refusal:
        return retry_order.release_order(order_id=id_, by=by, reason=said.reason, at=now())

    return _acted(request, order_id, Verb.RELEASE, given(body, Why), act)


@router.post(
    "/orders/{order_id}/cancel", response=shapes.acts(shapes.OrderShape), operation_id="cancel_order"
)
@idempotent
def cancel(request: HttpRequest, order_id: str, body: Body[Why] = BODY) -> HttpResponse:
    """Withdraws the order, or what of it has not begun."""

    def act(id_: UUID, by: Actor, said: Why) -> Order | Refusal:
        return cancel_order.cancel_order(order_id=id_, by=by, reason=said.reason, at=now())

    return _acted(request, order_id, Verb.CANCEL, given(body, Why), act)


@router.post(
    "/orders/{order_id}/execute", response=shapes.acts(shapes.OrderShape), operation_id="execute_order"
)
@idempotent
def execute(request: HttpRequest, order_id: str, body: Body[Execution] = BODY) -> HttpResponse:
    """Executes a manual order, whole or by line: the top seller's."""

    def act(id_: UUID, by: Actor, said: Execution) -> Order | Refusal:
        lines = [as_uuid(line) for line in said.lines or ()]
        if None in lines:
            return Refusal("invalid", facts={"errors": {"lines": "Not lines of this order."}})
        known = tuple(line for line in lines if line)
        return execute_order.execute_order(order_id=id_, by=by, lines=known, at=now())

    return _acted(request, order_id, Verb.EXECUTE, given(body, Execution), act)


@router.post(
    "/orders/{order_id}/sub-orders/{sub_order}/retry",
    response=shapes.acts(shapes.OrderShape),
    operation_id="retry_sub_order",
)
@idempotent
def retry_sub_order(
    request: HttpRequest, order_id: str, sub_order: str, body: Body[Nothing] = BODY
) -> HttpResponse:
    """Sends the failed lines of a sub-order to their vendor again: the top seller's."""

    def act(id_: UUID, by: Actor, _: Nothing) -> Order | Refusal:
        sub = as_uuid(sub_order) or UUID(int=0)
        return execute_order.retry_sub_order(order_id=id_, sub_order=sub, by=by, at=now())

    return _acted(request, order_id, Verb.EXECUTE, given(body, Nothing), act)


@router.post(
    "/orders/{order_id}/sub-orders/{sub_order}/cancel",
    response=shapes.acts(shapes.OrderShape),
    operation_id="cancel_sub_order",
)
@idempotent
def cancel_sub_order(
    request: HttpRequest, order_id: str, sub_order: str, body: Body[Why] = BODY
) -> HttpResponse:
    """Gives up the undelivered lines of a sub-order: the top seller's."""

    def act(id_: UUID, by: Actor, said: Why) -> Order | Refusal:
        sub = as_uuid(sub_order) or UUID(int=0)
        return execute_order.cancel_sub_order(
            order_id=id_, sub_order=sub, by=by, reason=said.reason, at=now()
        )

    return _acted(request, order_id, Verb.EXECUTE, given(body, Why), act)


def shown(order: Order | Refusal, actor: Actor, status: int = 200) -> HttpResponse:
    """The order as this caller may see it, or the problem."""
    return problem(order) if isinstance(order, Refusal) else reply(view.render(order, actor), status)


def orders_page(found: list[Order], page: Page, actor: Actor) -> HttpResponse:
    """A page of orders; `found` holds one more than fits, where there is more."""
    items = [view.render(order, actor) for order in found[: page.limit]]
    more = str(found[page.limit - 1].id) if len(found) > page.limit else None
    return reply(listing(items, page, more))


def results(request: HttpRequest, works: list[Callable[[], HttpResponse]]) -> HttpResponse:
    """Several answers as one, each with its own status."""
    answers = once_each(request, works)
    if isinstance(answers, Refusal):
        return problem(answers)
    return reply({"results": [_result(answer) for answer in answers]})


def _result(answer: HttpResponse) -> dict[str, Any]:
    name = "order" if answer.status_code < 400 else "problem"  # noqa: PLR2004
    return {"status": answer.status_code, name: from_json(answer.content)}


def _placed(body: Body[NewOrder], actor: Actor) -> HttpResponse:
    return shown(_ordering(body, actor, place_order.place_order), actor, 201)


def _ordering(body: Body[NewOrder], actor: Actor, action: Callable[..., Order | Refusal]) -> Order | Refusal:
    if not actor.may(Permission.ORDER):
        return Refusal("forbidden")
    wanted = body.checked()
    if isinstance(wanted, Refusal):
        return wanted
    return action(request=wanted.request(), by=actor, at=now())


def _seen(request: HttpRequest, order_id: str) -> Order | Refusal:
    id_ = as_uuid(order_id)
    return doors.order_seen(id_, actor_of(request)) if id_ else Refusal("not_found")


def _acted[T: Shape](
    request: HttpRequest,
    order_id: str,
    verb: Verb,
    body: Body[T],
    act: Callable[[UUID, Actor, T], Order | Refusal],
) -> HttpResponse:
    """One verb on one order: what is not there or not allowed is said before what is wrong with the body
    or the headers."""
    actor, id_, said = actor_of(request), as_uuid(order_id), body.checked()
    if id_ is None:
        return problem(Refusal("not_found"))
    became = said if isinstance(said, Refusal) else act(id_, actor, said)
    if isinstance(became, Refusal) and became.code == "invalid":
        became = _shut(id_, verb, actor) or became
    return shown(became, actor)


def _shut(order_id: UUID, verb: Verb, actor: Actor) -> Refusal | None:
    order = doors.order_seen(order_id, actor)
    if isinstance(order, Refusal):
        return order
    allowed = actor.may(*ROLES_FOR[verb]) and doors.may_ever(order, verb, actor)
    return None if allowed else Refusal("forbidden")

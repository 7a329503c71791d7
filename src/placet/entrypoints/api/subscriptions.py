"""Subscriptions of the caller's chains (R70, R71), and the usage that is billed on them."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field, StrictInt

from placet.actions import change_subscription, import_usage
from placet.actions.import_usage import MOST_RECORDS, Used
from placet.domain import view, words
from placet.domain.order import Order
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal
from placet.domain.view import timestamp
from placet.entrypoints.api import shapes
from placet.entrypoints.api.bodies import BODY, Body, Name, Nothing, Shape, given
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.orders import Said, Text, shown
from placet.entrypoints.api.paging import PAGE, Page, after_id, listing_of
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import idempotent, now, reply
from placet.entrypoints.api.shapes import Day, Id, PartyShape, Shown, Time
from placet.storage import subscriptions
from placet.storage.db import Row
from placet.storage.facts import as_uuid
from placet.storage.order_lists import organization_below

router = Router(tags=["Subscriptions"])

Decimals = Annotated[str, Field(max_length=40, pattern=r"^[0-9]+(\.[0-9]+)?$", examples=["12.5"])]


class SubscriptionShape(Shown):
    """A subscription; `order` is the one that sold it. It is paid until the day before `renews_on`."""

    id: Id
    product: PartyShape
    customer: PartyShape
    status: words.SubscriptionStatus
    quantity: int
    trial: bool
    billing_type: words.BillingType
    order: Id
    started_at: Time
    period_from: Day | None
    renews_on: Day | None
    term_ends_on: Day | None
    suspended_at: Time | None
    ended_at: Time | None


class SubscriptionsShape(Shown):
    """A page of subscriptions."""

    items: list[SubscriptionShape]
    next_cursor: str | None


class UsageShape(Shown):
    """What was used on a day, in units; `billed` once it is on an invoice. `key` is the importer's own."""

    id: Id
    key: str = None  # type: ignore[assignment]
    subscription: Id
    used_on: Day
    quantity: str
    billed: bool


class UsagesShape(Shown):
    """A page of usage records."""

    items: list[UsageShape]
    next_cursor: str | None


class ImportedShape(Shown):
    """What became of one record."""

    key: str
    outcome: import_usage.Outcome


class ImportShape(Shown):
    """What became of each record, in their order."""

    results: list[ImportedShape]


class NewQuantity(Shape):
    """What is to be different. `product`, by id or ref, takes the place of the present offer."""

    quantity: Annotated[StrictInt, Field(ge=1, le=1_000_000)] | None = None
    product: Name | None = None


class End(Shape):
    """When it is to end, and why."""

    when: Literal["now", "period_end"]
    reason: Text | None = None


class Pause(Shape):
    """Why it is suspended."""

    reason: Said


class UsageRecord(Shape):
    """What a subscription used on a day; `key` is the sender's own, and makes it count once."""

    key: Annotated[str, Field(min_length=1, max_length=200)]
    subscription: Annotated[str, Field(max_length=100)]
    used_on: date
    quantity: Decimals

    def used(self) -> Used:
        """As the action takes it; what is no id is nobody's subscription."""
        subscription = as_uuid(self.subscription) or UUID(int=0)
        return Used(self.key, subscription, self.used_on, Decimal(self.quantity))


class NewUsage(Shape):
    """Up to 1000 records: all of them are imported, or none."""

    records: Annotated[list[UsageRecord], Field(min_length=1, max_length=MOST_RECORDS)]


class SubscriptionQuery(Page):
    """Which subscriptions."""

    customer: Annotated[str, Field(max_length=100, description="Its id or ref")] = ""
    status: words.SubscriptionStatus | None = None


class UsageQuery(Page):
    """Whose usage."""

    subscription: UUID | None = None


@router.get("/subscriptions", response=shapes.reads(SubscriptionsShape), operation_id="list_subscriptions")
def listed(request: HttpRequest, page: SubscriptionQuery = PAGE) -> HttpResponse:
    """Subscriptions that the caller's organization has, or was a seller of; the newest first."""
    before, organization = after_id(page), actor_of(request).organization
    if isinstance(before, Refusal):
        return problem(before)
    customer = organization_below(organization, page.customer) if page.customer else None
    if page.customer and customer is None:
        return problem(Refusal("unknown_organization"))
    found = subscriptions.listed(
        organization, customer=customer, status=page.status, before=before, most=page.limit + 1
    )
    return reply(listing_of(found, page, _subscription))


@router.get(
    "/subscriptions/{subscription_id}",
    response=shapes.reads(SubscriptionShape),
    operation_id="read_subscription",
)
def read(request: HttpRequest, subscription_id: str) -> HttpResponse:
    """One of them."""
    id_ = as_uuid(subscription_id)
    found = subscriptions.seen(actor_of(request).organization, id_) if id_ else None
    return reply(_subscription(found)) if found else problem(Refusal("not_found"))


@router.post(
    "/subscriptions/{subscription_id}/change",
    response=shapes.acts(shapes.OrderShape, 201),
    operation_id="change_subscription",
)
@idempotent
def change(request: HttpRequest, subscription_id: str, body: Body[NewQuantity] = BODY) -> HttpResponse:
    """Another quantity or another offer, as an order of its own: what it adds by the day is approved and
    validated, what it takes away is given back."""

    def act(id_: UUID, by: Actor, said: NewQuantity, at: datetime) -> Order | Refusal:
        return change_subscription.change_subscription(
            subscription=id_, quantity=said.quantity, product=said.product, by=by, at=at
        )

    return _ordered(request, subscription_id, given(body, NewQuantity), act)


@router.post(
    "/subscriptions/{subscription_id}/change/preview",
    response=shapes.acts(shapes.ChangePreviewShape),
    operation_id="preview_change",
)
@idempotent
def preview(request: HttpRequest, subscription_id: str, body: Body[NewQuantity] = BODY) -> HttpResponse:
    """What such a change would come to, and whether somebody would have to approve it; nothing is saved."""

    def act(id_: UUID, by: Actor, said: NewQuantity, at: datetime) -> Order | Refusal:
        return change_subscription.preview_change(
            subscription=id_, quantity=said.quantity, product=said.product, by=by, at=at
        )

    order = _asked(request, subscription_id, given(body, NewQuantity), act)
    found = order if isinstance(order, Refusal) else view.change_preview(order, actor_of(request))
    return problem(found) if isinstance(found, Refusal) else reply(found)


@router.post(
    "/subscriptions/{subscription_id}/cancel",
    response=shapes.acts(shapes.OrderShape, 201),
    operation_id="cancel_subscription",
)
@idempotent
def cancel(request: HttpRequest, subscription_id: str, body: Body[End] = BODY) -> HttpResponse:
    """Its end as an order of its own, without approval: now, with a credit invoice for what was prepaid
    and not used, or when its period is over."""

    def act(id_: UUID, by: Actor, said: End, at: datetime) -> Order | Refusal:
        return change_subscription.cancel_subscription(
            subscription=id_,
            at_period_end=said.when == "period_end",
            reason=said.reason or "",
            by=by,
            at=at,
        )

    return _ordered(request, subscription_id, given(body, End), act)


@router.post(
    "/subscriptions/{subscription_id}/suspend",
    response=shapes.acts(shapes.OrderShape, 201),
    operation_id="suspend_subscription",
)
@idempotent
def suspend(request: HttpRequest, subscription_id: str, body: Body[Pause] = BODY) -> HttpResponse:
    """A pause, by a seller of its chain: nothing is billed for periods that begin in it."""

    def act(id_: UUID, by: Actor, said: Pause, at: datetime) -> Order | Refusal:
        return change_subscription.suspend_subscription(subscription=id_, reason=said.reason, by=by, at=at)

    return _ordered(request, subscription_id, given(body, Pause), act, change_subscription.may_pause)


@router.post(
    "/subscriptions/{subscription_id}/resume",
    response=shapes.acts(shapes.OrderShape, 201),
    operation_id="resume_subscription",
)
@idempotent
def resume(request: HttpRequest, subscription_id: str, body: Body[Nothing] = BODY) -> HttpResponse:
    """The end of a pause, by a seller of its chain: billed again from today."""

    def act(id_: UUID, by: Actor, _: Nothing, at: datetime) -> Order | Refusal:
        return change_subscription.resume_subscription(subscription=id_, by=by, at=at)

    return _ordered(request, subscription_id, given(body, Nothing), act, change_subscription.may_pause)


@router.get("/usage-records", response=shapes.reads(UsagesShape), operation_id="list_usage")
def usage(request: HttpRequest, page: UsageQuery = PAGE) -> HttpResponse:
    """Usage of subscriptions that the caller's organization has, or was a seller of; the newest first."""
    before = after_id(page)
    if isinstance(before, Refusal):
        return problem(before)
    found = subscriptions.usage(
        actor_of(request).organization, subscription=page.subscription, before=before, most=page.limit + 1
    )
    return reply(listing_of(found, page, _usage))


@router.post("/usage-records", response=shapes.acts(ImportShape, 201), operation_id="import_usage")
@idempotent
def imported(request: HttpRequest, body: Body[NewUsage] = BODY) -> HttpResponse:
    """Imports usage, for a top seller: all records or none. A record that was imported before changes
    nothing. It is billed when the month of its subscription is over."""
    by, said = actor_of(request), given(body, NewUsage).checked()
    if isinstance(said, Refusal):
        return problem(import_usage.may_import(by=by) or said)
    records = [record.used() for record in said.records]
    done = import_usage.import_usage(records=records, by=by, at=now())
    if isinstance(done, Refusal):
        return problem(done)
    pairs = zip(records, done, strict=True)
    return reply({"results": [{"key": record.key, "outcome": outcome} for record, outcome in pairs]}, 201)


def _ordered[T: Shape](
    request: HttpRequest,
    subscription_id: str,
    body: Body[T],
    act: Callable[[UUID, Actor, T, datetime], Order | Refusal],
    door: Callable[..., Refusal | None] = change_subscription.may_change,
) -> HttpResponse:
    """An order about a subscription, as it was made."""
    return shown(_asked(request, subscription_id, body, act, door), actor_of(request), 201)


def _asked[T: Shape](
    request: HttpRequest,
    subscription_id: str,
    body: Body[T],
    act: Callable[[UUID, Actor, T, datetime], Order | Refusal],
    door: Callable[..., Refusal | None] = change_subscription.may_change,
) -> Order | Refusal:
    """What is not there or not allowed is said before what is wrong with the body."""
    by, id_, said, at = actor_of(request), as_uuid(subscription_id), body.checked(), now()
    if id_ is None:
        return Refusal("not_found")
    if isinstance(said, Refusal):
        return door(subscription=id_, by=by, at=at) or said
    return act(id_, by, said, at)


def _subscription(row: Row) -> Row:
    same = ("id", "product", "customer", "status", "quantity", "trial", "billing_type")
    days = ("period_from", "renews_on", "term_ends_on")
    moments = ("started_at", "suspended_at", "ended_at")
    shown_row: dict[str, Any] = {name: row[name] for name in (*same, *days)} | {"order": row["order_id"]}
    return shown_row | {name: row[name] and timestamp(row[name]) for name in moments}


def _usage(row: Row) -> Row:
    same = {name: row[name] for name in ("id", "used_on", "billed")}
    same |= {"key": row["key"]} if row["key"] else {}
    return same | {"subscription": row["subscription_id"], "quantity": f"{row['quantity'].normalize():f}"}

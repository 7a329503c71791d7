"""Invoices, payments and subscriptions of the caller's own links (R60-R62, R70)."""

from typing import Annotated, Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from placet.actions.record_payment import may_record, record_payment
from placet.domain import words
from placet.domain.money import Money
from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal
from placet.domain.view import timestamp
from placet.entrypoints.api import shapes
from placet.entrypoints.api.bodies import BODY, Amount, Body, Shape, given
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.orders import Text
from placet.entrypoints.api.paging import PAGE, Page, after_id, listing_of
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import idempotent, now, reply
from placet.entrypoints.api.shapes import Id, MoneyShape, PartyShape, Shown, Time
from placet.storage import billing
from placet.storage.db import Row
from placet.storage.facts import as_uuid
from placet.storage.order_lists import organization_below

router = Router(tags=["Billing"])

Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
NOTHING: Final = UUID(int=0)
"""The id of nothing, which what is no id at all stands for."""
IdText = Annotated[str, Field(max_length=100)]


class InvoiceLineShape(Shown):
    """One delivered line, billed; a credit line names the debit line that it takes back."""

    id: Id
    product: PartyShape
    type: words.ProductType
    quantity: int
    net: MoneyShape
    tax: MoneyShape
    credits: Id = None  # type: ignore[assignment]


class InvoiceShape(Shown):
    """An invoice; its number may follow a moment later. `open` is what is still to be paid of it."""

    id: Id
    number: str | None
    kind: words.InvoiceKind
    status: words.InvoiceStatus
    seller: PartyShape
    buyer: PartyShape
    order: Id
    issued_on: Day
    due_on: Day
    net: MoneyShape
    tax: MoneyShape
    total: MoneyShape
    open: MoneyShape
    lines: list[InvoiceLineShape]


class BookedPaymentShape(Shown):
    """A payment. Who recorded it and the note are the seller's own; `order` is there for a card's."""

    id: Id
    contract: Id
    seller: PartyShape
    buyer: PartyShape
    amount: MoneyShape
    invoice: Id | None
    order: Id | None
    at: Time
    note: str | None = None
    by: str | None = None


class SubscriptionShape(Shown):
    """A subscription; `order` is the one that sold it."""

    id: Id
    product: PartyShape
    customer: PartyShape
    status: words.SubscriptionStatus
    quantity: int
    trial: bool
    order: Id
    started_at: Time
    renews_on: Day | None


class InvoicesShape(Shown):
    """A page of invoices."""

    items: list[InvoiceShape]
    next_cursor: str | None


class PaymentsShape(Shown):
    """A page of payments."""

    items: list[BookedPaymentShape]
    next_cursor: str | None


class SubscriptionsShape(Shown):
    """A page of subscriptions."""

    items: list[SubscriptionShape]
    next_cursor: str | None


class NewPayment(Shape):
    """Money that came in, above 0 in the contract's currency; `invoice`, if named, is on that contract."""

    contract: IdText
    amount: Amount
    invoice: IdText | None = None
    note: Text | None = None


class InvoiceQuery(Page):
    """Which invoices."""

    status: words.InvoiceStatus | None = None
    order: UUID | None = None


class PaymentQuery(Page):
    """Which payments."""

    contract: UUID | None = None


class SubscriptionQuery(Page):
    """Which subscriptions."""

    customer: Annotated[str, Field(max_length=100, description="Its id or ref")] = ""
    status: words.SubscriptionStatus | None = None


@router.get("/invoices", response=shapes.reads(InvoicesShape), operation_id="list_invoices")
def invoices(request: HttpRequest, page: InvoiceQuery = PAGE) -> HttpResponse:
    """Invoices that the caller's organization wrote or got, the newest first."""
    before = after_id(page)
    if isinstance(before, Refusal):
        return problem(before)
    found = billing.invoices(
        actor_of(request).organization,
        status=page.status,
        order=page.order,
        before=before,
        most=page.limit + 1,
    )
    return reply(listing_of(found, page, _invoice))


@router.get("/payments", response=shapes.reads(PaymentsShape), operation_id="list_payments")
def payments(request: HttpRequest, page: PaymentQuery = PAGE) -> HttpResponse:
    """Payments that the caller's organization took or made, by card too, the newest first."""
    before, by = after_id(page), actor_of(request)
    if isinstance(before, Refusal):
        return problem(before)
    found = billing.payments(by.organization, contract=page.contract, before=before, most=page.limit + 1)
    return reply(listing_of(found, page, lambda row: _payment(row, by)))


@router.post("/payments", response=shapes.acts(BookedPaymentShape, 201), operation_id="record_payment")
@idempotent
def record(request: HttpRequest, body: Body[NewPayment] = BODY) -> HttpResponse:
    """Records money that the caller got as the seller: it lowers the buyer's balance at once."""
    by, said = actor_of(request), given(body, NewPayment).checked()
    if isinstance(said, Refusal):
        return problem(_shut(given(body, NewPayment).text("contract"), by) or said)
    booked = _recorded(said, by)
    return problem(booked) if isinstance(booked, Refusal) else reply(_payment(booked, by), 201)


@router.get("/subscriptions", response=shapes.reads(SubscriptionsShape), operation_id="list_subscriptions")
def subscriptions(request: HttpRequest, page: SubscriptionQuery = PAGE) -> HttpResponse:
    """Subscriptions that the caller's organization has, or was a seller of; the newest first."""
    before, organization = after_id(page), actor_of(request).organization
    if isinstance(before, Refusal):
        return problem(before)
    customer = organization_below(organization, page.customer) if page.customer else None
    if page.customer and customer is None:
        return problem(Refusal("unknown_organization"))
    found = billing.subscriptions(
        organization, customer=customer, status=page.status, before=before, most=page.limit + 1
    )
    return reply(listing_of(found, page, _subscription))


def _recorded(said: NewPayment, by: Actor) -> Row | Refusal:
    return record_payment(
        contract=as_uuid(said.contract) or NOTHING,
        amount=said.amount,
        invoice=(as_uuid(said.invoice) or NOTHING) if said.invoice else None,
        note=said.note or "",
        by=by,
        at=now(),
    )


def _shut(contract: str | None, by: Actor) -> Refusal | None:
    """Why the caller cannot book there, or anywhere where it does not say where."""
    if contract is not None:
        return may_record(contract=as_uuid(contract) or NOTHING, by=by)
    return None if by.may(Permission.FINANCE) else Refusal("forbidden")


def _invoice(row: Row) -> Row:
    named = ("id", "number", "kind", "status", "seller", "buyer", "issued_on", "due_on")
    shown = {name: row[name] for name in named} | {"order": row["order_id"]}
    shown |= _amounts(row, row["currency"], "net", "tax", "total", "open")
    return shown | {"lines": [_invoice_line(line, row["currency"]) for line in row["lines"] or ()]}


def _invoice_line(line: Row, currency: str) -> Row:
    shown = {name: line[name] for name in ("id", "product", "type", "quantity")}
    shown |= _amounts(line, currency, "net", "tax")
    return shown | ({"credits": line["credits"]} if line["credits"] else {})


def _amounts(row: Row, currency: str, *names: str) -> Row:
    return {name: Money(row[f"{name}_minor"], currency).as_json() for name in names}


def _payment(row: Row, viewer: Actor) -> Row:
    """The seller's note and its people's names stay inside."""
    shown: dict[str, Any] = {name: row[name] for name in ("id", "seller", "buyer")}
    shown |= {name: row[f"{name}_id"] for name in ("contract", "invoice", "order")}
    shown |= {"amount": Money(row["amount_minor"], row["currency"]).as_json(), "at": timestamp(row["at"])}
    if row["seller"]["id"] == str(viewer.organization):
        shown |= {"note": row["note"] or None, "by": row["by"]["name"] if row["by"] else None}
    return shown


def _subscription(row: Row) -> Row:
    named = ("id", "product", "customer", "status", "quantity", "trial", "renews_on")
    started = {"order": row["order_id"], "started_at": timestamp(row["started_at"])}
    return {name: row[name] for name in named} | started

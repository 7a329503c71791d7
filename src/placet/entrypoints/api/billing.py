"""Invoices, payments and refunds of the caller's own links (R60-R65)."""

from typing import Annotated, Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field, StrictInt

from placet.actions.billing_doors import contract_to_bill, invoice_to_bill
from placet.actions.cancel_invoice import cancel_invoice
from placet.actions.credit_invoice import credit_invoice
from placet.actions.record_payment import record_payment
from placet.actions.refund_payment import RefundRequest, refund_payment
from placet.domain import words
from placet.domain.crediting import CreditWish
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
from placet.entrypoints.api.replies import idempotent, now, paper, reply
from placet.entrypoints.api.shapes import Day, Id, MoneyShape, PartyShape, PeriodShape, Shown, Time
from placet.entrypoints.documents.invoice import invoice_pdf
from placet.storage import billing
from placet.storage.billing import InvoiceFilter
from placet.storage.db import Row
from placet.storage.facts import as_uuid

router = Router(tags=["Billing"])

NOTHING: Final = UUID(int=0)
"""The id of nothing, which what is no id at all stands for."""
IdText = Annotated[str, Field(max_length=100)]
Why = Annotated[str, Field(min_length=1, max_length=4000)]


class InvoiceLineShape(Shown):
    """One delivered line, billed; a credit line names the debit line that it takes back."""

    id: Id
    product: PartyShape
    type: words.ProductType
    quantity: int
    net: MoneyShape
    tax: MoneyShape
    subscription: Id | None
    period: PeriodShape | None
    description: str
    credits: Id = None  # type: ignore[assignment]


class InvoiceShape(Shown):
    """An invoice; its number may follow a moment later. `open` is what is still to be paid of it, or of a
    credit invoice what is not used yet. `reason`: why it was credited or cancelled."""

    id: Id
    number: str | None
    kind: words.InvoiceKind
    status: words.InvoiceStatus
    seller: PartyShape
    buyer: PartyShape
    contract: Id
    order: Id | None
    issued_on: Day
    due_on: Day
    net: MoneyShape
    tax: MoneyShape
    total: MoneyShape
    open: MoneyShape
    reason: str | None
    lines: list[InvoiceLineShape]


class BookedPaymentShape(Shown):
    """A payment, and how much of it has settled nothing yet. Who recorded it and the note are the seller's
    own; `order` is there for a card's."""

    id: Id
    contract: Id
    seller: PartyShape
    buyer: PartyShape
    amount: MoneyShape
    left: MoneyShape
    invoice: Id | None
    order: Id | None
    at: Time
    note: str | None = None
    by: str | None = None


class RefundShape(Shown):
    """Money that was given back; to a card it is `pending` until the gateway has done it. Who gave it is
    the seller's own to know; `order` is there for a card's."""

    id: Id
    contract: Id
    seller: PartyShape
    buyer: PartyShape
    amount: MoneyShape
    payment: Id | None
    order: Id | None
    status: words.RefundStatus
    reason: str
    at: Time
    done_at: Time | None
    by: str | None = None


class InvoicesShape(Shown):
    """A page of invoices."""

    items: list[InvoiceShape]
    next_cursor: str | None


class PaymentsShape(Shown):
    """A page of payments."""

    items: list[BookedPaymentShape]
    next_cursor: str | None


class RefundsShape(Shown):
    """A page of refunds."""

    items: list[RefundShape]
    next_cursor: str | None


class NewPayment(Shape):
    """Money that came in, above 0 in the contract's currency; `invoice`, if named, is a debit invoice on
    that contract that is not cancelled."""

    contract: IdText
    amount: Amount
    invoice: IdText | None = None
    note: Text | None = None


class NewRefund(Shape):
    """Money to give back, above 0 in the contract's currency; of `payment`, if named. The reason is told."""

    contract: IdText
    amount: Amount
    payment: IdText | None = None
    reason: Why


class CreditedLine(Shape):
    """A line of the invoice, by its id: all that is left of it, or so many of it, or so much of its net."""

    line: IdText
    quantity: StrictInt | None = None
    net: Amount | None = None


class NewCredit(Shape):
    """What of an invoice to take back: each line an id, or `{line, quantity?}` or `{line, net?}`; without
    any, all that is left. The reason is told."""

    lines: Annotated[list[IdText | CreditedLine], Field(max_length=500)] | None = None
    reason: Why

    def wishes(self) -> list[CreditWish] | None:
        """As the action takes them."""
        if self.lines is None:
            return None
        return [
            CreditWish(each) if isinstance(each, str) else CreditWish(each.line, each.quantity, each.net)
            for each in self.lines
        ]


class Cancellation(Shape):
    """Why it ought never to have been; it is told."""

    reason: Why


class InvoiceQuery(Page):
    """Which invoices."""

    status: words.InvoiceStatus | None = None
    kind: words.InvoiceKind | None = None
    order: UUID | None = None
    contract: UUID | None = None


class ContractQuery(Page):
    """On which contract."""

    contract: UUID | None = None


# Invoices -----------------------------------------------------------------------------------


@router.get("/invoices", response=shapes.reads(InvoicesShape), operation_id="list_invoices")
def invoices(request: HttpRequest, page: InvoiceQuery = PAGE) -> HttpResponse:
    """Invoices that the caller's organization wrote or got, the newest first."""
    before = after_id(page)
    if isinstance(before, Refusal):
        return problem(before)
    wanted = InvoiceFilter(page.status, page.kind, page.order, page.contract)
    found = billing.invoices(actor_of(request).organization, wanted, before=before, most=page.limit + 1)
    return reply(listing_of(found, page, invoice_json))


@router.get("/invoices/{invoice}", response=shapes.reads(InvoiceShape), operation_id="read_invoice")
def one_invoice(request: HttpRequest, invoice: str) -> HttpResponse:
    """An invoice that the caller's organization wrote or got."""
    found = billing.invoice_seen(_id(invoice), actor_of(request).organization)
    return reply(invoice_json(found)) if found else problem(Refusal("not_found"))


@router.get(
    "/invoices/{invoice}/pdf",
    response=shapes.reads(None),
    operation_id="print_invoice",
    openapi_extra=shapes.PDF,
)
def printed(request: HttpRequest, invoice: str) -> HttpResponse:
    """The same on paper, as a PDF."""
    found = billing.invoice_seen(_id(invoice), actor_of(request).organization)
    if found is None:
        return problem(Refusal("not_found"))
    return paper(invoice_pdf(found, now()), found["number"] or str(found["id"]))


@router.post(
    "/invoices/{invoice}/credit", response=shapes.acts(InvoiceShape, 201), operation_id="credit_invoice"
)
@idempotent
def credit(request: HttpRequest, invoice: str, body: Body[NewCredit] = BODY) -> HttpResponse:
    """Takes a debit invoice back, or a part of it, by a credit invoice: the seller's. It settles that
    invoice first; what is over settles others, or stays as credit."""
    by, id_, said = actor_of(request), _id(invoice), given(body, NewCredit).checked()
    if isinstance(said, Refusal):
        return problem(_shut(invoice_to_bill(id_, by)) or said)
    made = credit_invoice(invoice=id_, lines=said.wishes(), reason=said.reason, by=by, at=now())
    return problem(made) if isinstance(made, Refusal) else reply(invoice_json(made), 201)


@router.post("/invoices/{invoice}/cancel", response=shapes.acts(InvoiceShape), operation_id="cancel_invoice")
@idempotent
def cancel(request: HttpRequest, invoice: str, body: Body[Cancellation] = BODY) -> HttpResponse:
    """Cancels an invoice that ought never to have been: the seller's. It keeps its number; what had
    settled it settles others."""
    by, id_, said = actor_of(request), _id(invoice), given(body, Cancellation).checked()
    if isinstance(said, Refusal):
        return problem(_shut(invoice_to_bill(id_, by)) or said)
    became = cancel_invoice(invoice=id_, reason=said.reason, by=by, at=now())
    return problem(became) if isinstance(became, Refusal) else reply(invoice_json(became))


# Payments and refunds -----------------------------------------------------------------------


@router.get("/payments", response=shapes.reads(PaymentsShape), operation_id="list_payments")
def payments(request: HttpRequest, page: ContractQuery = PAGE) -> HttpResponse:
    """Payments that the caller's organization took or made, by card too, the newest first."""
    before, by = after_id(page), actor_of(request)
    if isinstance(before, Refusal):
        return problem(before)
    found = billing.payments(by.organization, contract=page.contract, before=before, most=page.limit + 1)
    return reply(listing_of(found, page, lambda row: _payment(row, by)))


@router.post("/payments", response=shapes.acts(BookedPaymentShape, 201), operation_id="record_payment")
@idempotent
def record(request: HttpRequest, body: Body[NewPayment] = BODY) -> HttpResponse:
    """Records money that the caller got as the seller: it lowers the buyer's balance at once, and settles
    the invoice that it names, then the oldest ones; the rest stays as credit."""
    by, said = actor_of(request), given(body, NewPayment).checked()
    if isinstance(said, Refusal):
        return problem(_shut_contract(given(body, NewPayment).text("contract"), by) or said)
    booked = record_payment(
        contract=_id(said.contract),
        amount=said.amount,
        invoice=_id(said.invoice) if said.invoice else None,
        note=said.note or "",
        by=by,
        at=now(),
    )
    return problem(booked) if isinstance(booked, Refusal) else reply(_payment(booked, by), 201)


@router.get("/refunds", response=shapes.reads(RefundsShape), operation_id="list_refunds")
def refunds(request: HttpRequest, page: ContractQuery = PAGE) -> HttpResponse:
    """Refunds that the caller's organization gave or got, to cards too, the newest first."""
    before, by = after_id(page), actor_of(request)
    if isinstance(before, Refusal):
        return problem(before)
    found = billing.refunds(by.organization, contract=page.contract, before=before, most=page.limit + 1)
    return reply(listing_of(found, page, lambda row: _refund(row, by)))


@router.post("/refunds", response=shapes.acts(RefundShape, 201), operation_id="refund_payment")
@idempotent
def refund(request: HttpRequest, body: Body[NewRefund] = BODY) -> HttpResponse:
    """Gives money back to the caller's buyer: credit that is not used, or else what had settled the newest
    invoices, which are open again then. Of a card's payment it goes back to the card, by its gateway."""
    by, said = actor_of(request), given(body, NewRefund).checked()
    if isinstance(said, Refusal):
        return problem(_shut_contract(given(body, NewRefund).text("contract"), by) or said)
    wanted = RefundRequest(
        contract=_id(said.contract),
        amount=said.amount,
        payment=_id(said.payment) if said.payment else None,
        reason=said.reason,
    )
    given_ = refund_payment(request=wanted, by=by, at=now())
    return problem(given_) if isinstance(given_, Refusal) else reply(_refund(given_, by), 201)


def _id(text: str) -> UUID:
    return as_uuid(text) or NOTHING


def _shut_contract(contract: str | None, by: Actor) -> Refusal | None:
    """Why the caller cannot book there, or anywhere where it does not say where."""
    if contract is not None:
        return _shut(contract_to_bill(_id(contract), by))
    return None if by.may(Permission.FINANCE) else Refusal("forbidden")


def _shut(door: Row | Refusal) -> Refusal | None:
    return door if isinstance(door, Refusal) else None


# As they read -------------------------------------------------------------------------------


def invoice_json(row: Row) -> Row:
    """An invoice as both of its parties read it."""
    named = ("id", "number", "kind", "status", "seller", "buyer", "issued_on", "due_on")
    shown = {name: row[name] for name in named}
    shown |= {"contract": row["contract_id"], "order": row["order_id"], "reason": row["reason"] or None}
    shown |= _amounts(row, row["currency"], "net", "tax", "total", "open")
    return shown | {"lines": [_invoice_line(line, row["currency"]) for line in row["lines"] or ()]}


def _invoice_line(line: Row, currency: str) -> Row:
    named = ("id", "product", "type", "quantity", "subscription", "description")
    shown = {name: line[name] for name in named} | _amounts(line, currency, "net", "tax")
    shown["period"] = {"first": line["from"], "until": line["until"]} if line["from"] else None
    return shown | ({"credits": line["credits"]} if line["credits"] else {})


def _amounts(row: Row, currency: str, *names: str) -> Row:
    return {name: Money(row[f"{name}_minor"], currency).as_json() for name in names}


def _payment(row: Row, viewer: Actor) -> Row:
    """The seller's note and its people's names stay inside."""
    shown = _booked(row, "invoice", "order") | _amounts(row, row["currency"], "left")
    return shown | ({"note": row["note"] or None} | _who(row) if _sold_by(row, viewer) else {})


def _refund(row: Row, viewer: Actor) -> Row:
    shown = _booked(row, "payment", "order") | {name: row[name] for name in ("status", "reason")}
    shown["done_at"] = timestamp(row["done_at"]) if row["done_at"] else None
    return shown | (_who(row) if _sold_by(row, viewer) else {})


def _booked(row: Row, *related: str) -> Row:
    shown: dict[str, Any] = {name: row[name] for name in ("id", "seller", "buyer")}
    shown |= {name: row[f"{name}_id"] for name in ("contract", *related)}
    return shown | _amounts(row, row["currency"], "amount") | {"at": timestamp(row["at"])}


def _who(row: Row) -> Row:
    return {"by": row["by"]["name"] if row["by"] else None}


def _sold_by(row: Row, viewer: Actor) -> bool:
    return bool(row["seller"]["id"] == str(viewer.organization))

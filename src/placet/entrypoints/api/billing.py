"""Invoices, payments and refunds of the caller's own links (R60-R65)."""

from datetime import date
from typing import Annotated, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import AwareDatetime, Field, StrictInt

from placet.actions.billing_doors import contract_to_bill, invoice_to_bill
from placet.actions.cancel_invoice import cancel_invoice
from placet.actions.credit_invoice import credit_invoice
from placet.actions.record_payment import record_payment
from placet.actions.refund_payment import RefundRequest, refund_payment
from placet.domain import words
from placet.domain.billing_view import invoice_json, payment_json, refund_json
from placet.domain.crediting import CreditWish
from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal
from placet.entrypoints.api import shapes
from placet.entrypoints.api.bodies import BODY, Amount, Body, Line, Shape, given
from placet.entrypoints.api.keys import actor_of
from placet.entrypoints.api.orders import Text
from placet.entrypoints.api.paging import PAGE, Page, after_id, listing_of
from placet.entrypoints.api.problems import problem
from placet.entrypoints.api.replies import idempotent, now, paper, reply
from placet.entrypoints.api.shapes import Day, Id, MoneyShape, PartyShape, PeriodShape, Shown, Time
from placet.entrypoints.documents.invoice import invoice_pdf
from placet.storage import billing
from placet.storage.billing import Booked, InvoiceFilter
from placet.storage.db import Row
from placet.storage.facts import as_uuid

router = Router(tags=["Billing"])

NOTHING: Final = UUID(int=0)
"""The id of nothing, which what is no id at all stands for."""
IdText = Annotated[str, Field(max_length=100)]
Why = Annotated[str, Field(min_length=1, max_length=4000)]
Reference = Annotated[Line, Field(max_length=100)]


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
    """An invoice; its number may follow a moment later, and `external_number` is what its seller's own books
    call it. `open` is what is still to be paid of it, or of a
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
    external_number: str | None
    lines: list[InvoiceLineShape]


class BookedPaymentShape(Shown):
    """A payment, and how much of it has settled nothing yet. Who recorded it, its reference and the note are
    the seller's own; `order` is there for a card's."""

    id: Id
    contract: Id
    seller: PartyShape
    buyer: PartyShape
    amount: MoneyShape
    left: MoneyShape
    invoice: Id | None
    order: Id | None
    at: Time
    reference: str | None = None
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
    that contract that is not cancelled. `reference` is what the seller's own books call it: the same payment
    again under it is booked once."""

    contract: IdText
    amount: Amount
    invoice: IdText | None = None
    note: Text | None = None
    reference: Reference | None = None


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
    issued_from: date | None = None
    issued_to: Annotated[date | None, Field(description="That day included")] = None


class BookedQuery(Page):
    """On which contract, and booked when."""

    contract: UUID | None = None
    since: Annotated[AwareDatetime | None, Field(description="Booked then or later")] = None
    until: Annotated[AwareDatetime | None, Field(description="Booked before then")] = None

    def wanted(self) -> Booked:
        """As storage takes it."""
        return Booked(self.contract, self.since, self.until)


# Invoices -----------------------------------------------------------------------------------


@router.get("/invoices", response=shapes.reads(InvoicesShape), operation_id="list_invoices")
def invoices(request: HttpRequest, page: InvoiceQuery = PAGE) -> HttpResponse:
    """Invoices that the caller's organization wrote or got, the newest first."""
    before = after_id(page)
    if isinstance(before, Refusal):
        return problem(before)
    wanted = InvoiceFilter(
        page.status, page.kind, page.order, page.contract, page.issued_from, page.issued_to
    )
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
def payments(request: HttpRequest, page: BookedQuery = PAGE) -> HttpResponse:
    """Payments that the caller's organization took or made, by card too, the newest first."""
    before, by = after_id(page), actor_of(request)
    if isinstance(before, Refusal):
        return problem(before)
    found = billing.payments(by.organization, page.wanted(), before=before, most=page.limit + 1)
    return reply(listing_of(found, page, lambda row: payment_json(row, by)))


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
        reference=said.reference or "",
        by=by,
        at=now(),
    )
    return problem(booked) if isinstance(booked, Refusal) else reply(payment_json(booked, by), 201)


@router.get("/refunds", response=shapes.reads(RefundsShape), operation_id="list_refunds")
def refunds(request: HttpRequest, page: BookedQuery = PAGE) -> HttpResponse:
    """Refunds that the caller's organization gave or got, to cards too, the newest first."""
    before, by = after_id(page), actor_of(request)
    if isinstance(before, Refusal):
        return problem(before)
    found = billing.refunds(by.organization, page.wanted(), before=before, most=page.limit + 1)
    return reply(listing_of(found, page, lambda row: refund_json(row, by)))


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
    return problem(given_) if isinstance(given_, Refusal) else reply(refund_json(given_, by), 201)


def _id(text: str) -> UUID:
    return as_uuid(text) or NOTHING


def _shut_contract(contract: str | None, by: Actor) -> Refusal | None:
    """Why the caller cannot book there, or anywhere where it does not say where."""
    if contract is not None:
        return _shut(contract_to_bill(_id(contract), by))
    return None if by.may(Permission.FINANCE) else Refusal("forbidden")


def _shut(door: Row | Refusal) -> Refusal | None:
    return door if isinstance(door, Refusal) else None

"""What a seller does with one buyer's account, in a few words, and how the account stands."""

from datetime import datetime
from uuid import UUID

from placet.actions.cancel_invoice import cancel_invoice
from placet.actions.charge import finish_refund, take_refunds
from placet.actions.credit_invoice import credit_invoice
from placet.actions.record_payment import record_payment
from placet.actions.refund_payment import RefundRequest, refund_payment
from placet.domain import money
from placet.domain.crediting import CreditWish
from placet.domain.errands import RefundWord
from placet.domain.executing import Delivered
from placet.domain.order import Order
from placet.domain.refusals import Refusal
from placet.storage import models
from placet.storage.db import Row
from tests.stories import acts
from tests.stories.acts import NOW, actor

Outcome = Row | Refusal


def contract(buyer: str) -> models.Contract:
    """The one on which it buys."""
    return models.Contract.objects.select_related("seller", "account").get(buyer__ref=buyer)


def account(buyer: str) -> models.CreditAccount:
    """The account on which it buys."""
    return contract(buyer).account


def billed(buyer: str, lines: str, at: datetime = NOW) -> models.Invoice:
    """An order of these lines, delivered: its invoice on the buyer's own link."""
    order = acts.place(actor(buyer), lines, at=at)
    acts.vendors_say(Delivered("V-1"), at)
    return invoice_of(order, buyer)


def invoice_of(order: Order, buyer: str) -> models.Invoice:
    """The debit invoice of an order on that buyer's link."""
    return models.Invoice.objects.get(order_id=order.id, buyer__ref=buyer, kind="debit")


def pay(buyer: str, amount: str, invoice: models.Invoice | None = None, at: datetime = NOW) -> Outcome:
    """The seller books what the buyer paid."""
    deal = contract(buyer)
    by, named = actor(str(deal.seller.ref)), invoice.id if invoice else None
    return record_payment(contract=deal.id, amount=amount, invoice=named, note="", by=by, at=at)


def refund(buyer: str, amount: str, payment: UUID | None = None, at: datetime = NOW) -> Outcome:
    """The seller gives money back."""
    deal = contract(buyer)
    request = RefundRequest(deal.id, amount, payment, "Paid twice.")
    return refund_payment(request=request, by=actor(str(deal.seller.ref)), at=at)


def credit(invoice: models.Invoice, *wishes: CreditWish, at: datetime = NOW) -> Outcome:
    """The seller credits all that is left of an invoice, or these lines."""
    by = actor(str(models.Organization.objects.get(id=invoice.seller_id).ref))
    return credit_invoice(invoice=invoice.id, lines=wishes or None, reason="Returned.", by=by, at=at)


def cancel(invoice: models.Invoice | UUID, at: datetime = NOW) -> Outcome:
    """The seller cancels an invoice."""
    found = models.Invoice.objects.select_related("seller").get(id=getattr(invoice, "id", invoice))
    by = actor(str(found.seller.ref))
    return cancel_invoice(invoice=found.id, reason="A mistake.", by=by, at=at)


def refunds_say(state: str, at: datetime = NOW) -> None:
    """Every card gateway that is asked to give back answers so."""
    for errand in take_refunds(most=10, at=at):
        finish_refund(errand=errand, word=RefundWord(state), at=at)  # type: ignore[arg-type]


def stands(buyer: str) -> str:
    """How its account stands: balance, what is unused, and what of each invoice is open, the oldest first;
    a credit invoice in brackets, a cancelled one as a dash."""
    held = account(buyer)
    invoices = models.Invoice.objects.filter(contract_id=held.contract_id).order_by("id")
    parts = [_amount(held.balance_minor), _amount(held.unused_minor), *map(_open, invoices)]
    return " ".join(parts)


def _open(invoice: models.Invoice) -> str:
    if invoice.status == "cancelled":
        return "-"
    open_ = _amount(invoice.open_minor)
    assert (invoice.status == "paid") == (open_ == "0")
    return f"({open_})" if invoice.kind == "credit" else open_


def _amount(minor: int) -> str:
    return money.text(minor, "EUR").removesuffix(".00")

"""An invoice that ought never to have been (R60, R62, R65): it keeps its number and counts no more."""

from datetime import datetime
from uuid import UUID

from placet.actions.billing_doors import invoice_to_bill
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal, sentence
from placet.domain.words import EntryKind, InvoiceKind, InvoiceStatus
from placet.storage import billing, db, facts, settling
from placet.storage.billing import Movement
from placet.storage.db import Row


@db.transaction
def cancel_invoice(*, invoice: UUID, reason: str, by: Actor, at: datetime) -> Row | Refusal:
    """The invoice as it became. What had settled it settles others; what it had settled, being a credit
    invoice, is open again. A debit invoice is not cancelled before its credit invoices are."""
    deal = invoice_to_bill(invoice, by)
    if isinstance(deal, Refusal):
        return deal
    account = deal["account_id"]
    facts.lock_accounts([account])
    wrong = billing.invoice(invoice)
    if refusal := _not_now(wrong):
        return refusal
    credit = wrong["kind"] == InvoiceKind.CREDIT
    total = wrong["total_minor"]
    settling.take_back(account, invoice, at)
    billing.set_cancelled(invoice, reason, at)
    entry = Movement(
        db.new_id(), account, EntryKind.CANCELLATION, total if credit else -total, by, at,
        invoice=invoice, order=wrong["order_id"], note=reason,
    )  # fmt: skip
    billing.book(entry, unused=-total if credit else 0)
    settling.settle(account, at)
    return billing.invoice(invoice)


def _not_now(invoice: Row) -> Refusal | None:
    if invoice["status"] == InvoiceStatus.CANCELLED:
        return Refusal("wrong_status", sentence("This invoice is cancelled already."))
    if credits_ := billing.credits_of(invoice["id"]):
        facts_ = {"credit_invoices": [str(id_) for id_ in credits_]}
        return Refusal(
            "wrong_status", sentence("This invoice is credited: cancel its credit invoices first."), facts_
        )
    return None

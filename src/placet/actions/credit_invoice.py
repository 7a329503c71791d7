"""A debit invoice, or a part of it, taken back by a credit invoice (R62, R65)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from placet.actions.billing_doors import invoice_to_bill
from placet.domain.crediting import Credited, CreditWish, credited
from placet.domain.invoicing import told_apart
from placet.domain.order import Act
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal, sentence
from placet.domain.words import EntryKind, InvoiceKind, InvoiceStatus
from placet.storage import billing, db, event_log, facts, reading, settling
from placet.storage.billing import Movement
from placet.storage.db import Row


@db.transaction
def credit_invoice(
    *, invoice: UUID, lines: Sequence[CreditWish] | None, reason: str, by: Actor, at: datetime
) -> Row | Refusal:
    """The credit invoice as it reads. It settles the invoice that it credits first; what is over is credit
    for whatever is owed on the account. Without `lines`: all that is left of the invoice."""
    deal = invoice_to_bill(invoice, by)
    if isinstance(deal, Refusal):
        return deal
    facts.lock_accounts([deal["account_id"]])
    debit = billing.invoice(invoice)
    if debit["kind"] != InvoiceKind.DEBIT or debit["status"] == InvoiceStatus.CANCELLED:
        return Refusal(
            "wrong_status", sentence("Only a debit invoice that is not cancelled can be credited.")
        )
    made = credited(billing.billed_lines(invoice), lines, debit["currency"])
    if isinstance(made, Refusal):
        return made
    return _issued(debit, deal["account_id"], made, reason, Act(by, at, db.new_id))


def _issued(debit: Row, account: UUID, lines: Sequence[Credited], reason: str, act: Act) -> Row:
    total = sum(line.net + line.tax for line in lines)
    id_ = db.new_id()
    billing.add_credit_invoice(id_, debit["id"], lines, reason, act.at)
    entry = Movement(
        db.new_id(), account, EntryKind.CREDIT_INVOICE, -total, act.by, act.at,
        invoice=id_, order=debit["order_id"], note=reason,
    )  # fmt: skip
    billing.book(entry, unused=total)
    order = reading.find(debit["order_id"]) if debit["order_id"] else None
    parties = (UUID(debit["seller"]["id"]), UUID(debit["buyer"]["id"]))
    event_log.record([told_apart(order, id_, parties, act)], order=order.id if order else None)
    settling.settle(account, act.at)
    return billing.invoice(id_)

"""Money that a seller got (R60, R62, R65): booked on the buyer's account, it settles what is owed there and
frees credit at once."""

from datetime import datetime
from uuid import UUID

from placet.actions.billing_doors import above_zero, contract_to_bill
from placet.domain.parties import Actor
from placet.domain.refusals import Refusal, invalid, sentence
from placet.domain.words import EntryKind
from placet.storage import billing, db, facts, settling
from placet.storage.billing import Movement
from placet.storage.db import Row


@db.transaction
def record_payment(  # noqa: PLR0913 - what a payment consists of
    *,
    contract: UUID,
    amount: str,
    invoice: UUID | None,
    note: str,
    by: Actor,
    at: datetime,
    reference: str = "",
) -> Row | Refusal:
    """The payment as it reads. `amount` is decimal text in the contract's currency, above 0. It settles the
    invoice that it names first, an uncancelled debit invoice of the contract, then the oldest that are
    unpaid; the rest stays as credit.

    A `reference`, which is what the seller's own books call it, is booked once: the same payment again is
    the one that stands, another under it is `reference_taken`.

    A stranger's contract is not there; its buyer may see it and not book on it.
    """
    deal = contract_to_bill(contract, by)
    if isinstance(deal, Refusal):
        return deal
    minor = above_zero(amount, deal["currency"])
    if isinstance(minor, Refusal):
        return minor
    if reference:
        billing.hold_reference(by.organization, reference)
        if booked := billing.payment_of(by.organization, reference):
            same = (booked["contract_id"], booked["amount_minor"]) == (contract, minor)
            return booked if same else Refusal("reference_taken")
    account = deal["account_id"]
    facts.lock_accounts([account])
    if invoice and not billing.can_be_paid(contract, invoice):
        return invalid(invoice=sentence("Not an invoice to be paid on this contract."))
    paid = Movement(db.new_id(), account, EntryKind.PAYMENT, -minor, by, at, invoice=invoice, note=note)
    billing.book(paid, unused=minor)
    billing.add_payment(paid, reference or None)
    settling.settle(account, at)
    return billing.payment(paid.id)

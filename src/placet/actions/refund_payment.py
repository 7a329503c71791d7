"""Money that a seller gives back (R60, R65): credit that is not used, or else what had settled the newest
invoices, which are open again then. What a card paid goes back to the card, by its gateway."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from placet.actions.billing_doors import above_zero, contract_to_bill
from placet.domain import money
from placet.domain.order import Act
from placet.domain.parties import Actor
from placet.domain.refunding import asked_for
from placet.domain.refusals import Refusal, invalid, sentence
from placet.domain.words import EntryKind
from placet.storage import billing, db, facts, reading, settling, writing
from placet.storage.billing import Movement
from placet.storage.db import Row


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What is to be given back: decimal text in the contract's currency, and of which payment, if of one."""

    contract: UUID
    amount: str
    payment: UUID | None
    reason: str


@db.transaction
def refund_payment(*, request: RefundRequest, by: Actor, at: datetime) -> Row | Refusal:
    """The refund as it reads: at most what was paid by hand and not given back yet, or of the payment that
    it names at most what of that is. A card's is `pending` until its gateway has given it back."""
    deal = contract_to_bill(request.contract, by)
    if isinstance(deal, Refusal):
        return deal
    minor = above_zero(request.amount, deal["currency"])
    if isinstance(minor, Refusal):
        return minor
    order = billing.order_of_payment(request.payment) if request.payment else None
    locked = reading.locked(order) if order else None  # an order before accounts, as everybody does
    account = deal["account_id"]
    facts.lock_accounts([account])
    if refusal := _too_much(account, request.payment, minor, deal["currency"]):
        return refusal
    given = Movement(db.new_id(), account, EntryKind.REFUND, minor, by, at, note=request.reason)
    if locked and request.payment:
        asked = asked_for(locked, given.id, request.payment, minor, Act(by, at, db.new_id))
        writing.update(locked, asked)
        billing.add_refund(given, request.payment, None)
        return billing.refund(given.id)
    billing.book(given)
    billing.add_refund(given, request.payment, at)
    settling.draw(account, minor, into=given.id, payment=request.payment, at=at)
    settling.settle(account, at)
    return billing.refund(given.id)


def _too_much(account: UUID, payment: UUID | None, minor: int, currency: str) -> Refusal | None:
    most = billing.refundable(account, payment)
    if most is None:
        return invalid(payment=sentence("Not a payment of this contract."))
    if minor <= most:
        return None
    return invalid(amount=sentence("At most {amount} can be given back.", amount=money.text(most, currency)))

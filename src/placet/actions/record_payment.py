"""Money that a seller got (R60, R65): booked on the buyer's account, it frees credit at once."""

from datetime import datetime
from uuid import UUID

from placet.domain import money
from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal, invalid
from placet.domain.words import EntryKind
from placet.storage import billing, db, facts
from placet.storage.db import Row


@db.transaction
def record_payment(  # noqa: PLR0913 - what a payment consists of
    *, contract: UUID, amount: str, invoice: UUID | None, note: str, by: Actor, at: datetime
) -> Row | Refusal:
    """The payment as it reads. `amount` is decimal text in the contract's currency, above 0; `invoice`, if
    named, must be one of the contract's, and is kept with the entry.

    A stranger's contract is not there; its buyer may see it and not book on it.
    """
    if refusal := may_record(contract=contract, by=by):
        return refusal
    deal = billing.contract(contract)
    assert deal is not None, "it was there just now"
    minor = _minor(amount, deal["currency"])
    if isinstance(minor, Refusal):
        return minor
    if invoice and not billing.is_invoice_of(contract, invoice):
        return invalid(invoice="Not an invoice of this contract.")
    facts.lock_accounts([deal["account_id"]])
    id_ = db.new_id()
    billing.book(
        id_=id_,
        account=deal["account_id"],
        kind=EntryKind.PAYMENT,
        amount=-minor,
        invoice=invoice,
        by=by.as_json(),
        note=note,
        at=at,
    )
    return billing.payment(id_)


def may_record(*, contract: UUID, by: Actor) -> Refusal | None:
    """Why the caller cannot book on that contract, if so: it is a stranger's, it is only the caller's to
    pay on, or the caller's role has nothing to do with money."""
    deal = billing.contract(contract)
    if deal is None or by.organization not in (deal["seller_id"], deal["buyer_id"]):
        return Refusal("not_found")
    sells = by.organization == deal["seller_id"]
    return None if sells and by.may(Permission.FINANCE) else Refusal("forbidden")


def _minor(amount: str, currency: str) -> int | Refusal:
    try:
        minor = money.parsed(amount, currency)
    except ValueError as error:
        return invalid(amount=str(error))
    return minor if minor > 0 else invalid(amount="A payment is above 0.")

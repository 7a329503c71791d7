"""The one door to what is billed on a contract: a stranger's is not there, its buyer may only look, and of
its seller those who do finance may act (R2, R65)."""

from uuid import UUID

from placet.domain import money
from placet.domain.parties import Actor, Permission
from placet.domain.refusals import Refusal, invalid, sentence
from placet.storage import billing
from placet.storage.db import Row


def contract_to_bill(contract: UUID, by: Actor) -> Row | Refusal:
    """The parties, the currency and the account of the contract."""
    deal = billing.contract(contract)
    return _open_to_seller(deal, by)


def invoice_to_bill(invoice: UUID, by: Actor) -> Row | Refusal:
    """The same, of the contract that the invoice is on."""
    return _open_to_seller(billing.contract_of_invoice(invoice), by)


def _open_to_seller(deal: Row | None, by: Actor) -> Row | Refusal:
    if deal is None or by.organization not in (deal["seller_id"], deal["buyer_id"]):
        return Refusal("not_found")
    sells = by.organization == deal["seller_id"]
    return deal if sells and by.may(Permission.FINANCE) else Refusal("forbidden")


def above_zero(amount: str, currency: str) -> int | Refusal:
    """Decimal text as minor units, or why it is no amount to move."""
    try:
        minor = money.parsed(amount, currency)
    except ValueError as error:
        return invalid(amount=str(error))
    return minor if minor > 0 else invalid(amount=sentence("Must be above 0."))

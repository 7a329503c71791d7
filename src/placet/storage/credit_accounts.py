"""Credit accounts: whose they are, and what moved their balances."""

from typing import Final
from uuid import UUID

from placet.domain.terms import Terms
from placet.storage import contracts, db
from placet.storage.db import Row

ENTRIES: Final = """
SELECT e.id, e.seq, e.kind, e.amount_minor, e.balance_minor, e.order_id, e.invoice_id, e.by::json, e.note,
  e.at
FROM account_entry e
WHERE e.account_id = %(account)s AND (%(before)s::int8 IS NULL OR e.seq < %(before)s::int8)
ORDER BY e.seq DESC LIMIT %(most)s"""

CONTRACT_OF: Final = "SELECT contract_id FROM credit_account WHERE id = %(account)s"


def entries(account: UUID, before: int | None, most: int) -> list[Row]:
    """The movements of an account's balance, the newest first."""
    return db.fetch(ENTRIES, {"account": account, "before": before, "most": most})


def of_account(account: UUID) -> Terms | None:
    """The terms of the contract that the account belongs to."""
    row = db.fetch_one(CONTRACT_OF, {"account": account})
    return contracts.find(row["contract_id"]) if row else None

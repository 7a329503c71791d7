"""Credit accounts: whose they are, and what moved their balances."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from placet.domain.terms import Terms
from placet.domain.words import EntryKind
from placet.storage import contracts, db
from placet.storage.db import Row

ENTRIES: Final = """
SELECT e.id, e.seq, e.kind, e.amount_minor, e.balance_minor, e.order_id, e.invoice_id, e.by::json, e.note,
  e.at
FROM account_entry e
WHERE e.account_id = %(account)s AND (%(before)s::int8 IS NULL OR e.seq < %(before)s::int8)
  AND (%(kind)s::text IS NULL OR e.kind = %(kind)s::text)
  AND (%(since)s::timestamptz IS NULL OR e.at >= %(since)s::timestamptz)
  AND (%(until)s::timestamptz IS NULL OR e.at < %(until)s::timestamptz)
ORDER BY e.seq DESC LIMIT %(most)s"""

CONTRACT_OF: Final = "SELECT contract_id FROM credit_account WHERE id = %(account)s"


@dataclass(frozen=True, slots=True)
class Moved:
    """Which movements: of that kind, from then until before then."""

    kind: EntryKind | None = None
    since: datetime | None = None
    until: datetime | None = None


def entries(account: UUID, wanted: Moved, before: int | None, most: int) -> list[Row]:
    """The movements of an account's balance, the newest first."""
    asked = {"kind": wanted.kind, "since": wanted.since, "until": wanted.until}
    return db.fetch(ENTRIES, {"account": account, "before": before, "most": most} | asked)


def of_account(account: UUID) -> Terms | None:
    """The terms of the contract that the account belongs to."""
    row = db.fetch_one(CONTRACT_OF, {"account": account})
    return contracts.find(row["contract_id"]) if row else None

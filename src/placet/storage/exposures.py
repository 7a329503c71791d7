"""How credit accounts stand just now, for many orders at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from placet.domain.credit import Account, limit_of
from placet.storage import db

ACCOUNTS: Final = """
SELECT a.id, a.limit_minor, a.balance_minor, a.reserved_minor,
  (SELECT coalesce(sum(i.open_minor), 0)::int8 FROM invoice i
    WHERE i.contract_id = a.contract_id AND i.status = 'unpaid' AND i.kind = 'debit'
      AND i.due_on < (%(at)s::timestamptz AT TIME ZONE s.time_zone)::date) AS overdue
FROM credit_account a JOIN contract c ON c.id = a.contract_id JOIN organization s ON s.id = c.seller_id
WHERE a.id = ANY(%(ids)s)"""


def accounts(ids: Sequence[UUID], at: datetime) -> dict[UUID, tuple[Account, int]]:
    """These accounts, each with what is overdue there (R63), in one statement; not locked."""
    rows = db.fetch(ACCOUNTS, {"ids": list(ids), "at": at}) if ids else []
    return {
        row["id"]: (
            Account(row["id"], limit_of(row["limit_minor"]), row["balance_minor"], row["reserved_minor"]),
            row["overdue"],
        )
        for row in rows
    }
